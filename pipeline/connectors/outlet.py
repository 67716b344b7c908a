"""Appends to Kafka, confirmed; while Kafka is away it waits, so no cursor moves."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

import structlog
from aiokafka.errors import KafkaError

from pipeline.connectors.client import Clock
from pipeline.connectors.cursors import Cursors, load_cursors
from pipeline.producer import Producer, Record, partition_of

LEAST_WAIT_S, MOST_WAIT_S = 0.5, 10.0

Answer = TypeVar("Answer")

log = structlog.get_logger(__name__)


class KafkaAway(RuntimeError):
    """Kafka did not answer for as long as was to be waited."""


class Sink(Protocol):
    """What a runner needs of an outlet."""

    async def append(self, topic: str, record: Record) -> None:
        """Return once the record is safe."""
        ...


class Outlet:
    """Sends one record after the other; `patience_s` None waits for ever, else KafkaAway is raised."""

    def __init__(self, producer: Producer, clock: Clock, patience_s: float | None = None) -> None:
        self._producer, self._clock, self._patience_s = producer, clock, patience_s

    async def open(self) -> None:
        """Connect; waits while Kafka is away."""
        await _patiently(self._producer.start, self._clock, self._patience_s)

    async def append(self, topic: str, record: Record) -> None:
        """Return once the broker has confirmed it; a record may arrive twice, which changes nothing."""
        place = (topic, partition_of(record.key or b"", self._producer.partitions))
        await _patiently(lambda: self._producer.send({place: [record]}), self._clock, self._patience_s)


async def wait_for_cursors(
    bootstrap: str, partitions: int, clock: Clock, patience_s: float | None
) -> Cursors:
    """Return the cursors; waits while Kafka is away. Raises NoCursors, and KafkaAway when patience ends."""
    return await _patiently(lambda: load_cursors(bootstrap, partitions), clock, patience_s)


async def _patiently(act: Callable[[], Awaitable[Answer]], clock: Clock, patience_s: float | None) -> Answer:
    wait_s, waited_s = LEAST_WAIT_S, 0.0
    while True:
        try:
            return await act()
        except (KafkaError, OSError) as error:
            if patience_s is not None and waited_s >= patience_s:
                raise KafkaAway(f"Kafka does not answer ({type(error).__name__})") from None
            log.warning("waiting for Kafka", error=type(error).__name__, again_in_s=wait_s)
        await clock.sleep(wait_s)
        waited_s, wait_s = waited_s + wait_s, min(2 * wait_s, MOST_WAIT_S)
