"""How many signed deliveries a second the push gateway takes into a real Kafka, and how long each waits.

Run as `python -m bench.gateway`: broker, gateway and sender share two cores. First as fast as it goes, then
at a steady rate; what Kafka holds is counted against what was answered with success.
"""

import itertools
import json
import time
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from bench import kafka
from bench.cli import START_S, fresh_home, say
from bench.deliveries import CONNECTIONS, Deliveries, Load
from bench.measure import percentile
from bench.processes import BenchFailed, Child, await_line, part, running, stay_on_two_cores
from pipeline.endpoints import kafka_bootstrap
from pipeline.gateway.keyring import Keyring, load_keyring
from pipeline.gateway.signing import sign
from pipeline.gateway.specs import PUSHES
from pipeline.settings import Settings
from schemas.topics import RAW_OF

RATE = 1000
SOURCES = ("cs", "kuaidi100", "douyin")
"""Our contract (HMAC-SHA256), a form (MD5) and a list of events (MD5), in turn."""
WARM_UP_S = 2.0


def main(
    seconds: Annotated[float, typer.Option(min=1, help="Length of each of the two parts.")] = 20.0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line on stdout.")] = False,
) -> None:
    """Measure the gateway; fails when one delivery that was answered with success is not in Kafka."""
    cores = stay_on_two_cores()
    try:
        with fresh_home() as home:
            found = {"cores": cores, **_measured(home, seconds)}
    except BenchFailed as error:
        typer.echo(f"bench: {error}", err=True)
        raise typer.Exit(1) from None
    if as_json:
        typer.echo(json.dumps(found))
        return
    for name, value in found.items():
        typer.echo(f"{name:<28} {value:,}" if isinstance(value, int | float) else f"{name:<28} {value}")


def _measured(home: Path, seconds: float) -> dict[str, object]:
    settings = Settings(data_dir=home)
    with running(part("broker", ["broker"], home, {})) as broker:
        await_line(broker, "broker answers on", START_S)
        part("topics", ("topics", "create"), home, {}).wait(START_S)
        with running(part("gateway", ["gateway"], home, {})) as gateway:
            await_line(gateway, "gateway answers on", START_S)
            return uvloop.run(_both(settings, gateway, broker, seconds))


async def _both(settings: Settings, gateway: Child, broker: Child, seconds: float) -> dict[str, object]:
    load = Load(settings, _requests(load_keyring(settings, tuple(PUSHES))))
    await load.run(WARM_UP_S)
    found: dict[str, object] = {}
    for name, rate in (("flat_out", 0), (f"at_{RATE}_a_second", RATE)):
        say(f"{name}: {seconds:.0f} s on {CONNECTIONS} connections")
        load.waits_ms.clear()
        cpu, began = gateway.cpu_s(), time.perf_counter()
        await load.run(seconds, rate)
        took, count = time.perf_counter() - began, len(load.waits_ms)
        found |= {
            f"{name} deliveries/s": round(count / took),
            f"{name} p50_ms": round(percentile(load.waits_ms, 0.5), 1),
            f"{name} p99_ms": round(percentile(load.waits_ms, 0.99), 1),
            f"{name} gateway cpu us": round((gateway.cpu_s() - cpu) * 1e6 / count),
        }
    topics = [RAW_OF[source].name for source in SOURCES]
    held, answered = await kafka.ends(kafka_bootstrap(settings), topics), load.statuses[200]
    found |= {"answered with success": answered, "held by Kafka": held, "lost": max(0, answered - held)}
    found |= {"answered otherwise": sum(load.statuses.values()) - answered}
    found |= {"gateway peak_rss_mb": gateway.peak_rss_mb(), "broker peak_rss_mb": broker.peak_rss_mb()}
    if found["lost"] or not answered:
        raise BenchFailed(f"the run is invalid: {answered:,} answered with success, Kafka holds {held:,}")
    return found


def _requests(keyring: Keyring) -> Deliveries:
    """Give deliveries, no two alike."""
    for number, source in zip(itertools.count(), itertools.cycle(SOURCES)):
        document = b'[{"tag":"101","msg_id":"%d","data":"{\\"p_id\\":%d,\\"order_status\\":2}"}]'
        secrets, now_s = keyring.of(source, "shop"), int(time.time())
        yield str(number), sign(PUSHES[source], document % (number, number), secrets, now_s, shop="shop")


if __name__ == "__main__":
    typer.run(main)
