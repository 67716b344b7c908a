"""The whole system on the same cores: raw records in, rows in ClickHouse out; throughput and latency."""

import asyncio
import itertools
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import kafka
from bench.latency import Latencies, measure
from bench.processes import BenchFailed, Child, await_line, part, running
from bench.progress import START_S, drained, first_commit, raw_committed
from pipeline.cli.simulated_records import placed
from pipeline.clickhouse.client import connect
from pipeline.endpoints import kafka_bootstrap, store_address
from pipeline.producer import Producer
from pipeline.settings import Settings
from pipeline.simulator.feed import raw_events
from schemas.topics import FACT_ORDER, RAW_CLOCK

EVENTS = 400_000
QUICK_EVENTS = 40_000
RATE = 500
LATENCY_S = 60.0
QUICK_LATENCY_S = 10.0
WARM_UP_S = 5.0
SEED = 7
FEWEST_ORDERS = 28_000
"""Of a day: with fewer, most of what comes would be ticks of the clock."""
EVENTS_PER_ORDER = 20
"""Below the 24 that a simulated order tells; only used to simulate enough of them."""
DAY = datetime(2026, 1, 5, tzinfo=UTC)
FLUSH_RECORDS = 20_000
WORKERS = (
    ("core-0", ("worker", "--group", "core", "--index", "0")),
    ("core-1", ("worker", "--group", "core", "--index", "1")),
    ("sink", ("worker", "--group", "sink")),
)
"""One core worker a processor core, as in production."""
ENVIRONMENT = {"CERTAINTY_CLOCK": "event"}
"""Event time alone moves the clock: the simulated day is not today."""
MAIN_JOB = {"CERTAINTY_JUDGES": ""}
"""The hub alone: raw, facts, accounts and promises of orders, rows. All judges at work: bench/judged.py."""
LIVE = {"CERTAINTY_CLOCK": "wall"}
"""As in production: what the time since the simulated day makes overdue is told while warming up."""
Say = Callable[[str], None]


def run(home: Path, events: int, *, quick: bool, say: Say) -> dict[str, Any]:
    """Return the figures; raises BenchFailed when a part fails or rows are missing."""
    settings = Settings(data_dir=home)
    with stack(home, say) as parts:
        say(f"loading a backlog of {events:,} raw events")
        asyncio.run(_load(settings, events))
        figures = throughput(settings, home, parts, events, say, more=MAIN_JOB)
        # After the backlog: these are received today, and would move the simulated day's clock on to it.
        with workers_on(home, MAIN_JOB | LIVE) as workers:
            seconds = QUICK_LATENCY_S if quick else LATENCY_S
            say(f"latency: {RATE} events/s for {seconds:.0f} s, after {WARM_UP_S:.0f} s to warm up")
            latencies = measure(settings, _latency_events(seconds), RATE, WARM_UP_S, workers)
        return figures | _latency_figures(latencies)


@contextmanager
def stack(home: Path, say: Say) -> Iterator[dict[str, Child]]:
    """Broker and store, with topics and tables."""
    with ExitStack() as stack:
        parts = {
            name: stack.enter_context(running(part(name, [name], home, {}))) for name in ("broker", "store")
        }
        for name, child in parts.items():
            await_line(child, f"{name} answers on", START_S)
        for name, command in (("topics", ("topics", "create")), ("tables", ("migrate", "up"))):
            part(name, command, home, {}).wait(START_S)
        say("broker and store answer")
        yield parts


@contextmanager
def workers_on(home: Path, more: Mapping[str, str] | None = None) -> Iterator[dict[str, Child]]:
    environment = ENVIRONMENT | dict(more or {})
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(running(part(name, command, home, environment)))
            for name, command in WORKERS
        }


def _latency_events(seconds: float) -> Iterator[Any]:
    count = round((seconds + WARM_UP_S) * RATE)
    return itertools.islice(_events(count, SEED + 1), count)


def _events(count: int, seed: int) -> Iterator[Any]:
    return raw_events(seed, max(FEWEST_ORDERS, count // EVENTS_PER_ORDER), DAY)


async def _load(settings: Settings, events: int) -> None:
    async with Producer(kafka_bootstrap(settings), settings.partitions) as producer:
        for number, event in enumerate(itertools.islice(_events(events, SEED), events), 1):
            producer.add(*placed(event))
            if number % FLUSH_RECORDS == 0:
                await producer.flush()
        await producer.flush()


def throughput(
    settings: Settings,
    home: Path,
    parts: Mapping[str, Child],
    events: int,
    say: Say,
    *,
    more: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Start workers on the backlog; timed from their first commit, less what that one covered."""
    before = asyncio.run(raw_committed(settings))
    with workers_on(home, more) as workers:
        everything = {**parts, **workers}
        already = asyncio.run(first_commit(settings, before, workers))
        began = time.perf_counter()
        cpu = {name: child.cpu_s() for name, child in everything.items()}
        say(f"workers run; their first commit covers {already:,} events")
        asyncio.run(drained(settings, workers))
        seconds = time.perf_counter() - began
        measured = events - already
        spent = {name: child.cpu_s() - cpu[name] for name, child in everything.items()}
        peaks = {name: child.peak_rss_mb() for name, child in everything.items()}
    return {
        "events_per_s": round(measured / seconds),
        "cpu_us_per_event": round(sum(spent.values()) * 1e6 / measured, 1),
        "peak_rss_mb": peaks,
        "cpu_us_per_event_of": {name: round(one * 1e6 / measured, 1) for name, one in spent.items()},
        "events": events,
        "seconds": round(seconds, 1),
        "rows": _rows(settings),
    }


def _latency_figures(latencies: Latencies) -> dict[str, Any]:
    return {
        "rate": RATE,
        "p50_ms": latencies.decisions.p50_ms,
        "p99_ms": latencies.decisions.p99_ms,
        "max_ms": latencies.decisions.max_ms,
        "decisions_seen": latencies.decisions.count,
        "facts_p50_ms": latencies.facts.p50_ms,
        "facts_p99_ms": latencies.facts.p99_ms,
        "facts_max_ms": latencies.facts.max_ms,
        "facts_seen": latencies.facts.count,
    }


def _rows(settings: Settings) -> dict[str, int]:
    """Return rows per table; raises BenchFailed when facts are missing, counted by their positions."""
    client = connect(store_address(settings))
    try:
        tables = ("order_reports", "refund_reports", "ticket_reports", "orders_current", "dead_letters")
        found = {
            table: int(client.query(f"SELECT count() FROM {table} FINAL").result_rows[0][0])  # noqa: S608
            for table in tables
        }
    finally:
        client.close()
    cluster = kafka_bootstrap(settings)
    ticks = asyncio.run(kafka.ends(cluster, [RAW_CLOCK.name]))
    facts = asyncio.run(kafka.ends(cluster, [FACT_ORDER.name])) - ticks
    stored = sum(found[table] for table in tables[:3])
    if stored == 0 or stored > facts:
        raise BenchFailed(f"the run is invalid: {facts:,} facts by order, {stored:,} rows of them")
    return found | {"facts_by_order": facts}
