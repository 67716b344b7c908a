"""A broker, a store and workers whose processes a test may kill, and a load whose outcome is known."""

import asyncio
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiokafka.errors import KafkaError
from pydantic import SecretStr

from pipeline.clickhouse.client import connect
from pipeline.clickhouse.migrate import migrate_up
from pipeline.embedded.topics import create_topics
from pipeline.endpoints import StoreAddress, kafka_bootstrap, store_address
from pipeline.producer import Producer, Record
from pipeline.runtime.progress import NotStored, wait_until_stored
from pipeline.settings import Settings
from schemas.raw import RawHeaders
from schemas.topics import RAW_CARRIER, RAW_TMALL, RAW_WMS

DAY_1_MS = 1_764_547_200_000  # 1 December 2025
HOUR_MS = 3_600_000
DRAIN_S = 60
AT_ONCE = 100

_NOT_COMPARED = """
    event_id, cause_id, order_id, occurred_at, observed_at,
    source_topic, source_partition, source_offset, ingested_at
"""
"""Ids and times of the test's own orders differ by their prefix; positions and ingest times by the run."""

Sent = list[tuple[str, Record]]


def reports(prefix: str, orders: int) -> Sent:
    """Return four reports of every order: placed; handed out; scanned; signed, late for every third one."""
    sent: Sent = []
    for step in ("order", "parcel", "scan", "signed"):
        for number in range(orders):
            sent.append(_report(step, f"{prefix}-{number}", DAY_1_MS + number * 60_000, late=number % 3 == 0))
    return sent


def _report(step: str, order_id: str, placed_ms: int, *, late: bool) -> tuple[str, Record]:
    out_ms = placed_ms + (60 if late else 20) * HOUR_MS
    match step:
        case "order":
            told = {"kind": "order", "status": "WAIT_SELLER_SEND_GOODS", "updated_at": placed_ms, "units": 1,
                    "created_at": placed_ms, "paid_at": placed_ms, "ship_by": placed_ms + 48 * HOUR_MS,
                    "paid_fen": 1990}  # fmt: skip
            return _raw(RAW_TMALL.name, "tmall", order_id, told, placed_ms)
        case "parcel":
            told = {"kind": "parcel", "platform": "tmall", "waybill": f"W{order_id}", "status": "95",
                    "units": 1, "updated_at": out_ms, "outbound_at": out_ms}  # fmt: skip
            return _raw(RAW_WMS.name, "wms", order_id, told, out_ms)
        case _:
            at = out_ms + (4 if step == "scan" else 40) * HOUR_MS
            told = {"kind": "scan", "aggregator": "kuaidi100", "platform": "tmall", "waybill": f"W{order_id}",
                    "code": "103" if step == "scan" else "3", "at": at}  # fmt: skip
            return _raw(RAW_CARRIER.name, "carrier", order_id, told, at)


def _raw(topic: str, source: str, order_id: str, told: dict[str, Any], at_ms: int) -> tuple[str, Record]:
    headers = RawHeaders(source, "shop", at_ms, f"{topic}-{order_id}-{at_ms}").to_headers()
    value = orjson.dumps({**told, "order_id": order_id, "shop": "shop"})
    return topic, Record(order_id.encode(), value, at_ms, headers)


