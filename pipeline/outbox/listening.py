"""Reads where answers are told, without a group: from the ends as they were before a command was sent."""

import asyncio
import time
from types import TracebackType
from typing import Any, Final, Self

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from pipeline.domain.instants import to_ms
from pipeline.outbox.answers import Answer, Awaited
from pipeline.producer import partition_of
from schemas.base import Event, type_of
from schemas.promise import ClockAdvanced
from schemas.topics import RAW_COMMAND, STATE_ORDER, Topic

LOOK_MS: Final = 100
TOGETHER_S: Final = 0.3
"""What one batch says on several topics is confirmed together, yet not read together."""
TAIL: Final = 300
"""Records of a partition that are looked at for its clock: the hub tells it last in every batch."""
REPEATED_MS: Final = 600_000
"""How far back the answer to a press that may have been sent before is looked for, by the broker's clock."""
CLOCK_TYPE: Final = type_of(ClockAdvanced)
Positions = dict[TopicPartition, int]


class WrongPartitions(RuntimeError):
    """A topic is not there, or has another number of partitions than the settings say."""


class Listener:
    """One consumer, for one command. aiokafka's errors leave it as they are."""

    def __init__(self, bootstrap: str, partitions: int) -> None:
        self._bootstrap = bootstrap
        self._partitions = partitions
        self._kafka: Any = None  # aiokafka is untyped

    async def __aenter__(self) -> Self:
        self._kafka = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            group_id=None,
            enable_auto_commit=False,
            fetch_max_wait_ms=LOOK_MS,
        )
        try:
            await self._kafka.start()
        except BaseException:
            await self._kafka.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._kafka.stop()

    async def clock_ms(self, entity: str | None) -> int:
        """Return the event clock of one order's partition, or (None) of the partition that is furthest.

        0 where it was not told lately. A command is dated by it where it is ahead of the wall clock, as in a
        simulated day: dated earlier, it would have expired, or come before what it speaks of.
        """
        chosen = range(self._partitions) if entity is None else (self._partition(entity),)
        places = [TopicPartition(STATE_ORDER.name, number) for number in chosen]
        ends = await self._assign(places)
        firsts = await self._kafka.beginning_offsets(places)
        starts = {place: max(firsts[place], end - TAIL) for place, end in ends.items()}
        latest = 0
        async for told in self._until(starts, ends):
            if told.get("type") == CLOCK_TYPE:
                latest = max(latest, to_ms(ClockAdvanced.model_validate(told).occurred_at))
        return latest

    async def sent_before(self, entity: str, event_id: str) -> dict[str, Any] | None:
        """Return a command as it was recorded in the last ten minutes, if it was."""
        place = TopicPartition(RAW_COMMAND.name, self._partition(entity))
        ends = await self._assign([place])
        found = None
        async for told in self._until(await self._since(ends), ends):
            if found is None and told.get("event_id") == event_id:
                found = told
        return found

    async def begin(self, topics: tuple[Topic, ...], entity: str, *, repeated: bool) -> None:
        """Take the position from which an answer is looked for; call it before sending."""
        places = [TopicPartition(topic.name, self._partition(entity)) for topic in topics]
        ends = await self._assign(places)
        for place, offset in (await self._since(ends) if repeated else ends).items():
            self._kafka.seek(place, offset)

    async def answer(self, command: Event, patience_s: float) -> Answer:
        """Return what became of a command, as soon as it is answered or the time is over.

        Raises KeyReused when its key was answered as another command.
        """
        awaited = Awaited(command)
        began_s = time.monotonic()
        until_s = began_s + patience_s
        answered_s: float | None = None
        while (left_s := until_s - time.monotonic()) > 0:
            for told in await self._some(min(LOOK_MS, round(left_s * 1000) + 1)):
                awaited.take(told)
            if awaited.is_answered and answered_s is None:
                answered_s = time.monotonic() - began_s
                until_s = min(until_s, time.monotonic() + awaited.more_s(TOGETHER_S))
        return awaited.answer(patience_s if answered_s is None else answered_s)

    def _partition(self, entity: str) -> int:
        return partition_of(entity.encode(), self._partitions)

    async def _assign(self, places: list[TopicPartition]) -> Positions:
        self._kafka.assign(places)
        ends: Positions = await self._kafka.end_offsets(places)
        for topic in {place.topic for place in places}:
            found = len(self._kafka.partitions_for_topic(topic) or ())
            if found != self._partitions:
                raise WrongPartitions(
                    f"{topic} has {found} partitions, not {self._partitions}: `certainty topics check`"
                    " says what is wrong; CERTAINTY_PARTITIONS must be that of the workers"
                )
        return ends

    async def _since(self, ends: Positions) -> Positions:
        since_ms = round(time.time() * 1000) - REPEATED_MS
        found = await self._kafka.offsets_for_times(dict.fromkeys(ends, since_ms))
        return ends | {place: at.offset for place, at in found.items() if at is not None}

    async def _some(self, wait_ms: int) -> list[dict[str, Any]]:
        fetched = await self._kafka.getmany(timeout_ms=wait_ms)
        return [_json(one.value) for records in fetched.values() for one in records if one.value is not None]

    async def _until(self, starts: Positions, ends: Positions) -> Any:  # gives events as JSON
        for place, offset in starts.items():
            self._kafka.seek(place, offset)
        waiting = {place for place in starts if starts[place] < ends[place]}
        while waiting:
            for told in await self._some(LOOK_MS):
                yield told
            waiting = {place for place in waiting if await self._kafka.position(place) < ends[place]}
            await asyncio.sleep(0)


def _json(value: bytes) -> Any:
    """Return what a record says; what is no JSON object is no answer, and no concern of ours."""
    try:
        told = orjson.loads(value)
    except orjson.JSONDecodeError:
        return {}
    return told if isinstance(told, dict) else {}
