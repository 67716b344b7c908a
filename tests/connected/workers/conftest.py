"""A broker, a store and workers whose processes a test may kill, and a load whose outcome is known."""

import asyncio
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

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
from pipeline.simulator.voices.writing import text_time
from schemas.raw import RawHeaders
from schemas.topics import raw_topic

DAY_1_MS = 1_772_323_200_000  # 1 March 2026, as in tests/builders.py: one clock moves for all of them
HOUR_MS = 3_600_000
APART_MS = 15_000
"""Between two orders of a load: all of them are placed within few of the half hours read in step."""
DRAIN_S = 180
"""Against hanging only: a busy machine has needed a minute for two workers that wait for each other."""
AT_ONCE = 100
PARCELS = "wms.stockout.Sales.queryWithDetail"

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
            placed_ms = DAY_1_MS + number * APART_MS
            sent.append(_report(step, f"{prefix}-{number}", placed_ms, late=number % 3 == 0))
    return sent


def _report(step: str, order_id: str, placed_ms: int, *, late: bool) -> tuple[str, Record]:
    out_ms = placed_ms + (60 if late else 20) * HOUR_MS
    waybill = f"W{order_id}".upper()
    match step:
        case "order":
            at = text_time(placed_ms)
            trade = {"tid": order_id, "status": "WAIT_SELLER_SEND_GOODS", "modified": at, "created": at,
                     "pay_time": at, "send_time": text_time(placed_ms + 48 * HOUR_MS), "payment": "19.90",
                     "orders": {"order": [{"num": 1, "outer_sku_id": "SKU-1"}]}}  # fmt: skip
            return _raw("tmall", "", order_id, {"trade_fullinfo_get_response": {"trade": trade}}, placed_ms)
        case "parcel":
            at = text_time(out_ms)
            stockout = {"stockout_id": waybill, "status": 95, "logistics_no": waybill, "consign_time": at,
                        "created": at, "modified": at, "warehouse_no": "main", "shop_platform_id": 1,
                        "details_list": [{"rec_id": waybill, "src_tid": order_id, "spec_no": "SKU-1",
                                          "num": 1, "gift_type": 0}]}  # fmt: skip
            page = {"status": 0, "data": {"total_count": 1, "order": [stockout]}}
            return _raw("wangdiantong", PARCELS, order_id, page, out_ms)
        case _:
            scans = [(out_ms + 4 * HOUR_MS, "103"), (out_ms + 40 * HOUR_MS, "301")]
            told = scans[: 1 if step == "scan" else 2]
            entries = [{"time": text_time(at), "context": code, "statusCode": code} for at, code in told]
            result = {"nu": waybill, "com": "test", "ischeck": "0", "status": "200", "data": entries}
            form = urlencode({"param": orjson.dumps({"status": "polling", "lastResult": result})})
            return _raw("kuaidi100", "", order_id, form.encode(), told[-1][0])


def _raw(source: str, api: str, order_id: str, told: Any, at_ms: int) -> tuple[str, Record]:
    topic = raw_topic(source).name
    headers = RawHeaders(source, "shop", at_ms, f"{topic}-{order_id}-{at_ms}", api=api).to_headers()
    value = told if isinstance(told, bytes) else orjson.dumps(told)
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

    def drain(self, *topics: str) -> None:
        """Return once everything in these raw topics, or in those of a load, is in ClickHouse."""
        topics = topics or tuple(raw_topic(source).name for source in ("tmall", "wangdiantong", "kuaidi100"))
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
                       replaceAll(replaceAll(toString(tuple(* EXCEPT ({_NOT_COMPARED}))),
                           %(prefix)s, ''), upper(%(prefix)s), ''))))
            FROM orders_current FINAL WHERE startsWith(order_id, %(prefix)s)
            """,
            prefix=prefix + "-",
        )
        return rows, distinct, mixed


@contextmanager
def running(settings: Settings, launch: Callable[..., Any]) -> Iterator[Stack]:
    """Give a broker and a store, with every topic and table, and no worker yet."""
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


@pytest.fixture(scope="session")
def whole_stack(tmp_path_factory: pytest.TempPathFactory, launch: Callable[..., Any]) -> Iterator[Stack]:
    """One broker and store for all tests of workers; their orders differ by prefix."""
    folder = tmp_path_factory.mktemp("workers")
    settings = Settings(
        data_dir=folder,
        clock="event",
        fetch_records=100,
        sink_wait_s=0.4,
        sink_history_wait_s=0.4,
        _env_file=None,
    )
    with running(settings, launch) as stack:
        yield stack


@pytest.fixture(scope="module")
def today(tmp_path_factory: pytest.TempPathFactory, launch: Callable[..., Any]) -> Iterator[Stack]:
    """A stack that goes by the wall clock, as people do who press a button now; one core worker runs."""
    folder = tmp_path_factory.mktemp("today")
    settings = Settings(
        data_dir=folder,
        conflict_settle_s=1,
        tick_s=1,
        desk_expiry_s=300,
        sink_wait_s=0.4,
        sink_history_wait_s=0.4,
        _env_file=None,
    )
    with running(settings, launch) as stack:
        stack.work("core")
        yield stack


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
    return int(os.environ.get("TEST_ORDERS", "150"))


@pytest.fixture
def soon(request: pytest.FixtureRequest) -> Callable[..., None]:
    """`soon(holds, what)` returns once something holds, else after `DRAIN_S` with what was said."""
    stack = request.getfixturevalue("today" if "today" in request.fixturenames else "whole_stack")

    def wait(holds: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + DRAIN_S
        while not holds():
            assert time.monotonic() < deadline, f"not within {DRAIN_S} s: {what}\n{stack.said()}"
            time.sleep(0.1)

    return wait


@pytest.fixture(scope="session")
def make_reports() -> Callable[[str], Sent]:
    """`make_reports(prefix)` gives the load of `undisturbed` under another prefix."""
    return lambda prefix: reports(prefix, orders_sent())
