"""What one order costs in memory and on disk, measured on a whole simulated day; what a hundred days need.

Run as `python -m bench.scale`: it writes the figures into docs/scale.md, none is typed by hand.
"""

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from bench import kafka
from bench.cli import fresh_home, say
from bench.end_to_end import DAY, SEED, stack, workers_on
from bench.processes import Child, stay_on_two_cores
from bench.progress import drained
from bench.report import BEGIN, END
from pipeline.cli.simulated_records import placed
from pipeline.clickhouse.client import connect
from pipeline.endpoints import kafka_bootstrap, store_address
from pipeline.producer import Producer
from pipeline.runtime.tables import CHANGELOGS
from pipeline.settings import Settings
from pipeline.simulator.feed import raw_events
from schemas.topics import DERIVED, RAW

PAGE = Path(__file__).parents[1] / "docs" / "scale.md"
ORDERS = 28_000
PLAN_DAYS = 100
FLUSH_RECORDS = 20_000
RETENTION_DAYS = {"raw": 30, "derived": 14}
Figures = dict[str, Any]


def main() -> None:
    """Feed one day, wait until it is stored, look at every folder and process, write the page."""
    cores = stay_on_two_cores()
    with fresh_home() as home:
        settings = Settings(data_dir=home)
        with stack(home, say) as parts:
            events = asyncio.run(_feed(settings))
            with workers_on(home) as workers:
                say(f"{events:,} raw events are fed; waiting until all are stored")
                began_s = time.monotonic()
                asyncio.run(drained(settings, workers))
                took_s = time.monotonic() - began_s
                figures = _look(settings, home, events, {**parts, **workers}) | {"seconds": took_s}
    PAGE.write_text(_page(PAGE.read_text(encoding="utf-8"), figures, cores), encoding="utf-8")
    say(f"written to {PAGE}")


async def _feed(settings: Settings) -> int:
    count = 0
    async with Producer(kafka_bootstrap(settings), settings.partitions) as producer:
        for event in raw_events(SEED, ORDERS, DAY):
            producer.add(*placed(event))
            count += 1
            if count % FLUSH_RECORDS == 0:
                await producer.flush()
        await producer.flush()
    return count


def _look(settings: Settings, home: Path, events: int, processes: Mapping[str, Child]) -> Figures:
    log = home / "kafka" / "log"
    client = connect(store_address(settings))
    try:
        orders = client.query("SELECT count() FROM orders_current FINAL").result_rows[0][0]
        parts = client.query(
            "SELECT table, sum(rows), sum(bytes_on_disk) FROM system.parts"
            " WHERE active AND database = currentDatabase() GROUP BY table ORDER BY table"
        ).result_rows
    finally:
        client.close()
    return {
        "events": events,
        "orders": orders,
        "raw": sum(_bytes(log, topic.name) for topic in RAW),
        "derived": sum(_bytes(log, topic.name) for topic in DERIVED),
        "changelog": sum(_bytes(log, changelog) for changelog in CHANGELOGS),
        "changelog_records": asyncio.run(kafka.ends(kafka_bootstrap(settings), list(CHANGELOGS))),
        "state": sum(f.stat().st_size for f in (home / "state").rglob("*") if f.is_file()),
        "tables": [(name, rows, size) for name, rows, size in parts],
        "rss": {name: child.peak_rss_mb() for name, child in processes.items()},
    }


def _bytes(log: Path, topic: str) -> int:
    return sum(f.stat().st_size for place in log.glob(f"{topic}-*") for f in place.glob("*.log"))


def _page(page: str, found: Figures, cores: int) -> str:
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{chr(10).join(_lines(found, cores))}\n{END}{after}"


def _lines(found: Figures, cores: int) -> list[str]:
    orders = found["orders"]
    stored = sum(size for _, _, size in found["tables"])
    rows = [
        ("raw topics", found["raw"]),
        ("derived topics", found["derived"]),
        ("changelog, not yet compacted", found["changelog"]),
        ("worker state (RocksDB)", found["state"]),
        ("ClickHouse", stored),
    ]
    return [
        f"Measured {datetime.now(UTC):%Y-%m-%d} on {cores} cores: one simulated day of {orders:,} orders,"
        f" {found['events']:,} raw events ({found['events'] / orders:.1f} an order), told to its end.",
        "",
        "| where | MiB for the day | bytes an order |",
        "|---|---|---|",
        *(f"| {name} | {size / 2**20:.1f} | {size / orders:,.0f} |" for name, size in rows),
        "",
        "| table | rows | MiB |",
        "|---|---|---|",
        *(f"| `{name}` | {count:,} | {size / 2**20:.1f} |" for name, count, size in found["tables"]),
        "",
        "Peak resident memory while working off the whole day as one backlog: "
        + ", ".join(f"{name} {mb:,.0f} MiB" for name, mb in found["rss"].items())
        + ".",
        "",
        *_plan(found, stored),
    ]


def _plan(found: Figures, stored: int) -> list[str]:
    """A hundred such days: what lies on disk with the retentions as shipped, and how many events a second."""
    orders = ORDERS * PLAN_DAYS
    disk = {
        f"raw topics, {RETENTION_DAYS['raw']} days kept": found["raw"] * RETENTION_DAYS["raw"],
        f"derived topics, {RETENTION_DAYS['derived']} days kept": found["derived"]
        * RETENTION_DAYS["derived"],
        "worker state, 45 days of settled orders and those still open": found["state"] * 50,
        "changelog, compacted: one record an order in state, as large as that": found["state"] * 50,
        f"ClickHouse, all {PLAN_DAYS} days": stored * PLAN_DAYS,
    }
    peak = found["events"] * 3 / 86_400
    return [
        f"**{orders:,} orders ({PLAN_DAYS} days)**",
        "",
        "| what | GiB |",
        "|---|---|",
        *(f"| {name} | {size / 2**30:.1f} |" for name, size in disk.items()),
        f"| together | {sum(disk.values()) / 2**30:.1f} |",
        "",
        f"A day of {ORDERS:,} orders is {found['events'] / 86_400:.1f} raw events a second on average;"
        f" three times that, as in a busy hour, {peak:.0f}. Fed as one backlog, with all judges at work and"
        f" two core workers, the whole day was stored after {found['seconds']:.0f} s,"
        f" {found['events'] / found['seconds']:,.0f} events/s.",
    ]


if __name__ == "__main__":
    typer.run(main)
