"""The confirmed producer: all or an error, nothing half told, and a new connection after every failure."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError, KafkaTimeoutError, OutOfOrderSequenceNumber, ProducerClosed
from aiokafka.producer.message_accumulator import BatchBuilder

import pipeline.producer as module
from pipeline.producer import Producer, Record, RecordTooLarge, partition_of
from schemas.topics import FACT_ORDER

TOPIC = FACT_ORDER.name
RECORD = Record(b"key", b"value", 0)


class FakeAccumulator:
    """What the producer tells aiokafka's accumulator when it gives a connection up."""

    def __init__(self, kafka: "FakeKafka") -> None:
        self.kafka = kafka
        self._batches: dict[Any, list[Any]] = {}

    def fail_all(self, error: Exception) -> None:
        for future in self.kafka.open:
            if not future.done():
                future.set_exception(error)


class FakeKafka:
    """An AIOKafkaProducer without a broker: `answer(partition)` is an offset, an error, or None: silence."""

    made: list["FakeKafka"]
    answer: Callable[[int], int | Exception | None]
    away = False
    stop_fails = False

    def __init__(self, **settings: Any) -> None:
        type(self).made.append(self)
        self.open: list[asyncio.Future[Any]] = []
        self.sent: list[int] = []
        self.stopped = False
        self._message_accumulator = FakeAccumulator(self)
        self._sender = SimpleNamespace(sender_task=None)
        self.client = SimpleNamespace(close=self.close)
        self.closed = False

    async def start(self) -> None:
        if type(self).away:
            raise KafkaConnectionError("no broker")

    async def stop(self) -> None:
        self.stopped = True
        if type(self).stop_fails:
            raise KeyError("a batch in flight")
        await self.close()

    async def close(self) -> None:
        self.closed = True

    def create_batch(self) -> BatchBuilder:
        return BatchBuilder(module.MAX_BATCH_BYTES, 0, is_transactional=False,
                            key_serializer=None, value_serializer=None)  # fmt: skip

    async def send_batch(self, batch: BatchBuilder, topic: str, *, partition: int) -> "asyncio.Future[Any]":
        self.sent.append(batch.record_count())
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.open.append(future)
        told = type(self).answer(partition)
        if isinstance(told, Exception):
            future.set_exception(told)
        elif told is not None:
            future.set_result(type("Confirmed", (), {"offset": told}))
        return asyncio.shield(future)  # as aiokafka does: who stops waiting cancels nothing


@pytest.fixture
async def producer(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Producer]:
    FakeKafka.made, FakeKafka.answer, FakeKafka.away = [], staticmethod(lambda _: 100), False
    FakeKafka.stop_fails = False
    monkeypatch.setattr(module, "AIOKafkaProducer", FakeKafka)
    monkeypatch.setattr(module, "DELIVERY_TIMEOUT_MS", 50)
    async with Producer("nowhere:1", 4) as started:
        yield started


def answers(told: Callable[[int], int | Exception | None]) -> None:
    FakeKafka.answer = staticmethod(told)


async def test_the_offset_of_the_last_record_of_each_partition_is_returned(producer: Producer) -> None:
    assert await producer.send({(TOPIC, 0): [RECORD] * 3, (TOPIC, 1): [RECORD]}) == {
        (TOPIC, 0): 102,
        (TOPIC, 1): 100,
    }


async def test_more_than_a_batch_holds_goes_in_several_and_an_empty_partition_in_none(
    producer: Producer,
) -> None:
    large = Record(b"key", b"x" * 400_000, 0)
    assert await producer.send({(TOPIC, 0): [large] * 5, (TOPIC, 1): []}) == {(TOPIC, 0): 100}
    assert FakeKafka.made[0].sent == [2, 2, 1]


async def test_one_refused_partition_fails_the_whole_call_although_the_others_were_confirmed(
    producer: Producer,
) -> None:
    answers(lambda partition: OutOfOrderSequenceNumber() if partition == 1 else 7)
    with pytest.raises(OutOfOrderSequenceNumber):
        await producer.send({(TOPIC, 0): [RECORD], (TOPIC, 1): [RECORD], (TOPIC, 2): [RECORD]})


