"""The normaliser with fake fetches: poison leaves alone, the limit stops, nothing is acknowledged early."""

from base64 import b64decode
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError

from pipeline.runtime.salvage import LONGEST_RAW, LeftBehind, TooManyDeadLetters
from schemas.topics import DEAD_LETTER, FACT_ORDER, RAW_TMALL

POISON = [
    b"",
    b"\xff\xfe no utf-8",
    b"[1, 2]",
    b"{",
    b"null",
    b'{"kind": "order"}',
    b'{"kind": "order", "order_id": "", "shop": "s", "status": "1", "updated_at": 1}',
    b'{"kind": "order", "order_id": "A", "shop": "s", "status": "1", "updated_at": NaN}',
    b'{"kind": "order", "order_id": "A", "shop": "s", "status": "1", "updated_at": 1e400}',
    b'{"kind": "order", "order_id": "A", "shop": "s", "status": "1", "updated_at": 99999999999999999999}',
    b'{"kind": "order", "order_id": "A", "shop": "s", "status": {"a": 1}, "updated_at": 1764547200000}',
    b'{"kind": "order", "order_id": "\\ud800", "shop": "s", "status": "1", "updated_at": 1764547200000}',
    b'{"kind": "order", "order_id": "A", "shop": "s", "status": "1", "updated_at": 1764547200000, "lines":3}',
    b"[" * 100_000,
    b'{"kind": ' + b'{"a":' * 5_000 + b"1" + b"}" * 5_001,
    b"\x00" * 1_000,
]


@pytest.mark.parametrize("value", [None, *POISON], ids=lambda value: repr(value)[:40])
@pytest.mark.parametrize("place", [0, 1, 2])
async def test_poison_among_good_neighbours_costs_one_record(
    worker: Any, stream: Any, value: bytes | None, place: int
) -> None:
    records = [stream.tmall_order(offset, order_id=f"A-{offset}") for offset in range(3)]
    records[place].value = value
    await worker.run("normaliser", worker.batch(*records))
    letters, stored = worker.producer.told(DEAD_LETTER.name), worker.producer.told(FACT_ORDER.name)
    assert [letter["letter_id"] for letter in letters] == [f"{RAW_TMALL.name}-0-{place}"]
    assert b64decode(letters[0]["raw"]) == (value or b"")
    assert {fact["order_id"] for fact in stored} == {f"A-{o}" for o in range(3) if o != place}
    assert worker.producer.happened[-1] == "acknowledged"


async def test_letters_are_confirmed_in_the_same_call_as_the_facts_of_their_neighbours(
    worker: Any, stream: Any
) -> None:
    bad = stream.FakeRecord(RAW_TMALL.name, 1, b"{")
    await worker.run("normaliser", worker.batch(stream.tmall_order(0), bad))
    assert worker.producer.happened == [f"{DEAD_LETTER.name},{FACT_ORDER.name}", "acknowledged"]


@pytest.mark.parametrize(
    "header", [(), (("source", b"tmall"),), (("received_ms", b"x"), ("source", b"tmall"))]
)
async def test_a_record_without_readable_headers_is_poison(worker: Any, stream: Any, header: Any) -> None:
    record = stream.tmall_order(0)
    record.headers = header
    await worker.run("normaliser", worker.batch(record))
    assert len(worker.producer.told(DEAD_LETTER.name)) == 1


@pytest.mark.parametrize("timestamp", [-1, 2**62])
async def test_poison_with_a_nonsense_time_stamp_still_gets_its_letter(
    worker: Any, stream: Any, timestamp: int
) -> None:
    bad = stream.FakeRecord(RAW_TMALL.name, 0, b"{", timestamp=timestamp)
    await worker.run("normaliser", worker.batch(bad))
    assert len(worker.producer.told(DEAD_LETTER.name)) == 1


async def test_poison_too_large_for_a_letter_keeps_its_beginning_and_says_so(
    worker: Any, stream: Any
) -> None:
    bad = stream.FakeRecord(RAW_TMALL.name, 0, b"{" * 1_000_000)
    await worker.run("normaliser", worker.batch(bad))
    (letter,) = worker.producer.told(DEAD_LETTER.name)
    assert (len(b64decode(letter["raw"])), "only the first" in letter["reason"]) == (LONGEST_RAW, True)


async def test_the_limit_itself_is_allowed_and_one_more_stops_the_agent_un_acknowledged(
    worker: Any, stream: Any
) -> None:
    poison = [stream.FakeRecord(RAW_TMALL.name, o, b"{") for o in range(stream.LIMIT + 1)]
    await worker.run("normaliser", worker.batch(*poison[:-1]))
    assert worker.producer.happened == [DEAD_LETTER.name, "acknowledged"]
    with pytest.raises(TooManyDeadLetters, match=r"4 records in a row .*@3: .*nothing was acknowledged"):
        await worker.run("normaliser", worker.batch(poison[-1]))
    assert worker.producer.happened == [DEAD_LETTER.name, "acknowledged"]


async def test_a_record_that_works_starts_the_count_again(worker: Any, stream: Any) -> None:
    bad = [stream.FakeRecord(RAW_TMALL.name, offset, b"{") for offset in range(6)]
    await worker.run("normaliser", worker.batch(*bad[:3], stream.tmall_order(3), *bad[3:]))
    assert len(worker.producer.told(DEAD_LETTER.name)) == 6


async def test_an_outage_tried_again_and_again_does_not_use_up_the_dead_letter_limit(
    worker: Any, stream: Any
) -> None:
    batch = worker.batch(*(stream.FakeRecord(RAW_TMALL.name, offset, b"{") for offset in range(2)))
    worker.producer.fails = [KafkaConnectionError()] * 5
    for _ in range(5):
        with pytest.raises(KafkaConnectionError):
            await worker.run("normaliser", batch)
        batch.reset()
    await worker.run("normaliser", batch)
    assert len(worker.producer.told(DEAD_LETTER.name)) == 2


async def test_outputs_that_are_refused_are_not_acknowledged(worker: Any, stream: Any) -> None:
    worker.producer.fails = [KafkaConnectionError()]
    with pytest.raises(KafkaConnectionError):
        await worker.run("normaliser", worker.batch(stream.tmall_order(0)))
    assert worker.producer.happened == ["refused"]


async def test_a_batch_whose_partition_left_sends_and_acknowledges_nothing(worker: Any, stream: Any) -> None:
    batch = worker.batch(stream.tmall_order(0))
    batch.is_current = lambda: False
    with pytest.raises(LeftBehind):
        await worker.run("normaliser", batch)
    assert worker.producer.happened == []


async def test_the_same_bytes_delivered_twice_give_the_same_event_ids(worker: Any, stream: Any) -> None:
    await worker.run("normaliser", worker.batch(stream.tmall_order(0)))
    await worker.run("normaliser", worker.batch(stream.tmall_order(9)))
    first, second = worker.producer.told(FACT_ORDER.name)
    assert first == second
