"""The consumer holds topics in step: what is held is not delivered, and whoever seeks drops it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import timedelta
from operator import attrgetter
from types import SimpleNamespace
from typing import Any, cast

import faust
import pytest
from faust.types import TP, ConsumerMessage

from pipeline.domain.instants import EPOCH
from pipeline.runtime import in_step, step_keeper
from pipeline.runtime.backlog import waiting
from pipeline.runtime.fronts import Fronts
from pipeline.runtime.in_step import PATIENCE_S
from pipeline.runtime.step_keeper import MOST_UNDONE, InStepSpec, StepKeeper
from pipeline.runtime.transport import Consumer, Transport
from schemas.progress import WorkerReached

A, B, HUB = TP("raw.a", 0), TP("raw.b", 0), TP("fact.order", 0)
STEP_MS = 100


def records(tp: TP, *times_ms: int, first: int = 0, size: int = 1) -> list[Any]:
    return [
        SimpleNamespace(topic=tp.topic, partition=tp.partition, offset=first + n, timestamp=ms,
                        timestamp_type=0, headers=(), key=b"k", value=b"v" * size)
        for n, ms in enumerate(times_ms)
    ]  # fmt: skip


class Stand:
    """A consumer that was never connected, what it delivered, and what its aiokafka says of partitions."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        app = faust.App("in-step-tests", broker="certainty://nowhere:1", autodiscover=False)
        app.consumer_generation_id = 7
        transport = Transport("certainty://nowhere:1", app)
        self.fronts = Fronts("me", 2)
        spec = InStepSpec([A.topic, B.topic], attrgetter("timestamp"), STEP_MS, self.fronts)
        transport.read_in_step(spec)
        self.delivered: list[ConsumerMessage] = []
        self.consumer = cast(Consumer, transport.create_consumer(
            cast(Any, self.take), on_partitions_revoked=nothing, on_partitions_assigned=nothing))  # fmt: skip
        self.states = {tp: SimpleNamespace(_position=0, highwater=0) for tp in (A, B, HUB)}
        self.kafka = SimpleNamespace(
            _subscription=SimpleNamespace(
                reassignment_in_progress=False,
                subscription=SimpleNamespace(
                    assignment=SimpleNamespace(tps=set(self.states), state_value=self.states.__getitem__)
                ),
            ),
            _coordinator=SimpleNamespace(coordinator_id=0),
            _fetcher=SimpleNamespace(_fetch_waiters=()),
        )
        self.consumer._active_partitions = {A, B, HUB}
        monkeypatch.setattr(self.consumer, "highwater", lambda tp: self.states[tp].highwater)
        monkeypatch.setattr(self.consumer._thread, "_consumer", self.kafka)
        monkeypatch.setattr(type(app.topics), "acks_enabled_for", lambda *_: True)
        self.keeper = cast(StepKeeper, self.consumer.in_step)

    def one_a_slice(self) -> None:
        """Let a slice have one record."""
        self.keeper._steps._most = 1

    async def take(self, message: ConsumerMessage) -> None:
        self.delivered.append(message)

    async def fetch(self, tp: TP, *times_ms: int, end: int | None = None, size: int = 1) -> None:
        """Let records come in; `end` is how many Kafka has."""
        state = self.states[tp]
        fetched = records(tp, *times_ms, first=state._position, size=size)
        state._position += len(fetched)
        state.highwater = max(state._position, end or 0)
        await self.consumer._deliver({tp: fetched}, None)
        self.keeper.fetched_for(0)

    async def settle(self) -> list[list[int]]:
        """Let the keeper do what it can now; returns the times of every batch since the last call."""
        for _ in range(20):
            await asyncio.sleep(0)
        found = [[record.timestamp for record in cast(Any, message.value)] for message in self.delivered]
        self.batches, self.delivered = list(self.delivered), []
        return found


async def nothing(*_: Any) -> None:
    return None


@pytest.fixture
async def stand(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stand]:
    """A consumer whose keeper runs."""
    made = Stand(monkeypatch)
    running = asyncio.ensure_future(made.keeper.run())
    yield made
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    made.consumer._thread.thread_loop.close()


async def test_what_is_held_is_not_in_flight_not_read_and_still_waits(stand: Stand) -> None:
    stand.states[B].highwater = 1
    await stand.fetch(A, 1000, 1001)
    assert await stand.settle() == []
    assert (stand.consumer.in_flight(), stand.consumer._read_offset[A]) == ({}, None)
    stand.consumer._read_offset.update({A: 0, B: 0, HUB: 0})
    assert waiting(stand.consumer) == 3


