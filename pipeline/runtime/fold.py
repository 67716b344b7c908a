"""The helpers every agent is made of: decode, fold, settle."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from pipeline.domain.instants import to_ms
from pipeline.domain.outcome import Outcome, Undecidable
from pipeline.producer import Producer
from pipeline.runtime.batch import HEARTBEAT_S, SESSION_TIMEOUT_S, Batch, KafkaRecord
from pipeline.runtime.metrics import CONSUMED, EMITTED, SKIPPED, WATERMARK
from pipeline.runtime.salvage import DeadLetterLimit, LeftBehind, dead_letter
from pipeline.runtime.table import Slot, StateTable
from schemas.base import Event

S = TypeVar("S")
E = TypeVar("E", bound=Event)
Decoder = Callable[[KafkaRecord], Any]
Decide = Callable[[S | None, Any, str, int], Outcome[S]]
Describe = Callable[[S, str, int, object], Event | None]


@dataclass(slots=True)
class AgentContext:
    """What an agent works with: its name, the confirmed producer and its dead-letter count."""

    agent: str
    producer: Producer
    limit: DeadLetterLimit


@dataclass(frozen=True, slots=True)
class Judge(Generic[S]):
    """What an agent decides, and how it describes a key whose state changed. Both pure.

    `describe` None: the agent keeps no account of its keys, its events say everything. It gives None for a
    key of which there is no account.
    """

    decide: Decide[S]
    describe: Describe[S] | None = None


@dataclass(slots=True)
class Folded(Generic[S]):
    """Every touched key's new slot, and whether the clock moved; `table` None: the agent keeps no state."""

    table: StateTable[S] | None = None
    slots: dict[bytes, Slot[S]] = field(default_factory=dict)
    clock_moved: bool = False


def json_decoder(carries: Any) -> Decoder:
    """Return a decoder of a topic's union of events; it raises ValidationError."""
    validate = TypeAdapter(carries).validate_json

    def decode_value(record: KafkaRecord) -> Any:
        return validate(record.value or b"")

    return decode_value


def decode(batch: Batch, decoder: Decoder, context: AgentContext) -> Iterator[tuple[KafkaRecord, Any]]:
    """Give (record, what it says) of the batch, one at a time. Poison leaves here, with its bytes.

    Nothing decoded is kept: of a fetch of many thousand records only what comes of them takes memory.
    """
    limit = context.limit
    for topic, count in Counter(map(attrgetter("topic"), batch.records)).items():
        CONSUMED.labels(context.agent, topic).inc(count)
    batch.undo.append(partial(limit.restore, limit.in_a_row))
    for record in batch.records:
        try:
            event = decoder(record)
        except (ValidationError, Undecidable) as error:
            reject(batch, record, error, context)
            continue
        if limit.in_a_row:
            limit.passed()
        yield record, event


def reject(batch: Batch, record: KafkaRecord, error: Exception, context: AgentContext) -> None:
    """Set a record aside as poison; its neighbours go on. Raises TooManyDeadLetters beyond the limit."""
    letter = dead_letter(record, context.agent, error)
    context.limit.failed(letter)
    batch.set_aside(letter)


def fold(
    batch: Batch,
    events: Iterable[tuple[KafkaRecord, Any]],
    table: StateTable[S],
    judge: Judge[S],
    context: AgentContext,
) -> Folded[S]:
    """Put each event to the decision, in order; each key is read once and described once.

    What a decision says goes to the partition of its own key, which may be another than the one decided on.
    Offsets already applied are skipped, yet their keys are written again: after a crash the store may hold
    what its changelog lost. Deadlines that the batch's clock has passed are put to the decision at the end.
    """
    partition, source = batch.partition, table.spec.topics.index(batch.topic)
    clock = table.clock(partition)
    before_ms = clock.now_ms
    batch.undo.append(partial(clock.rewind, before_ms))
    slots: dict[bytes, Slot[S]] = {}
    changed: set[bytes] = set()
    skipped = 0
    for record, event in events:
        clock.observe(to_ms(min(event.occurred_at, event.observed_at)))
        key = record.key or b""
        slot = slots.get(key)
        if slot is None:
            slot = slots[key] = table.read(partition, key).copy()
        if record.offset <= slot.applied[source]:
            skipped += 1
            continue
        slot.applied[source] = record.offset
        try:
            outcome = judge.decide(slot.state, event, key.decode(), clock.now_ms)
        except Undecidable as error:
            reject(batch, record, error, context)
            continue
        if _apply(batch, slot, outcome):
            changed.add(key)
    changed |= _fold_deadlines(batch, table, slots, judge.decide)
    if judge.describe is not None:
        _describe(batch, slots, changed, judge.describe, clock.now_ms)
    SKIPPED.labels(context.agent).inc(skipped)
    WATERMARK.labels(context.agent, str(partition)).set(clock.now_ms / 1000)
    worth = {key: slot for key, slot in slots.items() if slot.worth_writing}
    return Folded(table, worth, clock_moved=clock.now_ms > before_ms)


def _apply(batch: Batch, slot: Slot[S], outcome: Outcome[S]) -> bool:
    """Take over what was decided; returns whether the key must be described anew."""
    slot.state = outcome.state
    slot.due_ms = outcome.due_ms
    if outcome.view is not None:
        slot.view = outcome.view
    for event in outcome.events:
        batch.emit(event)
    return outcome.is_news


def _describe(
    batch: Batch, slots: dict[bytes, Slot[S]], changed: set[bytes], describe: Describe[S], now_ms: int
) -> None:
    for key in sorted(changed):
        slot = slots[key]
        account = None if slot.state is None else describe(slot.state, key.decode(), now_ms, slot.view)
        if account is not None:
            batch.emit(account, here=True)


def _fold_deadlines(
    batch: Batch, table: StateTable[S], slots: dict[bytes, Slot[S]], decide: Decide[S]
) -> set[bytes]:
    clock = table.clock(batch.partition)
    reached = set()
    passed = clock.passed()
    batch.undo.append(partial(clock.put_back, passed))
    for due_ms, key in passed:
        slot = slots.get(key) or table.read(batch.partition, key).copy()
        if slot.state is None or slot.due_ms != due_ms:
            continue
        slots[key] = slot
        if _apply(batch, slot, decide(slot.state, None, key.decode(), clock.now_ms)):
            reached.add(key)
    return reached


async def settle(batch: Batch, context: AgentContext, folded: Folded[Any] | None = None) -> None:
    """Outputs confirmed, then state and changelog confirmed, then the batch acknowledged; in that order.

    State says "applied": were it durable before the outputs, a crash would skip the record and lose them.
    Raises LeftBehind when the partition was given away meanwhile, KafkaError when the broker is away.
    """
    _require_current(batch)
    batch.sent = await context.producer.send(batch.outputs)
    if folded is not None and folded.table is not None and (folded.slots or folded.clock_moved):
        await _require_lease(batch)
        await folded.table.write(batch.partition, folded.slots, context.producer)
    for (topic, _), records in batch.outputs.items():
        EMITTED.labels(context.agent, topic).inc(len(records))
    batch.acknowledge()


async def _require_lease(batch: Batch) -> None:
    """Changelog writes are not fenced: after a stop this long a heartbeat must first tell whose it is."""
    if batch.age_s() > SESSION_TIMEOUT_S:
        await asyncio.sleep(2 * HEARTBEAT_S)
    _require_current(batch)


def _require_current(batch: Batch) -> None:
    if not batch.is_current():
        batch.let_go()
        raise LeftBehind(batch.place)
