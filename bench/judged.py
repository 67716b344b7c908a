"""The judges at work: a whole peak day at full speed, and how long a refund request waits for its verdict."""

import asyncio
import re
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from bench import kafka
from bench.end_to_end import DAY, FLUSH_RECORDS, RATE, SEED, Say, stack, throughput, workers_on
from bench.latency import through
from bench.measure import percentile
from bench.processes import BenchFailed
from pipeline.cli.simulated_records import placed
from pipeline.endpoints import kafka_bootstrap
from pipeline.producer import Producer
from pipeline.settings import Settings
from pipeline.simulator.feed import RawEvent, raw_events
from schemas.topics import DECISION_ORDER, RAW

PEAK_ORDERS = 28_000
QUICK_ORDERS = 700
"""The article's peak day (domain.md section 13)."""
REFUND_ORDERS = 12_000
"""Orders of the day whose refund requests are timed: about 400 of them."""
LATENCY_S = 60.0
QUICK_S = 10.0
WARM_UP_S = 5.0
REFUND_ID = re.compile(rb"R\d{17}")
"""The simulator's refund ids are unlike any other word of a payload."""


def peak_day(home: Path, *, quick: bool, say: Say) -> dict[str, Any]:
    """Return the figures of a day that waits in Kafka and is worked off; raises BenchFailed."""
    settings = Settings(data_dir=home)
    orders = QUICK_ORDERS if quick else PEAK_ORDERS
    with stack(home, say) as parts:
        say(f"loading a day of {orders:,} orders")
        began = time.perf_counter()
        events = asyncio.run(_load(settings, raw_events(SEED, orders, DAY)))
        say(f"{events:,} raw events loaded in {time.perf_counter() - began:.0f} s")
        return {"orders": orders} | throughput(settings, home, parts, events, say)


async def _load(settings: Settings, events: Iterable[Any]) -> int:
    number = 0
    async with Producer(kafka_bootstrap(settings), settings.partitions) as producer:
        for number, event in enumerate(events, 1):
            producer.add(*placed(event))
            if number % FLUSH_RECORDS == 0:
                await producer.flush()
        await producer.flush()
    return number


def refunds(home: Path, *, quick: bool, say: Say) -> dict[str, Any]:
    """Return how long refund requests waited for their first verdict, among RATE events a second.

    The orders of the requests are told first. Both instants are the broker's: of the request's record on its
    raw topic, and of the verdict's on decision.order.v1.
    """
    settings = Settings(data_dir=home)
    seconds = QUICK_S if quick else LATENCY_S
    lives, flow = _planned(QUICK_ORDERS * 3 if quick else REFUND_ORDERS, round(seconds * RATE))
    with stack(home, say), workers_on(home) as workers:
        say(f"telling the lives of the orders: {len(lives):,} events")
        asyncio.run(through(settings, lives, RATE * 4, workers))
        say(f"refund requests among {RATE} events/s for {seconds:.0f} s")
        asyncio.run(through(settings, flow, RATE, workers))
        waits = asyncio.run(_waits_ms(settings))
    return {
        "rate": RATE,
        "refunds": len(waits),
        "verdict_p50_ms": round(percentile(waits, 0.5), 1),
        "verdict_p99_ms": round(percentile(waits, 0.99), 1),
        "verdict_max_ms": round(max(waits), 1),
    }


def _planned(orders: int, count: int) -> tuple[list[Any], list[Any]]:
    """Cut a day into what is told first (every event of orders with a refund) and `count` events of the flow.

    A request of an order that never existed waits ten minutes by rule and is left out.
    """
    day = list(raw_events(SEED, orders, DAY))
    asked = [event for event in day if _refund_of(event) and not event.key.endswith(b"-none")]
    known = {_refund_of(event)[1:] for event in asked}
    lives: list[RawEvent] = []
    others: list[RawEvent] = []
    for event in day:
        if _refund_of(event):
            continue
        mine = event.key in known or event.key[3:-1] in known
        (lives if mine else others).append(event)
    return lives, list(_spread(asked, others[: max(0, count - len(asked))]))


def _refund_of(event: Any) -> bytes:
    found = REFUND_ID.search(event.value)
    return found.group() if found else b""


def _spread(few: list[Any], many: list[Any]) -> Iterator[Any]:
    """Give all of both, the few evenly among the many."""
    if not few:
        raise BenchFailed("the simulated day holds no refund request")
    every = max(1, len(many) // len(few))
    for number, one in enumerate(few):
        yield from many[number * every : (number + 1) * every]
        yield one
    yield from many[len(few) * every :]


async def _waits_ms(settings: Settings) -> list[float]:
    cluster = kafka_bootstrap(settings)
    asked = await _first_seen(cluster, [topic.name for topic in RAW])
    told = await _first_seen(cluster, [DECISION_ORDER.name], b'"refund.verified"')
    missing = asked.keys() - told.keys()
    if missing or not asked:
        raise BenchFailed(f"{len(missing)} of {len(asked)} refund requests have no verdict")
    return [float(told[refund] - asked[refund]) for refund in asked]


async def _first_seen(cluster: str, topics: list[str], with_: bytes = b"") -> dict[bytes, int]:
    """Return refund id -> when the broker appended the first record that names it, in ms since 1970 UTC."""
    seen: dict[bytes, int] = {}
    async for record in kafka.records(cluster, topics):
        found = REFUND_ID.search(record.value or b"")
        if found and with_ in record.value:
            seen.setdefault(found.group(), record.timestamp)
    return seen
