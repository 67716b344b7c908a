"""Lands everything in ClickHouse: fetches gathered into one insert a table, tried until they have landed."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from pipeline.clickhouse.client import StoreAway
from pipeline.clickhouse.rows import Row, row_of
from pipeline.clickhouse.writer import Writer
from pipeline.domain.instants import to_ms
from pipeline.runtime.app import AgentSpec, Worker
from pipeline.runtime.batch import Batch
from pipeline.runtime.fold import AgentContext, decode, json_decoder
from pipeline.runtime.gather import Gathered, Gatherer, settle_all
from pipeline.runtime.metrics import INSERT_ROWS, INSERT_SECONDS
from pipeline.runtime.salvage import Outage
from schemas.base import EPOCH
from schemas.topics import DEAD_LETTER, DERIVED

LOOK_EVERY_S = 0.2
"""Well below `sink_wait_s`, the wait before rows are inserted."""

LANES = 3
"""Inserts at a time, each of another table: at 500 events a second ten are due, in turn they took 0.7 s."""

SPEC = AgentSpec(
    name="clickhouse_sink", group="sink", consumes=(*DERIVED, DEAD_LETTER), look_every_s=LOOK_EVERY_S
)


def attach(worker: Worker, open_writer: Callable[[], Writer]) -> None:
    """Run the sink in this worker; `LANES` threads insert, each with a writer of its own."""
    readers = {topic.name: json_decoder(topic.carries) for topic in SPEC.consumes}
    lanes = [(ThreadPoolExecutor(1, "clickhouse"), open_writer()) for _ in range(LANES)]
    context = worker.context(SPEC)

    def insert(writer: Writer, table: str, rows: list[Row], token: str) -> None:
        try:
            with INSERT_SECONDS.labels(table).time():
                writer.insert(table, rows, token)
        except StoreAway as error:
            raise Outage(str(error)) from error
        INSERT_ROWS.labels(table).inc(len(rows))

    async def land(gathered: Gathered) -> None:
        tables = deque(sorted(gathered.rows.items(), key=lambda table: -len(table[1])))

        async def lane(thread: ThreadPoolExecutor, writer: Writer) -> None:
            loop = asyncio.get_running_loop()
            while tables:
                await loop.run_in_executor(thread, insert, writer, *tables.popleft(), gathered.token)

        # All of them end before one is tried again: a writer is confined to one insert at a time.
        for failed in await asyncio.gather(*[lane(*one) for one in lanes], return_exceptions=True):
            if failed is not None:
                raise failed
        await settle_all(gathered, context)

    gatherer = Gatherer(SPEC.name, worker, land)

    async def clickhouse_sink(batch: Batch, context: AgentContext) -> None:
        rows: dict[str, list[Row]] = defaultdict(list)
        newest = EPOCH
        for record, event in decode(batch, readers[batch.topic], context):
            if record.topic != DEAD_LETTER.name:  # dated when it was set aside, however old the record
                newest = max(newest, event.observed_at)
            found = row_of(event, (record.topic, record.partition, record.offset))
            if found is not None:
                rows[found[0]].append(found[1])
        await gatherer.add(batch, rows, to_ms(newest))

    worker.attach(SPEC, clickhouse_sink, context)
