"""Agent bodies with fake fetches, a fake confirmed producer and a real state table in memory."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import SimpleNamespace
from typing import Any

import faust
import orjson
import pytest

from agents import anomaly_healer, normaliser, order_hub, parcel_linker
from pipeline.cli.assembly import raw_reader
from pipeline.domain.anomaly_state import LifePolicy
from pipeline.domain.instants import from_ms
from pipeline.domain.policy import DAY_MS, HOUR_MS, ParcelPolicy
from pipeline.producer import Record
from pipeline.runtime.app import AgentSpec
from pipeline.runtime.batch import Batch
from pipeline.runtime.fold import AgentContext
from pipeline.runtime.salvage import DeadLetterLimit
from pipeline.runtime.table import StateTable, TableSpec
from schemas.raw import RawHeaders
from schemas.topics import RAW_TMALL
from tests.one_case import CASE_POLICIES

DAY_1_MS = 1_764_547_200_000
PARTITIONS = 4
LIMIT = 3
shared_reader = cache(raw_reader)
"""Reading every shipped source takes most of a second; a reader keeps nothing of what it reads."""


@dataclass
class FakeRecord:
    """What aiokafka fetches."""

    topic: str
    offset: int
    value: bytes | None
    key: bytes | None = b"A-1"
    headers: Sequence[tuple[str, bytes]] = ()
    partition: int = 0
    timestamp: int = DAY_1_MS


@dataclass
class FakeProducer:
    """Confirms everything, in order, unless `fails` holds an error for the next call."""

    calls: list[dict[tuple[str, int], list[Record]]] = field(default_factory=list)
    fails: list[Exception | None] = field(default_factory=list)
    happened: list[str] = field(default_factory=list)
    while_sending: Callable[[], None] = lambda: None

    async def send(self, pending: Mapping[tuple[str, int], Sequence[Record]]) -> dict[tuple[str, int], int]:
        self.while_sending()
        error = self.fails.pop(0) if self.fails else None
        self.happened.append("refused" if error else ",".join(sorted({topic for topic, _ in pending})))
        if error is not None:
            raise error
        self.calls.append({place: list(records) for place, records in pending.items()})
        return dict.fromkeys(pending, len(self.calls))

    def told(self, topic: str) -> list[dict[str, Any]]:
        """The values confirmed on one topic, as JSON."""
        return [
            orjson.loads(record.value or b"")
            for call in self.calls
            for (name, _), records in call.items()
            if name == topic
            for record in records
        ]


class FakeWorker:
    """Gives an agent what a worker gives it, and keeps its body."""

    def __init__(self) -> None:
        self.producer = FakeProducer()
        self.bodies: dict[str, tuple[Any, AgentContext]] = {}
        self.app = faust.App("stream-tests", broker="certainty://nowhere:1", autodiscover=False)
        self.tables: list[StateTable[Any]] = []

    def table(self, spec: TableSpec[Any]) -> StateTable[Any]:
        table = StateTable[Any](self.app, spec, in_memory=True, partitions=PARTITIONS)
        self.tables.append(table)
        return table

    def context(self, spec: AgentSpec) -> AgentContext:
        return AgentContext(spec.name, self.producer, DeadLetterLimit(spec.name, LIMIT))  # type: ignore[arg-type]

    def attach(self, spec: AgentSpec, body: Any, context: AgentContext) -> None:
        self.bodies[spec.name] = (body, context)

    def batch(self, *records: FakeRecord) -> Batch:
        """A fetch whose acknowledgement is noted where the confirmations are."""
        return Batch(
            topic=records[0].topic,
            partition=records[0].partition,
            records=records,
            partitions=PARTITIONS,
            acknowledge=lambda: self.producer.happened.append("acknowledged"),
            let_go=lambda: self.producer.happened.append("let go"),
            is_current=lambda: True,
        )

    async def run(self, agent: str, batch: Batch) -> None:
        body, context = self.bodies[agent]
        await body(batch, context)


def tmall_order(offset: int, *, order_id: str = "A-1", at_ms: int = DAY_1_MS, **told: Any) -> FakeRecord:
    """A raw record of a platform: an order placed and paid, to be shipped within 48 hours."""
    at, ship_by = (from_ms(ms).isoformat() for ms in (at_ms, at_ms + 48 * HOUR_MS))
    trade = {"tid": order_id, "status": "WAIT_SELLER_SEND_GOODS", "modified": at, "created": at,
             "pay_time": at, "send_time": ship_by, "payment": "19.90", **told}  # fmt: skip
    payload = {"trade_fullinfo_get_response": {"trade": trade}}
    headers = RawHeaders("tmall", "shop", at_ms, f"delivery-{offset}").to_headers()
    return FakeRecord(RAW_TMALL.name, offset, orjson.dumps(payload), order_id.encode(), headers)


class Ended(Exception):
    """Stands for the end of the process."""


@pytest.fixture(autouse=True)
def no_exit(monkeypatch: pytest.MonkeyPatch) -> None:
    """What would end the worker must not end the tests."""

    def end(code: int) -> None:
        raise Ended(code)

    monkeypatch.setattr("pipeline.runtime.salvage.os._exit", end)


@pytest.fixture
def worker() -> FakeWorker:
    """A worker with the normaliser and the order hub attached."""
    made = FakeWorker()
    normaliser.attach(made, shared_reader())  # type: ignore[arg-type]
    order_hub.attach(made, CASE_POLICIES)  # type: ignore[arg-type]
    return made


@pytest.fixture
def linking() -> FakeWorker:
    """A worker with the parcel linker attached; a parcel may hold three orders."""
    made = FakeWorker()
    parcel_linker.attach(made, ParcelPolicy(retention_ms=45 * DAY_MS, orders_most=3))  # type: ignore[arg-type]
    return made


@pytest.fixture
def healing() -> FakeWorker:
    """A worker with the anomaly healer alone."""
    made = FakeWorker()
    anomaly_healer.attach(made, LifePolicy())  # type: ignore[arg-type]
    return made


@pytest.fixture
def stream() -> SimpleNamespace:
    """The builders of this file, for tests that cannot import it."""
    return SimpleNamespace(
        tmall_order=tmall_order, FakeRecord=FakeRecord, DAY_1_MS=DAY_1_MS, HOUR_MS=HOUR_MS, LIMIT=LIMIT
    )


@pytest.fixture
def facts(worker: FakeWorker) -> Callable[..., Any]:
    """`await facts(record, ...)` gives what the normaliser makes of raw records, as records of fact.order."""

    async def make(*raw: FakeRecord) -> list[FakeRecord]:
        mine = FakeWorker()
        normaliser.attach(mine, shared_reader())  # type: ignore[arg-type]
        await mine.run("normaliser", mine.batch(*raw))
        made = [(topic, r) for (topic, _), rs in mine.producer.calls[0].items() for r in rs]
        return [
            FakeRecord(topic, offset, record.value, record.key) for offset, (topic, record) in enumerate(made)
        ]

    return make