async def test_a_slice_is_one_batch_of_several_topics_and_each_commits_its_own_end(stand: Stand) -> None:
    await stand.fetch(A, 1000, 1020)
    await stand.fetch(B, 1010)
    assert await stand.settle() == [[1000, 1010, 1020]]
    (batch,) = stand.batches
    assert stand.consumer.in_flight() == {A: 1, B: 1}
    assert (stand.consumer._read_offset[A], stand.consumer._read_offset[B]) == (2, 1)
    assert stand.consumer._new_offset(A) is None
    stand.consumer.ack(batch)
    assert set(stand.consumer._acked) == {A, B}
    assert (stand.consumer._new_offset(A), stand.consumer._new_offset(B)) == (2, 1)


async def test_a_second_agent_that_wants_its_topics_in_step_is_refused(stand: Stand) -> None:
    other = InStepSpec({"raw.c"}, attrgetter("timestamp"), STEP_MS)
    with pytest.raises(ValueError, match="another agent"):
        cast(Transport, stand.consumer.transport).read_in_step(other)


async def test_topics_of_other_agents_are_delivered_at_once(stand: Stand) -> None:
    stand.states[A].highwater = 1
    await stand.fetch(HUB, 9)
    assert await stand.settle() == [[9]]


async def test_a_live_record_is_handed_over_without_any_wait_when_all_have_caught_up(stand: Stand) -> None:
    await stand.fetch(A, 1000)
    assert await stand.settle() == [[1000]]


