"""Gathers the records of many requests into few batches; each request hears when Kafka has its own."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import structlog
from aiokafka.errors import KafkaError

from pipeline.gateway.metrics import CONFIRM_SECONDS, WAITING
from pipeline.gateway.request import Reason, Refused
from pipeline.producer import Record, partition_of

LINGER_S = 0.005
"""Wait for company before a batch goes: at 1,000 deliveries a second, sending each alone costs a core."""
BATCH_RECORDS = 2000
BATCH_BYTES = 4 << 20
MOST_WAITING = 4000
MOST_BYTES = 64 << 20
PATIENCE_S = 4.0
"""Longest wait for a confirmation. Platforms hang up after about 5 s (platforms.md 5, 9)."""
log = structlog.get_logger(__name__)


class Sender(Protocol):
    """What `pipeline.producer.Producer` does."""

    partitions: int

    async def send(self, pending: Mapping[tuple[str, int], Sequence[Record]]) -> dict[tuple[str, int], int]:
        """Send records per (topic, partition); returns once all are confirmed."""
        ...


class _Waiting(NamedTuple):
    place: tuple[str, int]
    record: Record
    until_s: float
    confirmed: "asyncio.Future[None]"

    @property
    def size(self) -> int:
        return len(self.record.value or b"")


class Outbox:
    """A bounded queue in front of the producer. `put` and `run` belong to one loop.

    While Kafka is away nothing is confirmed: what has waited for PATIENCE_S is forgotten unsent, and
    more than MOST_WAITING records or MOST_BYTES bytes are refused at once.
    """

    def __init__(self, sender: Sender) -> None:
        self.away = False
        self._sender = sender
        self._queue: deque[_Waiting] = deque()
        self._bytes = 0
        self._filled = asyncio.Event()

    def put(self, topic: str, record: Record) -> "asyncio.Future[None]":
        """Queue a record; the future ends once Kafka has it, or raises Refused. Raises Refused when full."""
        if len(self._queue) >= MOST_WAITING or self._bytes >= MOST_BYTES:
            raise Refused(Reason.BUSY, "too many deliveries wait to be recorded: try again later")
        loop = asyncio.get_running_loop()
        place = (topic, partition_of(record.key or b"", self._sender.partitions))
        waiting = _Waiting(place, record, loop.time() + PATIENCE_S, loop.create_future())
        self._queue.append(waiting)
        self._bytes += waiting.size
        self._filled.set()
        return waiting.confirmed

    async def run(self) -> None:
        """Send batch after batch until cancelled; what is still queued then is refused."""
        batch: list[_Waiting] = []
        try:
            while True:
                await self._filled.wait()
                await asyncio.sleep(LINGER_S)
                batch = self._take()
                if batch:
                    await self._send(batch)
        finally:
            for waiting in (*batch, *self._queue):
                _refuse(waiting)

    def _take(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        size, now_s = 0, asyncio.get_running_loop().time()
        while self._queue and len(batch) < BATCH_RECORDS and size < BATCH_BYTES:
            waiting = self._queue.popleft()
            self._bytes -= waiting.size
            if waiting.until_s < now_s:
                _refuse(waiting)  # its sender was told so long ago
                continue
            batch.append(waiting)
            size += waiting.size
        if not self._queue:
            self._filled.clear()
        WAITING.set(len(self._queue))
        return batch

    async def _send(self, batch: list[_Waiting]) -> None:
        pending: dict[tuple[str, int], list[Record]] = defaultdict(list)
        for waiting in batch:
            pending[waiting.place].append(waiting.record)
        try:
            with CONFIRM_SECONDS.time():
                await self._sender.send(pending)
        except (KafkaError, OSError, TimeoutError) as error:
            self._note(away=True, error=type(error).__name__)
            for waiting in batch:
                _refuse(waiting)
        else:
            self._note(away=False)
            for waiting in batch:
                if not waiting.confirmed.done():
                    waiting.confirmed.set_result(None)

    def _note(self, *, away: bool, error: str = "") -> None:
        if away and not self.away:
            log.warning("Kafka does not confirm; deliveries are refused until it does", error=error)
        if self.away and not away:
            log.info("Kafka confirms again")
        self.away = away


def _refuse(waiting: _Waiting) -> None:
    if not waiting.confirmed.done():
        waiting.confirmed.set_exception(away())
        waiting.confirmed.exception()  # looked at: nobody may be waiting any more


def away() -> Refused:
    """Return why a delivery is refused that Kafka did not confirm."""
    return Refused(Reason.KAFKA_AWAY, "the delivery could not be recorded: try again later")
