"""Turns raw records of every source into facts, keyed by the order or the SKU they speak of."""

from pipeline.domain.raw_sources import RawReader
from pipeline.runtime.app import AgentSpec, Worker
from pipeline.runtime.batch import Batch, KafkaRecord
from pipeline.runtime.fold import AgentContext, decode, settle
from schemas.inventory import SkuOrdered, StockCounted, StockMoved
from schemas.order import ClockTicked, OrderReported, RefundReported, TicketReported
from schemas.topics import RAW

SPEC = AgentSpec(
    name="normaliser",
    group="core",
    consumes=RAW,
    emits=(
        OrderReported,
        RefundReported,
        TicketReported,
        ClockTicked,
        StockCounted,
        StockMoved,
        SkuOrdered,
    ),
)


def attach(worker: Worker, reader: RawReader) -> None:
    """Run the normaliser in this worker. A tick of the clock stays in the partition it came by."""

    def read(record: KafkaRecord) -> list[object]:
        return list(reader.read(record.value or b"", tuple(record.headers), record.key or b""))

    async def normaliser(batch: Batch, context: AgentContext) -> None:
        for _, facts in decode(batch, read, context):
            for fact in facts:
                batch.emit(fact, here=isinstance(fact, ClockTicked))
        await settle(batch, context)

    worker.attach(SPEC, normaliser, worker.context(SPEC))
