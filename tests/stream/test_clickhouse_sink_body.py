"""The sink with a fake store: acknowledged once landed, waiting while the store is away, bounded always."""

import asyncio
import time
from collections.abc import Callable
from threading import Barrier
from typing import Any

import pytest

from agents import clickhouse_sink
from pipeline.clickhouse.client import StoreAway
from pipeline.runtime import gather as module
from pipeline.runtime.watchdog import Progress
from pipeline.settings import Settings
from schemas.promise import ClockAdvanced
from schemas.topics import DEAD_LETTER, FACT_ORDER, TOPIC_OF

ROWS_MOST = 4
FETCHES = 50


class FakeWriter:
    """Keeps inserts; `away` makes every insert fail."""

    def __init__(self) -> None:
        self.inserts: list[tuple[str, int, str]] = []
        self.away = False
        self.tries = 0

    def insert(self, table: str, rows: list[Any], token: str) -> None:
        self.tries += 1
        if self.away:
            raise StoreAway("no store")
        self.inserts.append((table, len(rows), token))


@pytest.fixture
def writer() -> FakeWriter:
    return FakeWriter()


@pytest.fixture
def sink(worker: Any, writer: FakeWriter, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The worker of the stream tests with the sink attached: four records an insert, or 20 ms."""
    worker.settings = Settings(
        sink_rows=ROWS_MOST, sink_wait_s=0.02, sink_history_wait_s=0.02, _env_file=None
    )
    worker.progress = Progress()
    monkeypatch.setattr("pipeline.runtime.salvage.wait_random_exponential", lambda **_: lambda attempt: 0.01)
    clickhouse_sink.attach(worker, lambda: writer)  # type: ignore[arg-type,return-value]
    return worker


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():
            await asyncio.sleep(0.005)


def clock_told(stream: Any) -> Any:
    """A record of another table than those of orders."""
    at = "2026-03-01T00:00:00Z"
    told = ClockAdvanced.model_validate(
        {"event_id": "e", "cause_id": "c", "agent": "a", "partition": 0, "occurred_at": at, "observed_at": at}
    )
    return stream.FakeRecord(TOPIC_OF[ClockAdvanced].name, 0, told.to_bytes())


def acknowledged(worker: Any) -> int:
    return int(worker.producer.happened.count("acknowledged"))


async def test_a_fetch_is_acknowledged_after_its_rows_have_landed(
    sink: Any, writer: FakeWriter, stream: Any, facts: Any
) -> None:
    writer.away = True
    await sink.run("clickhouse_sink", sink.batch(*await facts(stream.tmall_order(0))))
    await until(lambda: writer.tries >= 3)
    assert acknowledged(sink) == 0
    writer.away = False
    await until(lambda: acknowledged(sink) == 1)
    assert writer.inserts == [("order_reports", 1, f"{FACT_ORDER.name}-0-0-0")]


async def test_rows_of_a_backlog_wait_longer_than_rows_of_now(
    sink: Any, writer: FakeWriter, stream: Any, facts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink.settings = Settings(sink_wait_s=0.02, sink_history_wait_s=60, _env_file=None)
    records = await facts(stream.tmall_order(0))
    monkeypatch.setattr(module.time, "time", lambda: (stream.DAY_1_MS + 2 * module.NOW_MS) / 1000)
    await sink.run("clickhouse_sink", sink.batch(*records))
    await asyncio.sleep(0.2)
    assert writer.inserts == []
    sink.settings = Settings(sink_wait_s=0.02, sink_rows=1, _env_file=None)
    await sink.run("clickhouse_sink", sink.batch(*records))
    await until(lambda: acknowledged(sink) == 2)


async def test_what_is_dated_long_ago_does_not_wait_while_other_things_happen_now(
    sink: Any, writer: FakeWriter, stream: Any, facts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink.settings = Settings(sink_wait_s=0.02, sink_history_wait_s=60, _env_file=None)
    monkeypatch.setattr(module.time, "time", lambda: (stream.DAY_1_MS + module.NOW_MS) / 1000)
    await sink.run("clickhouse_sink", sink.batch(*await facts(stream.tmall_order(0))))
    monkeypatch.setattr(module.time, "time", lambda: (stream.DAY_1_MS + 9 * module.NOW_MS) / 1000)
    await until(lambda: acknowledged(sink) == 1)
    await sink.run("clickhouse_sink", sink.batch(*await facts(stream.tmall_order(0))))
    await until(lambda: acknowledged(sink) == 2)


async def test_a_row_of_now_does_not_wait_as_a_backlog_does(
    sink: Any, writer: FakeWriter, stream: Any, facts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink.settings = Settings(sink_wait_s=0.02, sink_history_wait_s=60, _env_file=None)
    monkeypatch.setattr(module.time, "time", lambda: (stream.DAY_1_MS + module.NOW_MS) / 1000)
    await sink.run("clickhouse_sink", sink.batch(*await facts(stream.tmall_order(0))))
    await until(lambda: acknowledged(sink) == 1)


async def test_an_insert_tried_again_carries_the_same_rows_and_the_same_token(
    sink: Any, writer: FakeWriter, stream: Any, facts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, int, str]] = []
    insert = writer.insert

    def lose_the_answer(table: str, rows: list[Any], token: str) -> None:
        told.append((table, len(rows), token))
        insert(table, rows, token)
        if len(told) == 1:
            raise StoreAway("the answer was lost")

    monkeypatch.setattr(writer, "insert", lose_the_answer)
    await sink.run("clickhouse_sink", sink.batch(*await facts(stream.tmall_order(0))))
    await until(lambda: acknowledged(sink) == 1)
    assert told[0] == told[1]


async def test_tables_are_inserted_beside_one_another(
    sink: Any, writer: FakeWriter, stream: Any, facts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    both, met = Barrier(2), []

    def meet(table: str, *_: Any) -> None:
        both.wait(5)
        met.append(table)

    monkeypatch.setattr(writer, "insert", meet)
    await sink.run("clickhouse_sink", sink.batch(*await facts(stream.tmall_order(0))))
    await sink.run("clickhouse_sink", sink.batch(clock_told(stream)))
    await until(lambda: acknowledged(sink) == 2)
    assert sorted(met) == ["event_clock", "order_reports"]


async def test_nothing_is_tried_again_before_every_insert_of_the_last_try_has_ended(
    sink: Any, writer: FakeWriter, stream: Any, facts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a thread and its connection would be asked for a second insert while it has one in hand."""
    happened: list[str] = []

    def insert(table: str, *_: Any) -> None:
        if table == "event_clock" and not happened:
            happened.append("away")
            raise StoreAway("no store")
        if table == "order_reports":
            time.sleep(0.1)
            happened.append("orders in")
        else:
            happened.append("clock in")

    monkeypatch.setattr(writer, "insert", insert)
    await sink.run("clickhouse_sink", sink.batch(*await facts(stream.tmall_order(0))))
    await sink.run("clickhouse_sink", sink.batch(clock_told(stream)))
    await until(lambda: acknowledged(sink) == 2)
    assert happened[:2] == ["away", "orders in"]


async def test_while_the_store_is_away_the_sink_takes_no_more_than_its_bound(
    sink: Any, writer: FakeWriter, stream: Any, facts: Any
) -> None:
    writer.away = True
    records = await facts(*(stream.tmall_order(o, order_id=f"A-{o}") for o in range(2)))
    taken = 0

    async def feed() -> None:
        nonlocal taken
        for _ in range(FETCHES):
            await sink.run("clickhouse_sink", sink.batch(*records))
            taken += 2
            await asyncio.sleep(0)

    feeding = asyncio.create_task(feed())
    await until(lambda: writer.tries >= 5)
    assert taken <= 2 * ROWS_MOST + 2
    in_hand = taken // 2
    writer.away = False
    await until(lambda: acknowledged(sink) > in_hand)
    feeding.cancel()


async def test_records_that_give_no_row_count_towards_the_bound(
    sink: Any, writer: FakeWriter, stream: Any
) -> None:
    writer.away = True
    tick = (
        b'{"type":"clock.ticked","event_id":"e","cause_id":"c","source":"clock",'
        b'"occurred_at":"2025-12-01T00:00:00Z","observed_at":"2025-12-01T00:00:00Z"}'
    )
    bad = stream.FakeRecord(FACT_ORDER.name, 0, b"{")
    ticks = [stream.FakeRecord(FACT_ORDER.name, offset, tick) for offset in range(1, 3)]
    taken = 0

    async def feed() -> None:
        nonlocal taken
        sink.producer.fails = [ConnectionError()] * 100
        for _ in range(FETCHES):
            await sink.run("clickhouse_sink", sink.batch(bad, *ticks))
            taken += 1
            await asyncio.sleep(0)

    feeding = asyncio.create_task(feed())
    await until(lambda: sink.producer.happened.count("refused") >= 5)
    assert taken <= ROWS_MOST
    feeding.cancel()


async def test_a_letter_of_the_sink_is_confirmed_before_the_acknowledgement(
    sink: Any, writer: FakeWriter, stream: Any, facts: Any
) -> None:
    good = await facts(stream.tmall_order(0))
    await sink.run("clickhouse_sink", sink.batch(*good, stream.FakeRecord(FACT_ORDER.name, 1, b"{")))
    await until(lambda: acknowledged(sink) == 1)
    assert sink.producer.happened == [DEAD_LETTER.name, "acknowledged"]
    assert writer.inserts[0][:2] == ("order_reports", 1)


async def test_fetches_of_a_partition_that_left_are_the_new_owners_and_hold_up_nobody(
    sink: Any, writer: FakeWriter, stream: Any, facts: Any
) -> None:
    records = await facts(stream.tmall_order(0))
    left, kept = sink.batch(*records), sink.batch(*records)
    left.is_current = lambda: False
    await sink.run("clickhouse_sink", left)
    await sink.run("clickhouse_sink", kept)
    await until(lambda: acknowledged(sink) == 1)
    assert len(writer.inserts) == 1


def test_the_token_names_every_fetch_and_nothing_else(sink: Any, stream: Any) -> None:
    batch = sink.batch(*(stream.FakeRecord(FACT_ORDER.name, offset, b"") for offset in (4, 9)))
    assert module.Gathered([batch, batch]).token == f"{FACT_ORDER.name}-0-4-9,{FACT_ORDER.name}-0-4-9"
