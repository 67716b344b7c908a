"""The commit point: the end of the longest acknowledged prefix of what was delivered, and of nothing else."""

import asyncio
import gc
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

import faust
import pytest
from aiokafka.consumer.fetcher import Fetcher, FetchResult
from faust.tables.recovery import Recovery
from faust.types import TP, ConsumerMessage
from mode.utils.queues import FlowControlEvent

from pipeline.runtime import transport as module
from pipeline.runtime.backlog import waiting
from pipeline.runtime.transport import Consumer, Transport

SOURCE, CHANGELOG = TP("raw.tmall.v1", 0), TP("table-changelog", 0)


def records(*offsets: int, tp: TP = SOURCE) -> list[Any]:
    return [
        SimpleNamespace(topic=tp.topic, partition=tp.partition, offset=offset, timestamp=1, timestamp_type=0,
                        headers=(), key=b"k", value=b"v", checksum=None, serialized_key_size=1,
                        serialized_value_size=1)
        for offset in offsets
    ]  # fmt: skip


@pytest.fixture
async def consumer(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Consumer]:
    """A consumer that was never connected; what it delivers is kept in `consumer.delivered`."""
    app = faust.App("transport-tests", broker="certainty://nowhere:1", autodiscover=False)
    app.consumer_generation_id = 7
    delivered: list[ConsumerMessage] = []

    async def deliver(message: ConsumerMessage) -> None:
        delivered.append(message)

    async def nothing(*_: Any) -> None:
        return None

    made = cast(Consumer, Transport("certainty://nowhere:1", app).create_consumer(
        cast(Any, deliver), on_partitions_revoked=nothing, on_partitions_assigned=nothing))  # fmt: skip
    made.delivered = delivered  # type: ignore[attr-defined]
    made._active_partitions = {SOURCE, CHANGELOG}
    monkeypatch.setattr(made, "highwater", lambda _: 0)
    monkeypatch.setattr(type(app.topics), "acks_enabled_for", lambda _, topic: topic == SOURCE.topic)
    yield made
    made._thread.thread_loop.close()


def delivered(consumer: Consumer) -> list[ConsumerMessage]:
    return cast(list[ConsumerMessage], consumer.delivered)  # type: ignore[attr-defined]


async def deliver(consumer: Consumer, *offsets: int) -> ConsumerMessage:
    await consumer._deliver({SOURCE: records(*offsets)}, {SOURCE})
    return delivered(consumer)[-1]


def kept_from(consumer: Consumer, monkeypatch: pytest.MonkeyPatch, offsets: dict[TP, int]) -> None:
    """Say what the consumer is assigned and from which offset on Kafka still holds it."""

    async def earliest(*tps: TP) -> dict[TP, int]:
        return {tp: offsets[tp] for tp in tps}

    monkeypatch.setattr(consumer, "earliest_offsets", earliest)
    monkeypatch.setattr(consumer, "assignment", lambda: set(offsets))


async def test_a_source_fetch_is_one_message_and_a_changelog_record_one_each(consumer: Consumer) -> None:
    await consumer._deliver({SOURCE: records(1, 2, 3), CHANGELOG: records(5, 6, tp=CHANGELOG)}, None)
    first, *others = delivered(consumer)
    assert (first.offset, [r.offset for r in cast(Any, first.value)]) == (3, [1, 2, 3])
    assert [message.offset for message in others] == [5, 6]
    assert consumer.in_flight() == {SOURCE: 1}


async def test_the_commit_point_stays_before_a_batch_in_hand_whatever_is_done_after_it(
    consumer: Consumer,
) -> None:
    first, second = await deliver(consumer, 1, 2), await deliver(consumer, 3, 9)
    consumer.ack(second)
    assert consumer._new_offset(SOURCE) is None
    consumer.ack(first)
    assert consumer._new_offset(SOURCE) == 10
    assert consumer._new_offset(SOURCE) is None


