"""In a backlog the next batch waits for those who pass on what the last one wrote; live nobody waits."""

import asyncio
import time
from operator import attrgetter
from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP

from pipeline.runtime import passing_on as module
from pipeline.runtime.fronts import Fronts
from pipeline.runtime.passing_on import LIVE_MS, PassingOn
from schemas.progress import WorkerReached
from schemas.topics import FACT_ORDER, FACT_WAYBILL

MINE, THEIRS = TP(FACT_WAYBILL.name, 0), TP(FACT_WAYBILL.name, 1)


class Consumer:
    """What is done with, partition by partition."""

    def __init__(self, *mine: TP) -> None:
        self.done_to: dict[TP, int] = {}
        self._mine = set(mine)

    def assignment(self) -> set[TP]:
        return self._mine


def batch(newest_ms: int, sent: dict[TP, int], *, current: bool = True) -> Any:
    records = [SimpleNamespace(at=newest_ms - 1), SimpleNamespace(at=newest_ms)]
    return SimpleNamespace(records=records, sent=sent, is_current=lambda: current)


def waiting(consumer: Consumer) -> PassingOn:
    app = SimpleNamespace(consumer=consumer)
    return PassingOn(app, (FACT_WAYBILL,), attrgetter("at"))


async def ends(waits: Any, seconds: float = 0.05) -> bool:
    """Whether it has ended by then."""
    task = asyncio.ensure_future(waits)
    await asyncio.wait({task}, timeout=seconds)
    done = task.done()
    task.cancel()
    return done


async def test_it_waits_until_the_record_after_the_last_written_one_is_where_reading_goes_on() -> None:
    consumer = Consumer(MINE)
    passing = waiting(consumer)
    written = batch(1_000_000, {MINE: 7})
    assert not await ends(passing.await_passed_on(written))
    for done_to, over in ((7, False), (8, True)):
        consumer.done_to[MINE] = done_to
        passing = waiting(consumer)
        assert await ends(passing.await_passed_on(written)) is over


@pytest.mark.parametrize(
    "sent", [{THEIRS: 7}, {TP(FACT_ORDER.name, 0): 7}, {}], ids=["nobody's", "another topic", "none"]
)
async def test_it_waits_only_for_what_is_passed_on_and_read_here(sent: dict[TP, int]) -> None:
    assert await ends(waiting(Consumer(MINE)).await_passed_on(batch(1_000_000, sent)))


async def test_what_another_worker_reads_is_waited_for_until_it_says_that_it_is_done() -> None:
    app, fronts = SimpleNamespace(consumer=Consumer(MINE)), Fronts("me", 2)
    fronts.own(1, {0})
    for done_to, over in ((7, False), (8, True)):
        done = {THEIRS.topic: {THEIRS.partition: done_to}}
        fronts.hear(WorkerReached(worker="b", generation=1, partitions=(1,), done=done), time.monotonic())
        passing = PassingOn(app, (FACT_WAYBILL,), attrgetter("at"), fronts)
        assert await ends(passing.await_passed_on(batch(1_000_000, {THEIRS: 7}))) is over


async def test_while_records_come_as_things_happen_nobody_waits() -> None:
    passing = waiting(Consumer(MINE))
    assert not await ends(passing.await_passed_on(batch(1_000_000, {MINE: 1})))
    assert await ends(passing.await_passed_on(batch(1_000_000 + LIVE_MS, {MINE: 2})))
    assert not await ends(passing.await_passed_on(batch(1_000_001 + 2 * LIVE_MS, {MINE: 3})))


async def test_a_partition_that_left_is_not_waited_for_and_who_is_stuck_not_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gone = batch(1_000_000, {MINE: 7}, current=False)
    assert await ends(waiting(Consumer(MINE)).await_passed_on(gone))
    monkeypatch.setattr(module, "PATIENCE_S", 0.02)
    assert await ends(waiting(Consumer(MINE)).await_passed_on(batch(1_000_000, {MINE: 7})), 1.0)


async def test_who_gets_on_is_waited_for_longer_than_who_is_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE_S", 0.2)
    consumer = Consumer(MINE)
    wait = asyncio.ensure_future(waiting(consumer).await_passed_on(batch(1_000_000, {MINE: 7})))
    for done_to in range(1, 8):
        await asyncio.sleep(0.1)
        assert not wait.done()
        consumer.done_to[MINE] = done_to
    consumer.done_to[MINE] = 8
    await asyncio.wait_for(wait, 1.0)
