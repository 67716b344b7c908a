"""Reads parked records again: each from where it lies to the end of its own partition, for a mended map."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError

from pipeline.clickhouse.reader import Reader
from pipeline.embedded.topics import BrokerAway
from pipeline.endpoints import kafka_bootstrap, store_address
from pipeline.producer import Producer, Record, RecordTooLarge
from pipeline.settings import Settings

PAGE: Final = 5_000
"""Most records asked for at a time."""
FLUSH_BYTES: Final = 8 << 20
"""So much is gathered before it is sent."""
FETCH_BYTES: Final = 1 << 20
FETCH_RECORDS: Final = 500
JUMP: Final = 2_000
"""Farther ahead than this it is cheaper to seek than to read on."""
ANSWER_S: Final = 15.0
SUBJECT_BYTES: Final = 1 << 16
"""Most bytes of subjects one record carries; the next run takes what is left over."""
SHOWN: Final = 20
"""Most lost records that are named one by one."""

WAITING = """
SELECT
    origin_topic AS topic,
    origin_partition AS partition,
    origin_offset AS offset,
    any(origin_key) AS key,
    arraySort(groupUniqArray((subject, source, field, code))) AS codes
FROM v_parked_records
WHERE isNull(mended_at)
    AND (origin_topic, origin_partition, origin_offset) > ({topic:String}, {partition:Int64}, {offset:Int64})