async def test_what_ends_a_wait_without_a_record_is_noticed_within_the_look(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(step_keeper, "LOOK_S", 0.01)
    stand.states[B].highwater = None
    await stand.fetch(A, 1000)
    assert await stand.settle() == []
    stand.states[B].highwater = 0
    await asyncio.sleep(0.05)
    assert await stand.settle() == [[1000]]


async def test_no_more_than_so_many_slices_are_out_and_the_next_follows_an_acknowledgement(
    stand: Stand,
) -> None:
    stand.one_a_slice()
    await stand.fetch(A, 1000, 2000, 3000, 4000)
    assert await stand.settle() == [[1000], [2000]]
    assert len(stand.batches) == MOST_UNDONE
    stand.consumer.ack(stand.batches[0])
    assert await stand.settle() == [[3000]]


async def test_a_batch_that_is_acknowledged_while_it_is_handed_over_leaves_room(stand: Stand) -> None:
    async def take(message: ConsumerMessage) -> None:
        stand.consumer.ack(message)
        await stand.take(message)

    stand.one_a_slice()
    stand.consumer.callback = cast(Any, take)
    await stand.fetch(A, *range(1000, 6000, 1000))
    assert await stand.settle() == [[1000], [2000], [3000], [4000], [5000]]


async def test_nothing_is_handed_over_while_the_flow_is_stopped(stand: Stand) -> None:
    stand.states[B].highwater = 1
    await stand.fetch(A, 1000)
    stand.consumer.stop_flow()
    stand.states[B].highwater = 0
    stand.keeper.fetched_for(0)
    assert await stand.settle() == []


async def seek_everything(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    async def offsets(*_: Any) -> dict[TP, int]:
        return {A: 0, B: 0}

    monkeypatch.setattr(stand.consumer, "assignment", lambda: {A, B})
    monkeypatch.setattr(stand.consumer, "seek_to_committed", offsets)
    monkeypatch.setattr(stand.consumer, "earliest_offsets", offsets)
    await stand.consumer.perform_seek()


async def seek_one(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stand.consumer, "_seek", nothing)
    await stand.consumer.seek(A, 0)


async def revoke(stand: Stand, _: pytest.MonkeyPatch) -> None:
    await stand.consumer.on_partitions_revoked({A, B})
    stand.consumer._active_partitions = {A, B, HUB}


@pytest.mark.parametrize("go_back", [seek_everything, seek_one, revoke])
async def test_what_is_held_is_dropped_by_whatever_goes_back_and_is_read_once_when_it_comes_again(
    stand: Stand, monkeypatch: pytest.MonkeyPatch, go_back: Callable[..., Any]
) -> None:
    stand.states[B].highwater = 1
    await stand.fetch(A, 1000, 1001)
    await go_back(stand, monkeypatch)
    stand.states[A]._position = stand.states[B].highwater = 0
    await stand.fetch(A, 1000, 1001)
    assert await stand.settle() == [[1000, 1001]]


async def test_batches_that_a_rebalance_dropped_un_acknowledged_take_no_room_after_it(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand.one_a_slice()
    await stand.fetch(A, 1000, 2000, 3000)
    assert await stand.settle() == [[1000], [2000]]
    lost = list(stand.batches)
    await seek_everything(stand, monkeypatch)
    stand.states[A]._position = 0
    await stand.fetch(A, 1000, 2000, 3000)
    assert await stand.settle() == [[1000], [2000]]
    assert not any(message.acked for message in lost)


async def test_a_full_partition_is_not_taken_from_and_its_siblings_are(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_step, "HELD_BYTES", 10)
    stand.states[B].highwater = 1
    await stand.fetch(A, 1000, size=10)
    assert (stand.consumer.may_take(A), stand.consumer.may_take(B)) == (False, True)
    await stand.fetch(B, 1000)
    assert await stand.settle() == [[1000, 1000]]
    assert stand.consumer.may_take(A)


async def test_who_waits_for_records_is_woken_after_a_slice_only_if_some_had_to_stay(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[int] = []
    monkeypatch.setattr(in_step, "HELD_BYTES", 10)
    monkeypatch.setattr(stand.consumer, "look_again", lambda: woken.append(len(stand.delivered)))
    assert stand.consumer.may_take(A)
    await stand.fetch(A, 1000, size=1)
    await stand.settle()
    assert woken == []
    stand.consumer.ack(stand.batches[0])
    stand.states[B].highwater = 1
    await stand.fetch(A, 2000, size=10)
    assert not stand.consumer.may_take(A)
    await stand.fetch(B, 2000)
    assert await stand.settle() == [[2000, 2000]]
    assert woken == [1], "once, when the slice had been handed over"


async def test_a_busy_agent_stops_the_fetches_of_other_topics_only(stand: Stand) -> None:
    """A topic in step that is not fetched would hold all its siblings up."""
    for tp in (A, HUB):
        stand.consumer.on_buffer_full(tp)
    assert (stand.consumer.may_take(A), stand.consumer.may_take(HUB)) == (True, False)


async def test_patience_with_a_partition_is_counted_in_fetching_and_not_while_kafka_is_away(
    stand: Stand,
) -> None:
    stand.states[B].highwater = 1
    await stand.fetch(A, 1000)
    assert await stand.settle() == []
    stand.kafka._coordinator.coordinator_id = None
    stand.keeper.fetched_for(PATIENCE_S)
    assert await stand.settle() == []
    stand.kafka._coordinator.coordinator_id = 0
    stand.keeper.fetched_for(PATIENCE_S)
    assert await stand.settle() == [[1000]]


def said(front_ms: int | None) -> WorkerReached:
    front = None if front_ms is None else EPOCH + timedelta(milliseconds=front_ms)
    return WorkerReached(worker="other", generation=7, partitions=(1,), front_at=front)


async def test_another_worker_that_is_behind_is_waited_for_and_one_unheard_of_for_a_while(
    stand: Stand,
) -> None:
    stand.keeper.own(7, {A, B, HUB})
    await stand.fetch(A, 1000, 2000)
    assert await stand.settle() == [], "whose partition 1 is has not spoken"
    stand.fronts.hear(said(950), time.monotonic())
    stand.keeper.fetched_for(0)
    assert await stand.settle() == [[1000]]
    stand.fronts.hear(said(None), time.monotonic())
    stand.keeper.fetched_for(0)
    assert await stand.settle() == [[2000]]
    stand.keeper.own(8, {A, B, HUB})
    await stand.fetch(A, 3000)
    stand.consumer.ack(stand.batches[0])
    assert await stand.settle() == []
    stand.keeper.fetched_for(PATIENCE_S)
    assert await stand.settle() == [[3000]]


async def test_the_front_moves_on_once_what_came_of_a_slice_is_passed_on(stand: Stand) -> None:
    await stand.fetch(A, 1000, 2000, 3000)
    assert await stand.settle() == [[1000], [2000]]
    stand.consumer.stop_flow()
    for batch, front_ms in zip(stand.batches, (1000, 2000), strict=True):
        stand.consumer.ack(batch)
        assert stand.keeper.front_ms() == front_ms, "it is read, and not passed on"
        stand.keeper.passed_on(batch)
    assert stand.keeper.front_ms() == 3000
    stand.keeper.clear()
    assert stand.keeper.front_ms() is None


async def test_the_front_stays_where_a_partition_brought_nothing(stand: Stand) -> None:
    await stand.fetch(A, 1000)
    (read,) = await stand.settle()
    assert read == [1000]
    stand.keeper.passed_on(stand.batches[0])
    assert stand.keeper.front_ms() is None
    stand.states[B].highwater = 1
    assert stand.keeper.front_ms() == 1000


async def test_who_reads_things_as_they_happen_waits_for_nobody(stand: Stand) -> None:
    await stand.fetch(A, 1000)
    assert await stand.settle() == [[1000]]
    assert not stand.keeper.waits, "it is in hand"
    stand.consumer.ack(stand.batches[0])
    assert stand.keeper.waits, "what came of it is not passed on"
    stand.keeper.passed_on(stand.batches[0])
    assert not stand.keeper.waits
    stand.states[B].highwater = 1
    await stand.fetch(A, 2000)
    assert await stand.settle() == []
    assert stand.keeper.waits, "B has yet to come"
