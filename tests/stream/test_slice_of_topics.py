"""A batch of several topics, as a slice in step is one: each record counts for its own topic."""

from typing import Any

import pytest

from pipeline.runtime.metrics import CONSUMED
from pipeline.runtime.ticker import tick as tick_of
from schemas.raw import RawHeaders, received_ms
from schemas.topics import RAW_CLOCK, RAW_JD


async def test_the_place_of_a_batch_names_every_topic_for_people(worker: Any, stream: Any) -> None:
    batch = worker.batch(*(stream.FakeRecord(topic, at, b"") for topic, at in (("a", 5), ("b", 3), ("a", 9))))
    assert str(batch) == "a[0]@5-9, b[0]@3-3"


async def test_a_tick_of_the_clock_goes_into_the_partition_it_came_by_whatever_else_is_in_the_slice(
    worker: Any, stream: Any
) -> None:
    tick = tick_of(stream.DAY_1_MS)
    ticks = [
        stream.FakeRecord(RAW_CLOCK.name, 1, tick.value, tick.key, tick.headers, partition)
        for partition in (2, 1)
    ]
    await worker.run("normaliser", worker.batch(*ticks, stream.tmall_order(1)))
    (sent,) = worker.producer.calls
    ticked = {p for (topic, p), told in sent.items() for r in told if b"clock.ticked" in (r.value or b"")}
    assert ticked == {1, 2}


async def test_records_are_counted_for_their_own_topic(worker: Any, stream: Any) -> None:
    def count(topic: str) -> float:
        return float(CONSUMED.labels("normaliser", topic)._value.get())

    before = {topic: count(topic) for topic in (RAW_JD.name, "raw.tmall.v1")}
    await worker.run(
        "normaliser", worker.batch(stream.tmall_order(1), stream.FakeRecord(RAW_JD.name, 1, b"no"))
    )
    assert {topic: count(topic) - was for topic, was in before.items()} == dict.fromkeys(before, 1.0)


@pytest.mark.parametrize(
    ("headers", "time_ms"),
    [
        (RawHeaders("tmall", "shop", 1234, "d").to_headers(), 1234),
        ((), 0),
        ((("received_ms", b"soon"),), 0),
        ((("received_ms", b"-5"),), 0),
    ],
)
def test_a_raw_record_says_when_it_was_received_or_nothing(headers: Any, time_ms: int) -> None:
    assert received_ms(headers) == time_ms