@pytest.mark.parametrize(
    ("told", "error"), [(OutOfOrderSequenceNumber(), OutOfOrderSequenceNumber), (None, KafkaTimeoutError)]
)
async def test_failed_confirmations_that_nobody_awaits_leave_no_warning(
    producer: Producer, told: Exception | None, error: type[Exception]
) -> None:
    """Whether the broker refuses them or is silent, until the connection is given up."""
    warned: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: warned.append(context))
    answers(lambda _: told)
    with pytest.raises(error):
        await producer.send({(TOPIC, partition): [RECORD] for partition in range(4)})
    await asyncio.sleep(0.01)  # the connection is given up
    FakeKafka.made[0].open.clear()
    await asyncio.sleep(0.01)
    gc.collect()
    assert warned == []


async def test_a_broker_that_never_confirms_ends_the_wait(producer: Producer) -> None:
    answers(lambda _: None)
    with pytest.raises(KafkaTimeoutError):
        await asyncio.wait_for(producer.send({(TOPIC, 0): [RECORD]}), 5)


async def test_after_a_failure_nothing_old_is_sent_late_and_the_next_call_connects_anew(
    producer: Producer,
) -> None:
    answers(lambda _: None)
    with pytest.raises(KafkaTimeoutError):
        await producer.send({(TOPIC, 0): [RECORD]})
    answers(lambda _: 5)
    assert await producer.send({(TOPIC, 0): [RECORD]}) == {(TOPIC, 0): 5}
    await asyncio.sleep(0.01)
    first, second = FakeKafka.made
    assert (first.stopped, second.stopped) == (True, False)
    assert isinstance(first.open[0].exception(), ProducerClosed)


async def test_a_connection_that_is_given_up_is_closed_even_if_aiokafka_fails_to_stop(
    producer: Producer,
) -> None:
    FakeKafka.stop_fails = True
    answers(lambda _: None)
    with pytest.raises(KafkaTimeoutError):
        await producer.send({(TOPIC, 0): [RECORD]})
    await asyncio.sleep(0.01)
    assert FakeKafka.made[0].closed


async def test_two_calls_that_fail_together_give_the_connection_up_once(producer: Producer) -> None:
    answers(lambda _: None)
    calls = [producer.send({(TOPIC, partition): [RECORD]}) for partition in range(2)]
    assert {type(error) for error in await asyncio.gather(*calls, return_exceptions=True)} <= {
        KafkaTimeoutError,
        ProducerClosed,
    }
    answers(lambda _: 1)
    await producer.send({(TOPIC, 0): [RECORD]})
    assert len(FakeKafka.made) == 2


async def test_a_broker_that_is_away_is_an_error_that_can_be_waited_out(producer: Producer) -> None:
    answers(lambda _: KafkaTimeoutError())
    FakeKafka.away = True
    for expected in (KafkaTimeoutError, KafkaConnectionError, KafkaConnectionError):
        with pytest.raises(expected):
            await producer.send({(TOPIC, 0): [RECORD]})
    FakeKafka.away = False
    answers(lambda _: 3)
    assert await producer.send({(TOPIC, 0): [RECORD]}) == {(TOPIC, 0): 3}


async def test_a_stopped_producer_refuses_instead_of_connecting_again(producer: Producer) -> None:
    await producer.stop()
    with pytest.raises(ProducerClosed):
        await producer.send({(TOPIC, 0): [RECORD]})
    assert len(FakeKafka.made) == 1


async def test_a_record_over_the_limit_is_refused_and_the_very_limit_is_taken(producer: Producer) -> None:
    producer.add(TOPIC, Record(b"k", b"x" * module.MAX_RECORD_BYTES, 0))
    with pytest.raises(RecordTooLarge, match="900001 bytes"):
        producer.add(TOPIC, Record(b"k", b"x" * (module.MAX_RECORD_BYTES + 1), 0))
    assert await producer.flush() == 1


def test_a_key_has_the_partition_that_librdkafka_gives_it() -> None:
    assert [partition_of(key, 4) for key in (b"", b"order-1", b"order-2")] == [0, 3, 1]
