"""From a cloud warehouse's accepted push to the command that suspends the SKU, at 1,000 pushes a second."""

import asyncio
import itertools
import time
from pathlib import Path
from typing import Any

import orjson
import uvloop

from bench import kafka
from bench.deliveries import Deliveries, Load
from bench.end_to_end import Say, stack, workers_on
from bench.measure import percentile
from bench.processes import BenchFailed, await_line, part, running
from bench.progress import START_S, drained
from pipeline.cli.simulated_records import placed
from pipeline.endpoints import kafka_bootstrap
from pipeline.gateway.keyring import load_keyring
from pipeline.gateway.signing import sign
from pipeline.gateway.specs import PUSHES
from pipeline.producer import Producer
from pipeline.settings import Settings
from pipeline.simulator.feed import RawEvent
from pipeline.simulator.voices import speak
from schemas.raw import RawHeaders
from schemas.topics import COMMAND_SKU, raw_topic

SKUS = 5_000
RATE = 1_000
SECONDS, QUICK_S = 30.0, 8.0
WARM_UP_S = 5.0
SOURCE = "cloud-warehouse"
WAREHOUSE = "cloud-bench"
UNITS = 100
OFF_BY = 10
"""Units that a drifted count lies beside the ledger: more than the five that are calibrated."""
ONE_DRIFTS_IN = 50
"""Of so many pushes one says that a SKU has drifted; the others repeat what the ledger holds."""


def run(home: Path, *, quick: bool, say: Say) -> dict[str, Any]:
    """Return how long suspensions waited; raises BenchFailed when one is missing or a push is refused."""
    settings = Settings(data_dir=home)
    with (
        stack(home, say),
        workers_on(home) as workers,
        running(part("gateway", ["gateway"], home, {})) as gate,
    ):
        await_line(gate, "gateway answers on", START_S)
        say(f"the ledger counts {SKUS:,} SKUs")
        asyncio.run(_told(settings))
        asyncio.run(drained(settings, workers))
        seconds = QUICK_S if quick else SECONDS
        say(f"{RATE:,} pushes a second for {seconds:.0f} s, after {WARM_UP_S:.0f} s to warm up")
        load, drifted = uvloop.run(_pushed(settings, seconds))
        asyncio.run(drained(settings, workers))
        return _figures(load, drifted, asyncio.run(_suspended_ms(settings)))


async def _told(settings: Settings) -> None:
    """The ledger's count of every SKU."""
    at = time.time_ns() // 1_000_000 - 60_000
    async with Producer(kafka_bootstrap(settings), settings.partitions) as producer:
        for number in range(SKUS):
            spoken = speak("wms", "count", _count(f"L{number}", _sku(number), UNITS, at))
            headers = RawHeaders(spoken.source, "shop", at, f"bench-{number}", api=spoken.api)
            topic = raw_topic(spoken.source).name
            event = RawEvent(topic, b"%d" % number, spoken.document, headers, at, pushed=spoken.pushed)
            producer.add(*placed(event))
        await producer.flush()


async def _pushed(settings: Settings, seconds: float) -> tuple[Load, dict[str, str]]:
    """Push; returns the load, and SKU -> the delivery after which it must be suspended."""
    drifted: dict[str, str] = {}
    load = Load(settings, _deliveries(settings, drifted))
    await load.run(WARM_UP_S, RATE)
    warm = set(drifted)
    load.waits_ms.clear()
    await load.run(seconds, RATE)
    return load, {sku: name for sku, name in drifted.items() if sku not in warm and name in load.accepted_ms}


def _deliveries(settings: Settings, drifted: dict[str, str]) -> Deliveries:
    keyring = load_keyring(settings, tuple(PUSHES))
    secrets = keyring.of(SOURCE, "shop")
    for number in itertools.count():
        name, sku, now_ms = f"C{number}", _sku(number % SKUS), time.time_ns() // 1_000_000
        drifts = _drifts(number) and sku not in drifted
        units = UNITS + OFF_BY if drifts or sku in drifted else UNITS
        if drifts:
            drifted[sku] = name
        document = speak(SOURCE, "count", _count(name, sku, units, now_ms)).document
        yield name, sign(PUSHES[SOURCE], document, secrets, now_ms // 1000, shop="shop", delivery_id=name)


def _drifts(number: int) -> bool:
    """The pushes visit the SKUs in turn; in every round others drift."""
    return (number + number // SKUS) % ONE_DRIFTS_IN == 0


def _sku(number: int) -> str:
    return f"BENCH-{number:05d}"


def _count(event_id: str, sku: str, units: int, at_ms: int) -> dict[str, Any]:
    return {
        "event_id": event_id,
        "sku": sku,
        "warehouse": WAREHOUSE,
        "units": units,
        "counted_at": at_ms,
        "version": at_ms,
    }


async def _suspended_ms(settings: Settings) -> dict[str, int]:
    """Return SKU -> when the broker appended its first suspend command, in ms since 1970 UTC."""
    found: dict[str, int] = {}
    async for record in kafka.records(kafka_bootstrap(settings), [COMMAND_SKU.name]):
        if orjson.loads(record.value)["type"] == "sku.suspend":
            found.setdefault(record.key.decode(), record.timestamp)
    return found


def _figures(load: Load, drifted: dict[str, str], suspended_ms: dict[str, int]) -> dict[str, Any]:
    missing = drifted.keys() - suspended_ms.keys()
    refused = sum(load.statuses.values()) - load.statuses[200]
    if missing or refused or not drifted:
        raise BenchFailed(f"{len(missing)} of {len(drifted)} SKUs not suspended, {refused} pushes refused")
    waits = [max(0.0, suspended_ms[sku] - load.accepted_ms[name]) for sku, name in drifted.items()]
    return {
        "rate": RATE,
        "skus": SKUS,
        "pushes": load.statuses[200],
        "push_p99_ms": round(percentile(load.waits_ms, 0.99), 1),
        "suspensions": len(waits),
        "suspended_p50_ms": round(percentile(waits, 0.5), 1),
        "suspended_p99_ms": round(percentile(waits, 0.99), 1),
        "suspended_max_ms": round(max(waits), 1),
    }
