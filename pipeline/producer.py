"""The idempotent Kafka producer: records gathered into batches, each confirmed by the broker."""

import asyncio
import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, NamedTuple, Self

from aiokafka import AIOKafkaProducer, codec
from aiokafka.errors import KafkaTimeoutError, ProducerClosed
from aiokafka.producer.message_accumulator import BatchBuilder

from schemas.raw import Headers

MAX_BATCH_BYTES = 1 << 20
MAX_RECORD_BYTES = 900_000
DELIVERY_TIMEOUT_MS = 8_000
"""Longest wait for the next confirmation. Below the group session timeout (10 s), so that a worker which lost
its partition cannot write late: aiokafka alone would try an idempotent batch again for ever."""
STOP_S = 2.0

codec.zstd_encode.__defaults__ = (1,)
"""The level, for which aiokafka has no setting. At its own, 3, a batch of 5 KiB takes 0.1 ms, at 1 a sixth of
that, and large ones become no larger."""


class RecordTooLarge(ValueError):
    """A record larger than MAX_RECORD_BYTES: it can never be sent."""


def partition_of(key: bytes, partitions: int) -> int:
    """Return the partition of a key: CRC-32 modulo the count, as librdkafka's default does."""
    return zlib.crc32(key) % partitions


class Record(NamedTuple):
    """One record to send. `timestamp_ms` is milliseconds since 1970 UTC."""

    key: bytes | None
    value: bytes | None
    timestamp_ms: int
    headers: Headers = ()


class Producer:
    """Gathers records per partition; `flush` returns once the broker has confirmed every one of them.

    `add` and `flush` belong to one task; `send` may be called from several tasks of one loop.
    aiokafka errors leave them as they are: nothing of that call then counts as sent, and sending it again is
    harmless downstream. The connection is given up with the first error and made anew by the next call:
    what aiokafka still holds might arrive late, and a lost idempotent sequence never heals.
    """

    def __init__(self, bootstrap: str, partitions: int, client_id: str = "certainty") -> None:
        self.partitions = partitions
        self._settings = {
            "bootstrap_servers": bootstrap,
            "client_id": client_id,
            "enable_idempotence": True,
            "acks": "all",
            "compression_type": "zstd",
            "max_batch_size": MAX_BATCH_BYTES,
            "request_timeout_ms": DELIVERY_TIMEOUT_MS,
        }
        self._kafka: AIOKafkaProducer | None = None
        self._open = False
        self._connecting = asyncio.Lock()
        self._leaving: set[asyncio.Task[None]] = set()
        self._pending: dict[tuple[str, int], list[Record]] = defaultdict(list)

    async def start(self) -> None:
        """Connect; raises aiokafka's KafkaConnectionError when no broker answers."""
        self._open = True
        await self._connected()

    async def stop(self) -> None:
        """Disconnect; what `send` confirmed is safe, what it did not counts as not sent."""
        self._open = False
        if self._kafka is not None:
            self._give_up(self._kafka)
        if self._leaving:
            await asyncio.wait(self._leaving, timeout=STOP_S)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def add(self, topic: str, record: Record, partition: int | None = None) -> None:
        """Gather one record; without a partition its key decides."""
        if record.value is not None and len(record.value) > MAX_RECORD_BYTES:
            raise RecordTooLarge(
                f"a record for {topic} has {len(record.value)} bytes; the most is {MAX_RECORD_BYTES}"
            )
        if partition is None:
            partition = partition_of(record.key or b"", self.partitions)
        self._pending[topic, partition].append(record)

    async def flush(self) -> int:
        """Send everything gathered and await every confirmation; returns the number of records."""
        pending, self._pending = self._pending, defaultdict(list)
        await self.send(pending)
        return sum(map(len, pending.values()))

    async def send(self, pending: Mapping[tuple[str, int], Sequence[Record]]) -> dict[tuple[str, int], int]:
        """Send records per (topic, partition) and await every confirmation.

        Returns the offset of the last record of each. Safe to call from several tasks of one loop.
        Raises KafkaTimeoutError after DELIVERY_TIMEOUT_MS without a confirmation.
        """
        kafka = await self._connected()
        try:
            return await _deliver(
                kafka, {place: self._batches(kafka, told) for place, told in pending.items()}
            )
        except RecordTooLarge:
            raise
        except BaseException:
            self._give_up(kafka)
            raise

    async def _connected(self) -> AIOKafkaProducer:
        async with self._connecting:
            if not self._open:
                raise ProducerClosed("the producer was not started, or has been stopped")
            if self._kafka is None:
                kafka = AIOKafkaProducer(**self._settings)
                try:
                    await kafka.start()
                except BaseException:
                    await kafka.stop()
                    raise
                self._kafka = kafka
            return self._kafka

    def _give_up(self, kafka: AIOKafkaProducer) -> None:
        if self._kafka is kafka:
            self._kafka = None
            leaving = asyncio.create_task(_leave(kafka))
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)

    def _batches(self, kafka: AIOKafkaProducer, records: Sequence[Record]) -> list[BatchBuilder]:
        batches: list[BatchBuilder] = []
        for record in records:
            if batches and _append(batches[-1], record):
                continue
            batches.append(kafka.create_batch())
            if not _append(batches[-1], record):
                raise RecordTooLarge("a record does not fit an empty batch")
        for batch in batches:
            batch.close()
        return batches


async def _deliver(
    kafka: AIOKafkaProducer, batches: Mapping[tuple[str, int], Sequence[BatchBuilder]]
) -> dict[tuple[str, int], int]:
    confirmations = []
    for (topic, partition), several in batches.items():
        for batch in several:
            size = batch.record_count()
            future = await kafka.send_batch(batch, topic, partition=partition)
            future.add_done_callback(_retrieved)
            confirmations.append(((topic, partition), size, future))
    last: dict[tuple[str, int], int] = {}
    now_s = asyncio.get_running_loop().time
    patience_s = DELIVERY_TIMEOUT_MS / 1000
    try:
        async with asyncio.timeout(patience_s) as limit:
            for place, size, future in confirmations:
                if not future.done():  # awaited itself it would be cancelled, and its error be nobody's
                    await asyncio.wait([future])
                confirmed = future.result()
                limit.reschedule(now_s() + patience_s)
                last[place] = confirmed.offset + size - 1
    except TimeoutError as error:
        raise KafkaTimeoutError(f"no confirmation within {patience_s:.0f} s") from error
    return last


async def _leave(kafka: AIOKafkaProducer) -> None:
    """Disconnect without delivering what is left: its sender was told that it failed."""
    accumulator = kafka._message_accumulator
    for waiting in accumulator._batches.values():
        for batch in waiting:
            batch._drain_waiter.add_done_callback(_retrieved)
    sender = kafka._sender
    if sender.sender_task is not None:  # else it would report our own failing of its batches as a bug
        sender.sender_task.remove_done_callback(sender._fail_all)
    accumulator.fail_all(ProducerClosed())
    try:
        await kafka.stop()
    except KeyError:
        # A batch in flight wanted back into the queue that has just failed it; `stop` got no further.
        await kafka.client.close()


def _retrieved(future: "asyncio.Future[Any]") -> None:
    """Look at the error of a confirmation nobody awaits any more, so that no warning is logged of it."""
    if not future.cancelled():
        future.exception()


def _append(batch: BatchBuilder, record: Record) -> bool:
    return (
        batch.append(
            key=record.key, value=record.value, timestamp=record.timestamp_ms, headers=list(record.headers)
        )
        is not None
    )
