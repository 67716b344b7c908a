"""The outbox: one press becomes one confirmed raw record, and its answer is read from the topics."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Final, Self

from aiokafka.errors import KafkaError

from pipeline.domain.instants import from_ms, to_ms
from pipeline.endpoints import kafka_bootstrap
from pipeline.outbox.answers import Answer, topics_of
from pipeline.outbox.listening import Listener, WrongPartitions
from pipeline.outbox.wishes import Wish
from pipeline.producer import Producer, Record, partition_of
from pipeline.settings import Settings
from schemas.base import EPOCH, Event
from schemas.raw import RawHeaders
from schemas.topics import RAW_COMMAND

SOURCE: Final = "command"
ANSWER_S: Final = 5.0
"""Longest wait for an answer on a screen; answers usually come within a few tenths of a second."""
CONFIRM_S: Final = 10.0
"""Longest wait for Kafka to be found and to confirm; above the producer's own, so that its word is heard."""
SIMULATED: Final = timedelta(seconds=60)
"""An event clock so far ahead of the wall clock is that of a simulated day, which runs faster."""
SIMULATED_EXPIRY: Final = timedelta(hours=1)
"""How long a press holds there: at sixty times the speed a minute of somebody's real patience."""


class KafkaAway(RuntimeError):
    """Kafka cannot be reached or does not confirm. Nothing is known to be recorded; sent again with the same
    key it does no harm."""


class Outbox:
    """Sends commands; a context manager of one event loop, whose methods several tasks may call at once.

    Every method raises KafkaAway. With `async with` it keeps its connection for sending.
    """

    def __init__(self, settings: Settings) -> None:
        self._bootstrap = kafka_bootstrap(settings)
        self._partitions = settings.partitions
        self._expiry = timedelta(seconds=settings.desk_expiry_s)
        self._producer = Producer(self._bootstrap, settings.partitions, "certainty-outbox")

    async def __aenter__(self) -> Self:
        async with self._reaching():
            await self._producer.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._producer.stop()

    async def press(self, wish: Wish, patience_s: float = ANSWER_S) -> Answer:
        """Send one command and return what became of it; raises KeyReused.

        It is sent once the position from which the answer is looked for is known. A wish whose key was
        given may have been sent before: if Kafka has it from the last ten minutes it is not sent again, and
        its answer is looked for among those since then.
        """
        async with self._reaching() as started, Listener(self._bootstrap, self._partitions) as listener:
            command = await self._sent_before(listener, wish) if wish.repeated else None
            is_new = command is None
            if command is None:
                is_order = wish.kind.KEY == "order_id"
                clock_ms = await listener.clock_ms(wish.entity if is_order else None)
                command = wish.at(*self._instants(clock_ms))
            await listener.begin(topics_of(wish.kind), wish.entity, repeated=wish.repeated)
            if is_new:
                await self.send([command])
            started.reschedule(None)
            return await listener.answer(command, patience_s)

    async def _sent_before(self, listener: Listener, wish: Wish) -> Event | None:
        event_id = wish.at(EPOCH, EPOCH).event_id
        told = await listener.sent_before(wish.entity, event_id)
        return None if told is None else wish.kind.model_validate(told)

    async def send(self, commands: Iterable[Event]) -> None:
        """Send commands; returns once the broker has confirmed all of them."""
        pending: dict[tuple[str, int], list[Record]] = {}
        for command in commands:
            record = record_of(command)
            place = RAW_COMMAND.name, partition_of(record.key or b"", self._partitions)
            pending.setdefault(place, []).append(record)
        async with self._reaching():
            await self._producer.send(pending)

    def _instants(self, clock_ms: int) -> tuple[datetime, datetime]:
        """Return now, by the clock that the judges go by, and when a press of now expires."""
        wall = datetime.now(UTC)
        clock = from_ms(clock_ms)
        expiry = SIMULATED_EXPIRY if clock - wall > SIMULATED else self._expiry
        now = max(wall, clock)
        return now, now + expiry

    @asynccontextmanager
    async def _reaching(self) -> AsyncIterator[asyncio.Timeout]:
        try:
            async with asyncio.timeout(CONFIRM_S) as limit:
                yield limit
        except (KafkaError, OSError, TimeoutError, WrongPartitions) as error:
            said = str(error) or type(error).__name__
            raise KafkaAway(f"Kafka on {self._bootstrap} does not confirm: {said}") from error


def record_of(command: Event) -> Record:
    """Return a command as a raw record: keyed by what it is about, so that its presses keep their order."""
    received_ms = to_ms(command.observed_at)
    headers = RawHeaders(SOURCE, "", received_ms, command.event_id).to_headers()
    key = str(getattr(command, command.KEY)).encode()
    return Record(key, command.to_bytes(), received_ms, headers)


def press(settings: Settings, wish: Wish, patience_s: float = ANSWER_S) -> Answer:
    """Do one press from code without an event loop, such as a page of the board; see Outbox.press."""

    async def pressed() -> Answer:
        async with Outbox(settings) as outbox:
            return await outbox.press(wish, patience_s)

    return asyncio.run(pressed())
