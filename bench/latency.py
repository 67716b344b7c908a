"""From a raw record's sending to its row being readable in ClickHouse, at a fixed rate."""

import asyncio
import time
from collections.abc import Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from bench import kafka
from bench.measure import percentile
from bench.processes import BenchFailed, Child
from bench.progress import drained
from pipeline.cli.simulated_records import placed
from pipeline.clickhouse.client import connect
from pipeline.endpoints import kafka_bootstrap, store_address
from pipeline.producer import Producer, Record
from pipeline.settings import Settings
from schemas.raw import RawHeaders

POLL_S = 0.1
FACTS = ("order_reports", "refund_reports", "ticket_reports", "sku_facts")
DECISIONS = ("order_decisions",)


@dataclass(frozen=True, slots=True)
class Spread:
    """Milliseconds."""

    count: int
    p50_ms: float
    p99_ms: float
    max_ms: float


@dataclass(frozen=True, slots=True)
class Latencies:
    """`facts`: raw -> fact -> row, every event. `decisions`: raw -> fact -> order hub -> decision -> row."""

    facts: Spread
    decisions: Spread


@dataclass(slots=True)
class Watcher:
    """Reads rows that are new to it: position beyond the last one seen in each partition of the topic."""

    tables: tuple[str, ...]
    seen: dict[tuple[str, int], int] = field(default_factory=dict)
    waits_ms: list[tuple[float, float]] = field(default_factory=list)

    def look(self, client: Any) -> None:  # clickhouse-connect's Client
        """Note (sent at, milliseconds until readable) of every new row."""
        rows = client.query(_question(self.tables, self.seen)).result_rows
        now_ms = time.time() * 1000
        for table, partition, offset, sent_ms in rows:
            place = (table, partition)
            self.seen[place] = max(offset, self.seen.get(place, -1))
            self.waits_ms.append((sent_ms, now_ms - sent_ms))

    def spread(self, since_ms: float) -> Spread:
        """Return the spread over rows whose record was sent at or after `since_ms`."""
        waits = [wait for sent, wait in self.waits_ms if sent >= since_ms]
        if not waits:
            raise BenchFailed(f"no row of {', '.join(self.tables)} came out of the events sent")
        return Spread(
            count=len(waits),
            p50_ms=round(percentile(waits, 0.5), 1),
            p99_ms=round(percentile(waits, 0.99), 1),
            max_ms=round(max(waits), 1),
        )


def _question(tables: tuple[str, ...], seen: Mapping[tuple[str, int], int]) -> str:
    parts = []
    for table in tables:
        known = [(partition, offset) for (name, partition), offset in seen.items() if name == table]
        old = " OR ".join(f"(source_partition = {p} AND source_offset <= {o})" for p, o in known)
        parts.append(
            f"SELECT '{table}', source_partition, source_offset, toUnixTimestamp64Milli(observed_at)"  # noqa: S608
            f" FROM {table}" + (f" WHERE NOT ({old})" if old else "")
        )
    return " UNION ALL ".join(parts)


def measure(
    settings: Settings, events: Iterator[Any], rate: int, warm_up_s: float, workers: Mapping[str, Child]
) -> Latencies:
    """Send `events` at `rate` a second while looking for their rows every POLL_S."""
    return asyncio.run(_measure(settings, list(events), rate, warm_up_s, workers))


async def _measure(
    settings: Settings, events: list[Any], rate: int, warm_up_s: float, workers: Mapping[str, Child]
) -> Latencies:
    warm = round(warm_up_s * rate)
    facts, decisions = Watcher(FACTS), Watcher(DECISIONS)
    client = connect(store_address(settings))
    try:
        async with Producer(kafka_bootstrap(settings), settings.partitions) as producer:
            # The start of the workers, of this producer and of the reader is not measured.
            warming = _through(settings, producer, events[:warm], rate, workers)
            await _look_during(warming, client, facts, decisions)
            began_ms = time.time() * 1000
            flow = _through(settings, producer, events[warm:], rate, workers)
            await _look_during(flow, client, facts, decisions)
    finally:
        client.close()
    return Latencies(facts.spread(began_ms), decisions.spread(began_ms))


async def _look_during(flow: Coroutine[Any, Any, None], client: Any, *watchers: Watcher) -> None:
    """Look every POLL_S until the flow has ended, and once more."""
    task = asyncio.create_task(flow)
    try:
        while not task.done():
            due = time.monotonic() + POLL_S
            await _look(client, *watchers)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
        await task
        await _look(client, *watchers)
    finally:
        task.cancel()


async def _look(client: Any, *watchers: Watcher) -> None:
    for watcher in watchers:
        await asyncio.to_thread(watcher.look, client)


async def through(settings: Settings, events: list[Any], rate: int, workers: Mapping[str, Child]) -> None:
    """Send all events, then wait until all of them have come through: late rows count, too."""
    async with Producer(kafka_bootstrap(settings), settings.partitions) as producer:
        await _through(settings, producer, events, rate, workers)


async def _through(
    settings: Settings, producer: Producer, events: list[Any], rate: int, workers: Mapping[str, Child]
) -> None:
    await kafka.paced(producer, events, rate, partial(_add, producer))
    await drained(settings, workers)


def _add(producer: Producer, event: Any) -> None:  # the simulator's RawEvent
    topic, record, partition = placed(event)
    now_ms = round(time.time() * 1000)
    headers = RawHeaders.from_headers(record.headers)._replace(received_ms=now_ms).to_headers()
    producer.add(topic, Record(record.key, record.value, now_ms, headers), partition)
