"""The order hub with fake fetches: outputs, then state, then the acknowledgement; replays change nothing."""

import asyncio
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError

from pipeline.domain.instants import from_ms
from pipeline.domain.outcome import Undecidable
from pipeline.runtime.batch import SESSION_TIMEOUT_S
from pipeline.runtime.fold import Judge
from pipeline.runtime.salvage import LeftBehind
from pipeline.runtime.table import CLOCK_KEY
from schemas.order import ClockTicked, InvoiceReported
from schemas.topics import DEAD_LETTER, DECISION_ORDER, FACT_ORDER, FACT_SKU, FINDING, STATE_ORDER

CHANGELOG = "stream-tests-case-by-order-changelog"
LATER_MS = 1_764_633_600_000
OUTPUTS = f"{DECISION_ORDER.name},{FACT_SKU.name},{FINDING.name},{STATE_ORDER.name}"


async def test_outputs_are_confirmed_before_the_state_and_the_state_before_the_acknowledgement(
    worker: Any, stream: Any, facts: Any
) -> None:
    await worker.run("order_hub", worker.batch(*await facts(stream.tmall_order(0))))
    assert worker.producer.happened == [OUTPUTS, CHANGELOG, "acknowledged"]


async def test_each_key_is_described_and_written_once_however_often_it_is_told_of(
    worker: Any, stream: Any, facts: Any
) -> None:
    told = [stream.tmall_order(o, at_ms=stream.DAY_1_MS + o, order_id=f"A-{o % 2}") for o in range(10)]
    await worker.run("order_hub", worker.batch(*await facts(*told)))
    accounts = [m for m in worker.producer.told(STATE_ORDER.name) if m["type"] == "order.account"]
    assert sorted(account["order_id"] for account in accounts) == ["A-0", "A-1"]
    (written,) = [call for call in worker.producer.calls if (CHANGELOG, 0) in call]
    assert sorted(record.key for record in written[CHANGELOG, 0]) == [CLOCK_KEY, b"A-0", b"A-1"]


@pytest.mark.parametrize("refused", ["outputs", "state"])
async def test_what_is_refused_is_not_acknowledged_and_a_second_try_says_exactly_the_same(
    worker: Any, stream: Any, facts: Any, refused: str
) -> None:
    """Were the state kept in memory after a refused try, the second would skip the record and say nothing."""
    batch = worker.batch(*await facts(stream.tmall_order(0), stream.tmall_order(1, order_id="A-2")))
    worker.producer.fails = (
        [KafkaConnectionError()] if refused == "outputs" else [None, KafkaConnectionError()]
    )
    with pytest.raises(KafkaConnectionError):
        await worker.run("order_hub", batch)
    assert "acknowledged" not in worker.producer.happened
    first = dict(worker.producer.calls[0]) if worker.producer.calls else None
    worker.producer.calls.clear()
    batch.reset()
    await worker.run("order_hub", batch)
    assert worker.producer.happened[-3:] == [OUTPUTS, CHANGELOG, "acknowledged"]
    assert first is None or worker.producer.calls[0] == first


async def test_a_batch_that_comes_again_repeats_no_decision_but_writes_its_keys_to_the_changelog_again(
    worker: Any, stream: Any, facts: Any
) -> None:
    records = await facts(stream.tmall_order(0))
    await worker.run("order_hub", worker.batch(*records))
    worker.producer.calls.clear()
    worker.producer.happened.clear()
    await worker.run("order_hub", worker.batch(*records))
    assert worker.producer.told(DECISION_ORDER.name) == []
    assert worker.producer.told(STATE_ORDER.name) == []
    assert b"A-1" in {record.key for record in worker.producer.calls[-1][CHANGELOG, 0]}
    assert worker.producer.happened[-1] == "acknowledged"


async def test_an_offset_that_was_applied_is_not_applied_again_whatever_comes_under_it(
    worker: Any, stream: Any, facts: Any
) -> None:
    first, other = await facts(
        stream.tmall_order(0), stream.tmall_order(1, status="TRADE_CLOSED", at_ms=LATER_MS)
    )
    await worker.run("order_hub", worker.batch(first))
    (table,) = worker.tables
    before = table.read(0, b"A-1").state
    other.offset = first.offset
    await worker.run("order_hub", worker.batch(other))
    assert table.read(0, b"A-1").state == before
    other.offset = first.offset + 1
    await worker.run("order_hub", worker.batch(other))
    assert table.read(0, b"A-1").state != before


async def test_any_cutting_into_batches_ends_in_the_same_state(worker: Any, stream: Any, facts: Any) -> None:
    told = [stream.tmall_order(o, at_ms=stream.DAY_1_MS + o * 7, order_id=f"A-{o % 3}") for o in range(12)]
    records = await facts(*told)
    ends = []
    for size in (1, 5, 12):
        (table,) = worker.tables
        table._cache.clear()
        table._clocks.clear()
        table.data._partitions.clear()
        for at in range(0, len(records), size):
            await worker.run("order_hub", worker.batch(*records[at : at + size]))
        ends.append(dict(table.store.scan(0)))
    assert ends[0] == ends[1] == ends[2]


async def test_a_partition_lost_between_outputs_and_state_writes_no_state_and_acknowledges_nothing(
    worker: Any, stream: Any, facts: Any
) -> None:
    """The new owner may have written already: a late changelog record would hide it."""
    batch = worker.batch(*await facts(stream.tmall_order(0)))
    owned = [True]
    batch.is_current = lambda: owned[0]
    worker.producer.while_sending = lambda: owned.__setitem__(0, False)
    with pytest.raises(LeftBehind):
        await worker.run("order_hub", batch)
    assert worker.producer.happened == [OUTPUTS, "let go"]


