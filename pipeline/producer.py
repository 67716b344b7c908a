"""The idempotent Kafka producer: records gathered into batches, each confirmed by the broker."""

import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from aiokafka import AIOKafkaProducer
from aiokafka.producer.message_accumulator import BatchBuilder

from schemas.raw import Headers

MAX_BATCH_BYTES = 1 << 20
MAX_RECORD_BYTES = 900_000
DELIVERY_TIMEOUT_MS = 8_000
"""Below the group session timeout (10 s), so that a worker which lost its partition cannot write late."""


class RecordTooLarge(ValueError):
    """A record larger than MAX_RECORD_BYTES: it can never be sent."""


def partition_of(key: bytes, partitions: int) -> int:
    """Return the partition of a key: CRC-32 modulo the count, as librdkafka's default does."""
    return zlib.crc32(key) % partitions


@dataclass(frozen=True, slots=True)
class Record:
    """One record to send. `timestamp_ms` is milliseconds since 1970 UTC."""

    key: bytes | None
    value: bytes | None
    timestamp_ms: int
    headers: Headers = field(default=())


class Producer:
    """Gathers records per partition; `flush` returns once the broker has confirmed every one of them.

    Use from one task of one event loop. aiokafka errors leave `flush` as they are: nothing that was
    gathered then counts as sent, and sending it again is harmless downstream.
    """

    def __init__(self, bootstrap: str, partitions: int, client_id: str = "certainty") -> None:
        self.partitions = partitions
        self._settings = {
            "bootstrap_servers": bootstrap,
            "client_id": client_id,
            "enable_idempotence": True,
            "acks": "all",
            "compression_type": "lz4",
            "max_batch_size": MAX_BATCH_BYTES,
            "request_timeout_ms": DELIVERY_TIMEOUT_MS,
        }
        self._kafka: AIOKafkaProducer | None = None
        self._pending: dict[tuple[str, int], list[Record]] = defaultdict(list)

    async def start(self) -> None:
        """Connect; raises aiokafka's KafkaConnectionError when no broker answers."""
        kafka = AIOKafkaProducer(**self._settings)
        try:
            await kafka.start()
        except BaseException:
            await kafka.stop()
            raise
        self._kafka = kafka

    async def stop(self) -> None:
        """Disconnect; what `send` confirmed is safe, what it did not counts as not sent."""
        if self._kafka is not None:
            await self._kafka.stop()
            self._kafka = None

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
        """
        confirmations = []
        for (topic, partition), records in pending.items():
            for batch in self._batches(records):
                size = batch.record_count()
                future = await self._started.send_batch(batch, topic, partition=partition)
                confirmations.append(((topic, partition), size, future))
        last: dict[tuple[str, int], int] = {}
        for place, size, future in confirmations:
            confirmed = await future
            last[place] = confirmed.offset + size - 1
        return last

    @property
    def _started(self) -> AIOKafkaProducer:
        if self._kafka is None:
            raise RuntimeError("the producer is used before it was started")
        return self._kafka

    def _batches(self, records: Sequence[Record]) -> list[BatchBuilder]:
        create = self._started.create_batch
        batches = [create()]
        for record in records:
            if not _append(batches[-1], record):
                batches.append(create())
                if not _append(batches[-1], record):
                    raise RecordTooLarge("a record does not fit an empty batch")
        for batch in batches:
            batch.close()
        return batches


def _append(batch: BatchBuilder, record: Record) -> bool:
    return (
        batch.append(
            key=record.key, value=record.value, timestamp=record.timestamp_ms, headers=list(record.headers)
        )
        is not None
    )
