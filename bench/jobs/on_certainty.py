"""The keyed-state job on this system's own runtime: state table in RocksDB with its changelog in Kafka."""

import asyncio
import os
from collections.abc import Iterable
from typing import Any

import orjson

from bench.measure import JobArguments, Meter, job_arguments
from pipeline.runtime.app import AgentSpec, Worker
from pipeline.runtime.batch import Batch, KafkaRecord
from pipeline.runtime.fold import AgentContext, Folded, decode, settle
from pipeline.runtime.table import Slot, StateTable, TableSpec
from pipeline.runtime.worker import run as run_worker
from pipeline.settings import Settings
from schemas.topics import Topic

Account = tuple[int, int]  # events, units
TABLE = "accounts"
COMMIT_POLL_S = 0.01


def read_event(record: KafkaRecord) -> Any:  # JSON of any shape
    """Decode one event, as the other jobs do."""
    return orjson.loads(record.value or b"")


def fold_accounts(
    batch: Batch, events: Iterable[tuple[KafkaRecord, Any]], table: StateTable[Account]
) -> Folded[Account]:
    """What `fold` does, for a decision without outputs and deadlines: each key read once, offsets kept."""
    slots: dict[bytes, Slot[Account]] = {}
    for record, event in events:
        key = record.key or b""
        slot = slots.get(key)
        if slot is None:
            slot = slots[key] = table.read(batch.partition, key).copy()
        if record.offset > slot.applied[0]:
            slot.applied[0] = record.offset
            count, units = slot.state or (0, 0)
            slot.state = (count + 1, units + event["units"])
    return Folded(table, slots)


def run(job: JobArguments) -> None:
    """Count and sum every event per key; ends once all offsets are committed."""
    settings = Settings(
        data_dir=job.state,
        kafka_bootstrap=job.cluster,
        partitions=job.partitions,
    )
    worker = Worker(settings, job.name, 0)
    orders = Topic(job.topic, "events of the benchmark", "sku", -1)
    spec = AgentSpec("accounts", job.name, (orders,))
    table = worker.table(TableSpec(TABLE, (job.topic,), orjson.dumps, _account))
    meter = Meter(job)
    seen = 0

    async def accounts(batch: Batch, context: AgentContext) -> None:
        nonlocal seen
        if seen == 0:
            meter.start()
        await settle(batch, context, fold_accounts(batch, decode(batch, read_event, context), table))
        seen += len(batch.records)
        if seen >= job.events:
            _ENDING.append(asyncio.create_task(_finish(worker, meter)))

    worker.attach(spec, accounts, worker.context(spec))
    run_worker(worker)


_ENDING: list[asyncio.Task[None]] = []
"""Holds the last task: the event loop keeps weak references only."""


def _account(value: bytes) -> Account:
    count, units = orjson.loads(value)
    return count, units


async def _finish(worker: Worker, meter: Meter) -> None:
    """Commit until every event is committed; state and changelog are confirmed by then."""
    consumer: Any = worker.app.consumer  # our transport's; Faust ships no types
    while sum(offset or 0 for offset in consumer._committed_offset.values()) < meter.job.events:
        await consumer.commit()
        await asyncio.sleep(COMMIT_POLL_S)
    meter.stop()
    # A clean stop would wait for rebalance timers; everything that counts is confirmed.
    os._exit(0)


if __name__ == "__main__":
    run(job_arguments())