async def test_a_worker_that_stood_still_beyond_its_session_asks_the_group_before_it_writes_state(
    worker: Any, stream: Any, facts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = worker.batch(*await facts(stream.tmall_order(0)))
    slept: list[float] = []
    owned = [True]
    batch.is_current = lambda: owned[0]

    async def heartbeat(seconds: float) -> None:
        slept.append(seconds)
        owned[0] = False  # the heartbeat tells that the group went on without us

    monkeypatch.setattr(asyncio, "sleep", heartbeat)
    batch.tried_at_s -= SESSION_TIMEOUT_S + 1
    with pytest.raises(LeftBehind):
        await worker.run("order_hub", batch)
    assert slept
    assert worker.producer.happened == [OUTPUTS, "let go"]


async def test_a_deadline_that_was_put_back_by_a_failed_try_is_judged_by_the_next(
    worker: Any, stream: Any, facts: Any
) -> None:
    records = await facts(
        stream.tmall_order(0),
        stream.tmall_order(1, order_id="A-2", at_ms=stream.DAY_1_MS + 49 * stream.HOUR_MS),
    )
    await worker.run("order_hub", worker.batch(records[0]))
    late = worker.batch(records[1])
    worker.producer.fails = [KafkaConnectionError()]
    with pytest.raises(KafkaConnectionError):
        await worker.run("order_hub", late)
    late.reset()
    worker.producer.calls.clear()
    await worker.run("order_hub", late)
    broken = [
        m["order_id"] for m in worker.producer.told(DECISION_ORDER.name) if m.get("verdict") == "broken"
    ]
    assert broken == ["A-1"]
    clocks = [m for m in worker.producer.told(STATE_ORDER.name) if m["type"] == "clock.advanced"]
    assert len(clocks) == 1, "the second try saw the clock of the first, and told no one that it moved"


async def test_a_tick_alone_moves_the_clock_for_good(worker: Any, stream: Any) -> None:
    """A restart must not go back behind ticks that were acknowledged."""
    tick = ClockTicked(
        event_id="e",
        cause_id="c",
        occurred_at=from_ms(stream.DAY_1_MS),
        observed_at=from_ms(stream.DAY_1_MS),
        source="clock",
    )
    record = stream.FakeRecord(FACT_ORDER.name, 0, tick.to_bytes(), b"clock")
    await worker.run("order_hub", worker.batch(record))
    (table,) = worker.tables
    table._clocks.clear()
    table._cache.clear()
    assert table.clock(0).now_ms == stream.DAY_1_MS
    assert worker.producer.happened[-2:] == [CHANGELOG, "acknowledged"]


async def test_deadlines_and_the_clock_come_back_from_the_table_after_a_rebalance(
    worker: Any, stream: Any, facts: Any
) -> None:
    await worker.run("order_hub", worker.batch(*await facts(stream.tmall_order(0))))
    (table,) = worker.tables
    before = table.clock(0)
    await table.on_rebalance(set(), set(), set())
    after = table.clock(0)
    assert after is not before
    assert (after.now_ms, sorted(set(after.waiting))) == (before.now_ms, sorted(set(before.waiting)))
    assert after.waiting


async def test_an_event_that_can_never_be_decided_leaves_alone_with_its_bytes(
    worker: Any, stream: Any, facts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = await facts(*(stream.tmall_order(o, order_id=f"A-{o}") for o in range(3)))
    body, _ = worker.bodies["order_hub"]
    judge = next(cell.cell_contents for cell in body.__closure__ if isinstance(cell.cell_contents, Judge))
    decide = judge.decide

    def refuse_one(state: Any, event: Any, key: str, now_ms: int) -> Any:
        if key == "A-1":
            raise Undecidable("never")
        return decide(state, event, key, now_ms)

    object.__setattr__(judge, "decide", refuse_one)
    await worker.run("order_hub", worker.batch(*records))
    assert [m["origin_offset"] for m in worker.producer.told(DEAD_LETTER.name)] == [
        record.offset for record in records if record.key == b"A-1"
    ]
    accounts = [m for m in worker.producer.told(STATE_ORDER.name) if m["type"] == "order.account"]
    assert sorted(account["order_id"] for account in accounts) == ["A-0", "A-2"]


async def test_an_order_whose_batch_leaps_beyond_its_retention_is_not_forgotten_while_it_is_spoken_of(
    worker: Any, stream: Any, facts: Any
) -> None:
    """A replay of old records meets today's clock: what one batch tells of an order is not lost halfway."""
    closed = await facts(stream.tmall_order(0, status="TRADE_CLOSED"))
    later = from_ms(stream.DAY_1_MS + 60 * 24 * stream.HOUR_MS)
    invoice = InvoiceReported(
        event_id="i1", cause_id="c", occurred_at=later, observed_at=later, order_id="A-1", shop="s",
        invoice_id="I1", mapping="erp@1",
    )  # fmt: skip
    record = stream.FakeRecord(FACT_ORDER.name, len(closed), invoice.to_bytes(), b"A-1")
    await worker.run("order_hub", worker.batch(*closed, record))
    accounts = [told for told in worker.producer.told(STATE_ORDER.name) if "order_id" in told]
    assert [(told["order_id"], told["phase"]) for told in accounts] == [("A-1", "closed")]
    assert worker.producer.happened[-1] == "acknowledged"
