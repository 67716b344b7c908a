"""The commit point: the end of the longest acknowledged prefix of what was delivered, and of nothing else."""

import asyncio
import gc
import inspect
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any, cast

import faust
import pytest
from faust.tables.recovery import Recovery
from faust.types import TP, ConsumerMessage
from mode.utils.queues import FlowControlEvent

from pipeline.runtime import transport as module
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
async def consumer(monkeypatch: pytest.MonkeyPatch) -> Consumer:
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
    return made


def delivered(consumer: Consumer) -> list[ConsumerMessage]:
    return cast(list[ConsumerMessage], consumer.delivered)  # type: ignore[attr-defined]


async def deliver(consumer: Consumer, *offsets: int) -> ConsumerMessage:
    await consumer._deliver({SOURCE: records(*offsets)}, {SOURCE})
    return delivered(consumer)[-1]


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