async def test_an_acknowledgement_counts_once(consumer: Consumer) -> None:
    message = await deliver(consumer, 1)
    assert (consumer.ack(message), consumer.ack(message)) == (True, False)


async def test_a_batch_dropped_un_acknowledged_holds_the_commit_point_and_no_memory(
    consumer: Consumer,
) -> None:
    """Faust waits before a rebalance until dropped messages are gone: the queue must not keep them."""
    await deliver(consumer, 1)
    later = await deliver(consumer, 2)
    consumer.track_message(delivered(consumer)[0])
    delivered(consumer).clear()
    gc.collect()
    assert not consumer.unacked
    consumer.ack(later)
    assert consumer._new_offset(SOURCE) is None


async def test_an_acknowledgement_from_before_a_seek_does_not_count_for_the_batch_that_came_again(
    consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def committed(*_: Any) -> dict[TP, int]:
        return {SOURCE: 1}

    before = await deliver(consumer, 1, 2)
    kept_from(consumer, monkeypatch, {SOURCE: 0})
    monkeypatch.setattr(consumer, "seek_to_committed", committed)
    await consumer.perform_seek()
    again = await deliver(consumer, 1, 2)
    consumer.ack(before)
    assert consumer._new_offset(SOURCE) is None
    consumer.ack(again)
    assert consumer._new_offset(SOURCE) == 3


async def test_a_partition_that_left_leaves_nothing_behind(consumer: Consumer) -> None:
    message = await deliver(consumer, 1)
    await consumer.on_partitions_revoked({SOURCE})
    consumer.ack(message)
    assert consumer._new_offset(SOURCE) is None
    assert consumer.in_flight() == {}


async def test_with_one_at_a_time_nothing_more_is_taken_of_a_partition_while_its_batch_is_in_hand(
    consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = TP(SOURCE.topic, 1)
    looked: list[TP] = []
    monkeypatch.setattr(consumer, "look_again", lambda: looked.append(SOURCE))
    consumer._active_partitions = {SOURCE, other, CHANGELOG}
    cast(Transport, consumer.transport).one_at_a_time.add(SOURCE.topic)
    assert consumer.may_take(SOURCE)
    message = await deliver(consumer, 1)
    assert [consumer.may_take(tp) for tp in (SOURCE, other, CHANGELOG)] == [False, True, True]
    consumer.ack(message)
    assert (consumer.may_take(SOURCE), looked) == (True, [SOURCE])
    assert consumer._new_offset(SOURCE) == 2
    assert consumer.may_take(SOURCE)


async def test_other_topics_are_taken_of_whatever_is_in_hand_and_nobody_is_woken(
    consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "look_again", lambda: pytest.fail("woken for nothing"))
    message = await deliver(consumer, 1)
    assert consumer.may_take(SOURCE)
    consumer.ack(message)


@pytest.mark.parametrize("how", ["revoked", "seek"])
async def test_a_batch_that_left_with_its_partition_keeps_nothing_from_being_taken(
    consumer: Consumer, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    cast(Transport, consumer.transport).one_at_a_time.add(SOURCE.topic)
    await deliver(consumer, 1)
    if how == "revoked":
        await consumer.on_partitions_revoked({SOURCE})
    else:
        kept_from(consumer, monkeypatch, {SOURCE: 0})
        monkeypatch.setattr(consumer, "seek_to_committed", committed_nothing)
        await consumer.perform_seek()
    consumer._active_partitions = {SOURCE}
    consumer.flow_active = True
    assert consumer.may_take(SOURCE)


async def committed_nothing(*_: Any) -> dict[TP, int]:
    return {SOURCE: 0}


async def test_records_read_before_are_not_delivered_again(consumer: Consumer) -> None:
    await deliver(consumer, 1, 2, 3)
    await consumer._deliver({SOURCE: records(2, 3, 4)}, {SOURCE})
    assert [r.offset for r in cast(Any, delivered(consumer)[-1].value)] == [4]
    await consumer._deliver({SOURCE: records(3, 4)}, {SOURCE})
    assert len(delivered(consumer)) == 2


async def test_a_rebalance_in_the_middle_of_a_fetch_stops_its_delivery(consumer: Consumer) -> None:
    other = TP("raw.jd.v1", 0)
    take = consumer.callback

    async def rebalance(message: Any) -> None:
        await take(message)
        consumer.app.consumer_generation_id += 1

    consumer.callback = cast(Callable[[Any], Awaitable[None]], rebalance)
    await consumer._deliver({SOURCE: records(1), other: records(1, tp=other)}, {SOURCE, other})
    assert [message.topic for message in delivered(consumer)] == [SOURCE.topic]


async def test_a_partition_that_is_paused_is_not_delivered(consumer: Consumer) -> None:
    await consumer._deliver({SOURCE: records(1)}, {CHANGELOG})
    assert delivered(consumer) == []


async def test_a_worker_that_stops_waits_for_the_batches_in_hand_but_not_for_ever(
    consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed: list[int | None] = []

    async def commit(*_: Any, **__: Any) -> bool:
        committed.append(consumer._new_offset(SOURCE))
        return True

    monkeypatch.setattr(module, "STOP_GRACE_S", 0.2)
    monkeypatch.setattr(consumer, "commit", commit)
    done, stuck = await deliver(consumer, 1), await deliver(consumer, 2)
    consumer.track_message(done)
    consumer.track_message(stuck)
    cast(Any, consumer.app)._stopped.set()
    asyncio.get_running_loop().call_later(0.05, consumer.ack, done)
    await asyncio.wait_for(consumer.wait_empty(), 5)
    assert {offset for offset in committed if offset is not None} == {2}


async def test_a_rebalance_does_not_wait_for_a_batch_that_has_another_owner(
    consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its agent holds it until the next one comes, which is after the rebalance."""

    async def commit(*_: Any, **__: Any) -> bool:
        return True

    monkeypatch.setattr(consumer, "commit", commit)
    kept = await deliver(consumer, 1)
    consumer.track_message(kept)
    asyncio.get_running_loop().call_later(0.05, consumer.let_go, kept)
    await asyncio.wait_for(consumer.wait_empty(), 5)
    assert not kept.acked


async def test_sources_are_fetched_again_only_with_the_flow_because_faust_empties_the_buffers_before_it(
    consumer: Consumer,
) -> None:
    """What was handed out between the two was lost: never acknowledged, never redelivered, commits stuck."""
    consumer.stop_flow()
    consumer.pause_partitions({SOURCE, CHANGELOG})
    consumer.resume_partitions({SOURCE, CHANGELOG})
    assert consumer._get_active_partitions() == {CHANGELOG}
    await consumer._deliver({SOURCE: records(1)}, None)
    assert delivered(consumer) == []
    consumer.resume_flow()
    assert consumer._get_active_partitions() == {SOURCE, CHANGELOG}
    await deliver(consumer, 1)
    assert consumer.in_flight() == {SOURCE: 1}


async def test_a_rebalance_before_the_flow_came_back_keeps_the_sources_still(consumer: Consumer) -> None:
    consumer.resume_partitions({SOURCE})
    consumer.pause_partitions({SOURCE})
    consumer.resume_flow()
    assert SOURCE not in consumer._get_active_partitions()


async def test_a_fetch_from_before_a_rebalance_is_not_delivered_while_its_partition_is_paused(
    consumer: Consumer,
) -> None:
    active_when_fetched = {SOURCE}
    consumer.pause_partitions({SOURCE})
    await consumer._deliver({SOURCE: records(1)}, active_when_fetched)
    assert delivered(consumer) == []


def test_faust_still_empties_the_buffers_between_resuming_the_partitions_and_the_flow() -> None:
    source = inspect.getsource(Recovery.on_recovery_completed)
    steps = [
        "consumer.resume_partitions",
        "consumer.perform_seek",
        "flow_control.resume",
        "consumer.resume_flow",
    ]
    places = [source.index(step) for step in steps]
    assert places == sorted(places)
    assert "self.clear()" in inspect.getsource(FlowControlEvent.resume)


class Taking:
    """aiokafka's own fetcher, holding one fetched record of the source, and its notion of the position."""

    def __init__(self) -> None:
        self.fetcher = Fetcher.__new__(Fetcher)
        self.state = SimpleNamespace(paused=False, position=5)
        self.state.consumed_to = partial(setattr, self.state, "position")
        self.fetcher._closed, self.fetcher._loop = False, asyncio.get_running_loop()
        self.fetcher._fetch_waiters = set()
        self.fetcher._wait_consume_future = asyncio.get_running_loop().create_future()
        self.fetcher._records = {}
        self.fetcher._subscriptions = SimpleNamespace(
            reassignment_in_progress=False, is_assigned=lambda _: True
        )

    def arrive(self) -> None:
        """A fetch of the broker's comes in and wakes whoever waits for one."""
        assignment = SimpleNamespace(active=True, state_value=lambda _: self.state)
        self.fetcher._records[SOURCE] = FetchResult(
            SOURCE, assignment=assignment, partition_records=FetchedPart(5), backoff=0
        )
        for waiter in self.fetcher._fetch_waiters:
            waiter.set_result(None)

    async def getmany(self, partitions: set[TP], timeout: float) -> Any:
        return await self.fetcher.fetched_records(partitions, timeout=timeout, max_records=10)


class FetchedPart:
    """One record, as aiokafka keeps a partition's fetch."""

    def __init__(self, offset: int) -> None:
        self.next_fetch_offset = offset

    def __iter__(self) -> Iterator[Any]:
        yield records(self.next_fetch_offset)[0]
        self.next_fetch_offset += 1


async def test_a_fetch_that_still_waits_when_everything_is_paused_takes_nothing(
    consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the end of a recovery it took what the seek to committed offsets had just brought, and lost it."""
    taking = Taking()
    monkeypatch.setattr(consumer._thread, "getmany", taking.getmany)
    consumer.pause_partitions({SOURCE})
    waiting = asyncio.ensure_future(consumer._wait_next_records(0.1))
    await asyncio.sleep(0)
    consumer.pause_partitions({CHANGELOG})  # the recovery is through: nothing is active now
    taking.arrive()
    taken, _ = await waiting
    assert (taken, taking.state.position) == ({}, 5)
    consumer.resume_partitions({SOURCE})
    consumer.resume_flow()
    taken, _ = await consumer._wait_next_records(0.1)
    assert ([r.offset for r in taken[SOURCE]], taking.state.position) == ([5], 6)


async def test_a_fetch_that_waited_through_a_rebalance_takes_nothing_while_the_flow_is_stopped(
    consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It took changelog records after Faust had sought them: the recovery missed them, or never ended."""
    taking = Taking()
    monkeypatch.setattr(consumer._thread, "getmany", taking.getmany)
    waiting = asyncio.ensure_future(consumer._wait_next_records(0.1))
    await asyncio.sleep(0)
    consumer.stop_flow()
    taking.arrive()
    taken, _ = await waiting
    assert (taken, taking.state.position) == ({}, 5)


async def test_a_paused_partition_is_not_taken_when_its_agent_has_caught_up(
    consumer: Consumer,
) -> None:
    consumer.on_buffer_full(SOURCE)
    consumer.pause_partitions({SOURCE})
    consumer.on_buffer_drop(SOURCE)
    assert not consumer.may_take(SOURCE)
    assert consumer.may_take(CHANGELOG)


async def test_a_worker_that_had_no_partition_delivers_nothing_before_its_tables_are_recovered(
    consumer: Consumer,
) -> None:
    """Faust stops the flow when it loses partitions; who had none was still flowing when it got some."""
    takes: list[bool] = []

    async def recover(*_: Any) -> None:
        takes.append(consumer.may_take(SOURCE))

    consumer._active_partitions = set()
    consumer._on_partitions_assigned = recover
    await consumer.on_partitions_assigned({SOURCE}, 7)
    assert takes == [False]


def fetching(consumer: Consumer, monkeypatch: pytest.MonkeyPatch, **other: Any) -> SimpleNamespace:
    """Give the consumer the state of an aiokafka consumer that has fetched the source up to its end, 10."""
    state = SimpleNamespace(_position=10, highwater=10)
    held = SimpleNamespace(tps={SOURCE, CHANGELOG}, state_value={SOURCE: state, CHANGELOG: None}.__getitem__)
    kafka = SimpleNamespace(
        _subscription=SimpleNamespace(
            reassignment_in_progress=other.get("reassigning", False),
            subscription=SimpleNamespace(assignment=held),
        ),
        _coordinator=SimpleNamespace(coordinator_id=other.get("coordinator", 0)),
    )
    monkeypatch.setattr(consumer._thread, "_consumer", kafka)
    return state


async def test_what_was_fetched_and_never_delivered_waits(
    consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetching(consumer, monkeypatch)
    consumer._read_offset[SOURCE] = 10
    assert waiting(consumer) == 0
    consumer._read_offset[SOURCE] = 4
    assert waiting(consumer) == 6


async def test_what_was_not_fetched_waits_and_so_does_a_partition_whose_place_was_never_found(
    consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = fetching(consumer, monkeypatch)
    state._position = 3
    assert waiting(consumer) == 7
    state._position = None
    assert waiting(consumer) == 1
    state._position, state.highwater = 0, None
    assert waiting(consumer) == 1


async def test_a_batch_in_hand_waits(consumer: Consumer, monkeypatch: pytest.MonkeyPatch) -> None:
    fetching(consumer, monkeypatch)
    message = await deliver(consumer, 9)
    assert waiting(consumer) == 1
    consumer.ack(message)
    consumer._new_offset(SOURCE)
    assert waiting(consumer) == 0


@pytest.mark.parametrize("away", [{"reassigning": True}, {"coordinator": None}])
async def test_nothing_unfetched_waits_while_the_group_is_reassigned_or_kafka_is_away(
    consumer: Consumer, monkeypatch: pytest.MonkeyPatch, away: dict[str, Any]
) -> None:
    fetching(consumer, monkeypatch, **away)
    consumer._read_offset[SOURCE] = 4
    assert waiting(consumer) == 0


async def test_nothing_waits_before_the_consumer_is_started(consumer: Consumer) -> None:
    assert waiting(consumer) == 0


async def test_what_retention_took_before_it_was_committed_waits_for_nobody(
    consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def committed(*_: Any) -> dict[TP, int]:
        return {SOURCE: 4}

    fetching(consumer, monkeypatch)
    monkeypatch.setattr(consumer, "seek_to_committed", committed)
    for first, left in ((0, 6), (10, 0)):
        kept_from(consumer, monkeypatch, {SOURCE: first})
        await consumer.perform_seek()
        assert waiting(consumer) == left


async def test_who_gathers_looks_for_new_records_at_most_so_often(
    consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast(Transport, consumer.transport).look_every_s = 0.05
    looks: list[float] = []

    async def look(timeout: float) -> tuple[None, None]:
        looks.append(asyncio.get_running_loop().time())
        return None, None

    async def fetched(timeout: float) -> tuple[dict[TP, list[Any]], None]:
        await look(timeout)
        return {}, None

    monkeypatch.setattr(consumer, "_wait_next_records", fetched)
    fetcher = SimpleNamespace(_stopped=asyncio.Event())
    draining = asyncio.create_task(consumer._drain_messages(fetcher))
    await asyncio.sleep(0.3)
    fetcher._stopped.set()
    await draining
    assert 2 <= len(looks) <= 7
