"""Poison against outage: what can never work is set aside with its bytes, what may pass is waited for."""

import os
from base64 import b64encode
from collections.abc import Awaitable, Callable

import structlog
from aiokafka.errors import KafkaError
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_random_exponential

from pipeline.domain.instants import from_ms
from pipeline.runtime.batch import KafkaRecord
from pipeline.runtime.metrics import REJECTED, RETRIED
from schemas.dead_letter import DeadLetter

log = structlog.get_logger(__name__)

Body = Callable[[], Awaitable[None]]
SCHEMA_VERSION = "v1"
LONGEST_WAIT_S = 15.0
EXIT_FATAL = 70
LONGEST_RAW = 600_000
"""Most bytes of a record that a dead letter keeps: as base64 they still fit one Kafka message."""
LAST_MS = 253_402_300_799_000
"""31 December 9999: a producer may stamp its records with anything."""


class Outage(Exception):
    """Something outside is away and may come back: wait, keep the partition, acknowledge nothing."""


OUTAGES = (Outage, KafkaError, ConnectionError, TimeoutError)


class LeftBehind(Exception):
    """The partition belongs to somebody else by now: drop the batch, its new owner gets it."""


class TooManyDeadLetters(Exception):
    """So many records in a row cannot be read that the code or the setting must be wrong."""


class DeadLetterLimit:
    """Counts dead letters in a row of one agent; a record that works starts the count again."""

    def __init__(self, agent: str, limit: int) -> None:
        self.agent = agent
        self.limit = limit
        self.in_a_row = 0

    def passed(self) -> None:
        """A record worked."""
        self.in_a_row = 0

    def restore(self, in_a_row: int) -> None:
        """Go back to an earlier count: the batch is tried again."""
        self.in_a_row = in_a_row

    def failed(self, letter: DeadLetter) -> None:
        """A record did not; raises TooManyDeadLetters beyond the limit."""
        self.in_a_row += 1
        REJECTED.labels(self.agent, letter.error).inc()
        if self.in_a_row > self.limit:
            raise TooManyDeadLetters(
                f"{self.agent}: {self.in_a_row} records in a row cannot be read; the last one is"
                f" {letter.origin_topic}[{letter.origin_partition}]@{letter.origin_offset}: {letter.reason}."
                " Mend the map or the sender, or raise CERTAINTY_DEAD_LETTER_LIMIT; nothing was acknowledged."
            )


def dead_letter(record: KafkaRecord, agent: str, error: Exception) -> DeadLetter:
    """Return the letter of a record: its id is its position, so that replays do not multiply it."""
    raw, reason = record.value or b"", str(error)[:2000]
    if len(raw) > LONGEST_RAW:
        raw, reason = raw[:LONGEST_RAW], f"{reason} (only the first {LONGEST_RAW} bytes are kept)"
    appended_at = from_ms(min(max(record.timestamp, 0), LAST_MS))
    return DeadLetter(
        letter_id=f"{record.topic}-{record.partition}-{record.offset}",
        origin_topic=record.topic,
        origin_partition=record.partition,
        origin_offset=record.offset,
        origin_key=(record.key or b"").decode("utf-8", "replace"),
        occurred_at=appended_at,
        observed_at=appended_at,
        agent=agent,
        reason=reason,
        error=type(error).__name__,
        schema_version=SCHEMA_VERSION,
        raw=b64encode(raw),
    )


async def guarded(agent: str, place: object, body: Body, on_retry: Callable[[], None]) -> None:
    """Run a body until it is through: an outage is waited out, anything unforeseen ends the process.

    `place` names the records in the log by its text; `on_retry` undoes what a failed try left in memory.
    Nothing escapes: an exception that left a Faust agent would acknowledge what it was handling.
    """

    def note(attempt: RetryCallState) -> None:
        on_retry()
        error = attempt.outcome.exception() if attempt.outcome else None
        RETRIED.labels(agent, type(error).__name__).inc()
        log.warning("waiting out an outage", agent=agent, place=str(place), attempt=attempt.attempt_number,
                    error=repr(error))  # fmt: skip

    try:
        await _until_through(body, note)
    except LeftBehind as error:
        on_retry()
        log.info("left a batch to the partition's new owner", agent=agent, place=str(error))
    except Exception as error:  # the one place: ending un-acknowledged is the only safe answer
        log.critical("the agent cannot go on; the worker stops, nothing of this was acknowledged",
                     agent=agent, place=str(place), error=str(error), exc_info=True)  # fmt: skip
        os._exit(EXIT_FATAL)


async def _until_through(body: Body, note: Callable[[RetryCallState], None]) -> None:
    """Tenacity is asked only after a failure: its books refer to themselves, and would keep every batch with
    all that came of it until garbage is collected."""
    try:
        await body()
    except OUTAGES as error:
        failed = [error]
    else:
        return

    async def again() -> None:
        if failed:
            raise failed.pop()
        await body()

    patient = AsyncRetrying(
        retry=retry_if_exception_type(OUTAGES),
        wait=wait_random_exponential(multiplier=0.2, max=LONGEST_WAIT_S),
        before_sleep=note,
        reraise=True,
    )
    await patient(again)