@dataclass
class Stack:
    """A running broker and store, with workers that each have a folder, an output and an identity."""

    settings: Settings
    launch: Callable[..., Any]
    broker: Any
    store: Any
    workers: dict[tuple[str, int], Any] = field(default_factory=dict)

    @property
    def address(self) -> StoreAddress:
        return store_address(self.settings)

    def work(self, group: str, index: int = 0, **changed: Any) -> Any:
        """Start one worker; returns its process."""
        folder = self.settings.data_dir / f"{group}{index}"
        settings = self.settings.model_copy(
            update={
                "data_dir": folder,
                "kafka_bootstrap": kafka_bootstrap(self.settings),
                "clickhouse_url": self.address.url,
                "clickhouse_password": SecretStr(self.address.password),
                **changed,
            }
        )
        part = self.launch(settings, "worker", "--group", group, "--index", str(index))
        self.workers[group, index] = part
        return part

    def state_of(self, index: int = 0) -> Path:
        """Where a core worker keeps its state."""
        return self.settings.data_dir / f"core{index}" / "state"

    def kill(self, part: Any) -> None:
        """SIGKILL, at once."""
        part.process.send_signal(signal.SIGKILL)
        part.process.wait(10)

    def fresh_state(self) -> None:
        """End every worker and forget its local state; what was acknowledged stays acknowledged."""
        for part in self.workers.values():
            if part.process.poll() is None:
                self.kill(part)
        for group, index in self.workers:
            shutil.rmtree(self.settings.data_dir / f"{group}{index}", ignore_errors=True)
        self.workers.clear()

    def send(self, sent: Sent, *, over_s: float = 0, meanwhile: Callable[[], None] | None = None) -> None:
        """Send records, evenly over some seconds; `meanwhile` happens after the first third of them."""
        asyncio.run(self._send(sent, over_s, meanwhile))

    async def _send(self, sent: Sent, over_s: float, meanwhile: Callable[[], None] | None) -> None:
        parts = [sent[at : at + AT_ONCE] for at in range(0, len(sent), AT_ONCE)]
        async with Producer(kafka_bootstrap(self.settings), self.settings.partitions, "test") as producer:
            disturbed: asyncio.Future[None] | None = None
            for number, part in enumerate(parts):
                if meanwhile is not None and number == len(parts) // 3:
                    disturbed = asyncio.ensure_future(asyncio.to_thread(meanwhile))
                for topic, record in part:
                    producer.add(topic, record)
                await producer.flush()
                await asyncio.sleep(over_s / len(parts))
            if disturbed is not None:
                await disturbed

    def drain(self) -> None:
        """Return once everything sent is in ClickHouse."""
        topics = (RAW_TMALL.name, RAW_WMS.name, RAW_CARRIER.name)
        until = time.monotonic() + DRAIN_S
        while True:
            try:
                asyncio.run(wait_until_stored(self.settings, topics, until - time.monotonic()))
            except NotStored as error:
                pytest.fail("\n".join([str(error), *error.places, self.said()]))
            except KafkaError as error:  # the group's coordinator may still be loading
                if not error.retriable or time.monotonic() > until:
                    raise
                time.sleep(0.5)
            else:
                return

    def said(self) -> str:
        """The end of what every worker has said."""
        return "\n".join(
            f"{name} ({part.process.poll()}):\n{part.output.read_text()[-3000:]}"
            for name, part in self.workers.items()
        )

    def ask(self, sql: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        client = connect(self.address)
        try:
            return [tuple(row) for row in client.query(sql, parameters=parameters).result_rows]
        finally:
            client.close()

    def orders(self, prefix: str) -> tuple[int, int, str]:
        """Return (orders, distinct orders, hash over every compared column) of one test's current orders."""
        ((rows, distinct, mixed),) = self.ask(
            f"""
            SELECT count(), uniqExact(order_id),
                   toString(groupBitXor(cityHash64(substring(order_id, length(%(prefix)s) + 1),
                       replaceAll(toString(tuple(* EXCEPT ({_NOT_COMPARED}))), %(prefix)s, ''))))
            FROM orders_current FINAL WHERE startsWith(order_id, %(prefix)s)
            """,
            prefix=prefix + "-",
        )
        return rows, distinct, mixed


@pytest.fixture(scope="session")
def whole_stack(tmp_path_factory: pytest.TempPathFactory, launch: Callable[..., Any]) -> Iterator[Stack]:
    """One broker and store for all tests of workers; their orders differ by prefix."""
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("workers"),
        clock="event",
        fetch_records=100,
        sink_wait_s=0.2,
        _env_file=None,
    )
    broker, store = launch(settings, "broker"), launch(settings, "store")
    for part in (broker, store):
        part.answers()
    create_topics(kafka_bootstrap(settings), settings)
    migrate_up(store_address(settings), settings.risk_window_s)
    stack = Stack(settings, launch, broker, store)
    yield stack
    stack.fresh_state()
    for part in (broker, store):
        part.end()


@pytest.fixture
def workers(whole_stack: Stack) -> Iterator[Stack]:
    """The stack, with no worker running."""
    whole_stack.fresh_state()
    yield whole_stack
    whole_stack.fresh_state()


@pytest.fixture(scope="session")
def undisturbed(whole_stack: Stack) -> tuple[int, int, str]:
    """What `ORDERS` orders come to when nothing goes wrong."""
    whole_stack.work("core")
    whole_stack.work("sink")
    whole_stack.send(reports("undisturbed", orders_sent()))
    whole_stack.drain()
    return whole_stack.orders("undisturbed")


def orders_sent() -> int:
    """How many orders a load has: four reports each."""
    return int(os.environ.get("TEST_ORDERS", "500"))


@pytest.fixture
def soon() -> Callable[..., None]:
    """`soon(holds, what)` returns once something holds, 60 s later at most."""

    def wait(holds: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + DRAIN_S
        while not holds():
            assert time.monotonic() < deadline, f"not within {DRAIN_S} s: {what}"
            time.sleep(0.1)

    return wait


@pytest.fixture(scope="session")
def make_reports() -> Callable[[str], Sent]:
    """`make_reports(prefix)` gives the load of `undisturbed` under another prefix."""
    return lambda prefix: reports(prefix, orders_sent())