GROUP BY topic, partition, offset
ORDER BY topic, partition, offset
LIMIT {page:UInt32}
"""

Say = Callable[[str], None]


class Code(NamedTuple):
    """One unknown code."""

    source: str
    field: str
    code: str


class Parked(NamedTuple):
    """A record that waits: where it lies, its key, and its codes by subject."""

    topic: str
    partition: int
    offset: int
    key: str
    codes: dict[str, Code]

    @property
    def place(self) -> str:
        """topic[partition]@offset, for people."""
        return f"{self.topic}[{self.partition}]@{self.offset}"

    def subjects(self) -> bytes:
        """The subjects for the header `parked`, one a line."""
        lines, size = [], 0
        for line in (subject.encode() for subject in self.codes):
            size += len(line) + 1
            if size > SUBJECT_BYTES:
                break
            lines.append(line)
        return b"\n".join(lines)


@dataclass(slots=True)
class Count:
    """Records of one code: read again, and not to be found."""

    records: int = 0
    missing: int = 0


@dataclass(slots=True)
class Tally:
    """What a run did. A record with two codes counts once here and once for each code."""

    records: int = 0
    missing: int = 0
    codes: dict[Code, Count] = field(default_factory=dict)

    def appended(self, parked: Parked) -> None:
        """A record was appended again."""
        self.records += 1
        for code in parked.codes.values():
            self.codes.setdefault(code, Count()).records += 1

    def lost(self, parked: Parked) -> None:
        """A record could not be read again."""
        self.missing += 1
        for code in parked.codes.values():
            self.codes.setdefault(code, Count()).missing += 1


class Lost(Exception):
    """A record cannot be read again; the text says why."""


def read_again(settings: Settings, say: Say) -> Tally:
    """Append every waiting record once more, confirmed, with the subjects it waits for in its header.

    Workers then read it with the map they have; its facts keep their ids, so that nothing counts twice. What
    is mended no longer waits: a second run leaves it out. Raises NotRunning, BrokerAway, StoreAway.
    """
    return asyncio.run(_read_again(settings, say))


async def _read_again(settings: Settings, say: Say) -> Tally:
    bootstrap = kafka_bootstrap(settings)
    log = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        auto_offset_reset="none",
        enable_auto_commit=False,
        max_partition_fetch_bytes=FETCH_BYTES,
    )
    producer = Producer(bootstrap, settings.partitions, "certainty-parked")
    try:
        await log.start()
        async with producer:
            with Reader(store_address(settings)) as reader:
                return await _Run(reader, log, producer, say).through()
    except (KafkaError, OSError, TimeoutError) as error:
        raise BrokerAway(f"Kafka on {bootstrap} does not answer: {error!r}; run it again") from error
    finally:
        await log.stop()


class _Run:
    """One pass over all partitions, each up to where it ended when the pass came to it."""

    def __init__(self, reader: Reader, log: Any, producer: Producer, say: Say) -> None:  # aiokafka is untyped
        self._reader, self._log, self._producer, self._say = reader, log, producer, say
        self._gathered: list[Parked] = []
        self._bytes = 0
        self._told = 0
        self.tally = Tally()

    async def through(self) -> Tally:
        topics: set[str] = await self._log.topics()
        after: tuple[str, int, int] = ("", -1, -1)
        partition: _Partition | None = None
        while page := self._page(after):
            for (topic, number), waiting in groupby(page, key=lambda parked: parked[:2]):
                if partition is None or partition.place != (topic, number):
                    partition = await _Partition.open(self._log, topic, number, known=topic in topics)
                await self._take(partition, waiting)
            await self._flush()
            after = page[-1][:3]
        if self._told < self.tally.missing:
            self._say(f"and {self.tally.missing - self._told} more that cannot be read again")
        return self.tally

    def _page(self, after: tuple[str, int, int]) -> list[Parked]:
        names = dict(zip(("topic", "partition", "offset"), after, strict=True))
        return [
            Parked(
                row["topic"],
                row["partition"],
                row["offset"],
                row["key"],
                {subject: Code(*code) for subject, *code in row["codes"]},
            )
            for row in self._reader.query(WAITING, {**names, "page": PAGE})
        ]

    async def _take(self, partition: "_Partition", waiting: Iterator[Parked]) -> None:
        for parked in waiting:
            if partition.start_of_copies <= parked.offset < await partition.end_now(parked.offset):
                continue  # a copy that this pass appended, or parked since: the next run takes it
            try:
                self._gather(parked, await partition.record(parked))
            except Lost as lost:
                self._lose(parked, str(lost))
            if self._bytes > FLUSH_BYTES:
                await self._flush()

    def _gather(self, parked: Parked, record: Any) -> None:
        headers = tuple(header for header in record.headers if header[0] != "parked")
        now_ms = time.time_ns() // 1_000_000
        again = Record(record.key, record.value, now_ms, (*headers, ("parked", parked.subjects())))
        try:
            self._producer.add(parked.topic, again, parked.partition)
        except RecordTooLarge as error:
            raise Lost(str(error)) from error
        self._gathered.append(parked)
        self._bytes += len(record.value or b"")

    async def _flush(self) -> None:
        await self._producer.flush()
        for parked in self._gathered:
            self.tally.appended(parked)
        self._gathered.clear()
        self._bytes = 0

    def _lose(self, parked: Parked, why: str) -> None:
        self.tally.lost(parked)
        if self._told < SHOWN:
            self._told += 1
            self._say(f"{parked.place} cannot be read again: {why}")


class _Partition:
    """One partition of a raw topic, read at rising offsets."""

    def __init__(
        self, log: Any, topic: str, number: int, first: int, end: int
    ) -> None:  # aiokafka is untyped
        self._log = log
        self._tp = TopicPartition(topic, number)
        self._first = first
        self._end = end
        self._next: int | None = None
        self._fetched: deque[Any] = deque()
        self.start_of_copies = end

    @classmethod
    async def open(cls, log: Any, topic: str, number: int, *, known: bool) -> "_Partition":
        """Look where it begins and ends now; an unknown topic is empty."""
        if not known:
            return cls(log, topic, number, 0, 0)
        tp = TopicPartition(topic, number)
        first, end = (await log.beginning_offsets([tp]))[tp], (await log.end_offsets([tp]))[tp]
        return cls(log, topic, number, first, end)

    @property
    def place(self) -> tuple[str, int]:
        """Topic and partition."""
        return self._tp.topic, self._tp.partition

    async def end_now(self, offset: int) -> int:
        """Return where the partition ends, looked up anew only for an offset beyond the known end."""
        if offset >= self._end > 0:
            self._end = (await self._log.end_offsets([self._tp]))[self._tp]
        return self._end

    async def record(self, parked: Parked) -> Any:
        """Return the record that was parked; raises Lost when it is no longer there."""
        if parked.offset >= self._end:
            raise Lost("the topic ends before it: it is gone, or was created anew since")
        found = await self._at(parked.offset)
        if found is None:
            raise Lost(f"retention has deleted it; the partition begins at {self._first} by now")
        if (found.key or b"").decode("utf-8", "replace") != parked.key:
            raise Lost("another record lies there: the topic was created anew since")
        return found

    async def _at(self, offset: int) -> Any:
        if offset < self._first:
            return None
        self._go_to(offset)
        deadline_s = time.monotonic() + ANSWER_S
        while True:
            while self._fetched and self._fetched[0].offset < offset:
                self._fetched.popleft()
            if self._fetched:
                return self._fetched[0] if self._fetched[0].offset == offset else None
            if time.monotonic() > deadline_s:
                raise TimeoutError(f"nothing of {self._tp.topic}[{self._tp.partition}]@{offset} came")
            try:
                got = await self._log.getmany(self._tp, timeout_ms=1000, max_records=FETCH_RECORDS)
            except OffsetOutOfRangeError:  # deleted since we looked
                self._next = None
                self._first = (await self._log.beginning_offsets([self._tp]))[self._tp]
                return None
            self._fetched.extend(got.get(self._tp, ()))

    def _go_to(self, offset: int) -> None:
        if self._next is None:
            self._log.assign([self._tp])  # and seek at once: a position that is not known is an error
        if self._next is None or not 0 <= offset - self._next <= JUMP:
            self._log.seek(self._tp, offset)
            self._fetched.clear()
        self._next = offset
