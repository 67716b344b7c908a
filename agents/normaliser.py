"""Turns raw records of every source into facts, keyed by the entity they speak of; parks unknown codes."""

from pipeline.domain.outcome import Undecidable
from pipeline.domain.parking import Origin, findings
from pipeline.domain.raw_sources import RawReader
from pipeline.domain.reading_result import Reading
from pipeline.runtime.app import AgentSpec, Worker
from pipeline.runtime.batch import Batch, KafkaRecord
from pipeline.runtime.fold import AgentContext, decode, reject, settle
from schemas.anomaly import CodeMended, CodeParked
from schemas.anomaly_life import Resolved, Taken
from schemas.instruction import INSTRUCTIONS
from schemas.inventory import StockCommandConfirmed, StockCounted, StockMoved
from schemas.logistics import WaybillLinked, WaybillTracked
from schemas.order import ClockTicked, InvoiceReported, OrderReported, RefundReported, TicketReported
from schemas.raw import received_ms
from schemas.topics import FACT_ORDER, FACT_WAYBILL, RAW

SPEC = AgentSpec(
    name="normaliser",
    group="core",
    consumes=RAW,
    emits=(
        OrderReported,
        InvoiceReported,
        RefundReported,
        TicketReported,
        ClockTicked,
        WaybillLinked,
        WaybillTracked,
        StockCounted,
        StockMoved,
        StockCommandConfirmed,
        CodeParked,
        CodeMended,
        Taken,
        Resolved,
        *INSTRUCTIONS,
    ),
    in_step=lambda record: received_ms(record.headers),
    passed_on=(FACT_WAYBILL, FACT_ORDER),
)


def attach(worker: Worker, reader: RawReader) -> None:
    """Run the normaliser in this worker. A tick of the clock stays in the partition it came by."""

    def read(record: KafkaRecord) -> Reading:
        return reader.read(record.value or b"", tuple(record.headers))

    async def normaliser(batch: Batch, context: AgentContext) -> None:
        for record, reading in decode(batch, read, context):
            for fact in reading.facts:
                batch.emit(fact, into=record.partition if isinstance(fact, ClockTicked) else None)
            if reading.unknown or reading.parked:
                for finding in findings(reading, _origin(record)):
                    batch.emit(finding)
            if reading.refused:
                reject(batch, record, Undecidable("; ".join(reading.refused)), context)
        await settle(batch, context)

    worker.attach(SPEC, normaliser, worker.context(SPEC))


def _origin(record: KafkaRecord) -> Origin:
    return Origin(record.topic, record.partition, record.offset, record.key or b"", record.timestamp)
