"""The breaker's decisions: hear a word or a supervisor's decision, lock, unlock, ask for corrections."""

from typing import Any

from pipeline.domain.conflict.policy import ConflictPolicy
from pipeline.domain.conflict.telling import Teller
from pipeline.domain.conflict.timeline import COMMAND, Lock, Reading, read
from pipeline.domain.conflict.words import VOICES, ConflictState, hear, phase_now
from pipeline.domain.instants import to_ms
from pipeline.domain.outcome import Outcome
from schemas.base import Event
from schemas.conflict import ConflictDecided, UnlockedBy
from schemas.order import (
    ClockTicked,
    InvoiceReported,
    OrderReported,
    ParcelReported,
    RefundReported,
    TicketReported,
)

Fact = (
    OrderReported
    | ParcelReported
    | InvoiceReported
    | RefundReported
    | TicketReported
    | ClockTicked
    | ConflictDecided
)
CONFLICT, SINCE, TOLD = range(3)
"""Where each part of an announced lock stands."""


def decide_conflict(
    state: ConflictState | None, fact: Fact | None, key: str, now_ms: int, policy: ConflictPolicy
) -> Outcome[ConflictState]:
    """Take one fact about an order or a decision on it, or (None) the passing of time, at `now_ms`.

    What says no shipping phase of ERP, WMS or customer service changes nothing, but lets time pass. Raises
    Undecidable for a fact that the order cannot hold.
    """
    before = state or ConflictState()
    match fact:
        case OrderReported():
            heard = hear(before, fact)
        case ConflictDecided():
            heard = _take(before, fact)
        case _:
            heard = before
    is_news = heard.words is not before.words or heard.decision is not before.decision
    if state is None and not is_news:
        return Outcome(None)
    if not is_news and not _is_due(heard, now_ms):
        heard = _awaiting(heard, heard.due_ms, policy)
        return Outcome(heard, (), heard.due_ms, is_news=False)
    if fact is not None and _is_calm(heard):
        heard = _awaiting(heard, None, policy)
        return Outcome(heard, (), heard.due_ms, is_news=False)
    reading = read(heard, now_ms, policy)
    after, events = _announce(heard, reading, Teller(key, heard.shop, now_ms, fact))
    after = _awaiting(after, reading.due_ms, policy)
    if fact is None and not events and _is_settled(after) and now_ms > heard.heard_ms + policy.retention_ms:
        return Outcome(None)
    return Outcome(after, tuple(events), after.due_ms, is_news=bool(events))


def _is_calm(state: ConflictState) -> bool:
    """Nobody differs now, and nothing that was announced of the past can have changed."""
    if state.differing or state.locked or state.healed or state.decision:
        return False
    phases = {phase_now(state.words, voice) for voice in VOICES}
    return len(phases - {None}) <= 1


def _is_due(state: ConflictState, now_ms: int) -> bool:
    return state.due_ms is not None and now_ms > state.due_ms


def _take(state: ConflictState, command: ConflictDecided) -> ConflictState:
    """Keep the decision made last; heard again it changes nothing."""
    at = to_ms(command.occurred_at)
    told = [at, command.command_id, str(command.right), command.decided_by, command.why]
    heard_ms = max(state.heard_ms, to_ms(command.observed_at))
    held = state.decision
    if held is not None and (
        held[COMMAND] == command.command_id or told[: COMMAND + 1] <= held[: COMMAND + 1]
    ):
        return state._replace(heard_ms=heard_ms)
    return state._replace(decision=told, asked=[], heard_ms=heard_ms)


def _awaiting(state: ConflictState, lock_due_ms: int | None, policy: ConflictPolicy) -> ConflictState:
    """An order that is locked, or about to be, is never forgotten."""
    if _is_settled(state):
        return state._replace(due_ms=state.heard_ms + policy.retention_ms)
    return state._replace(due_ms=None if state.locked else lock_due_ms)


def _is_settled(state: ConflictState) -> bool:
    return not state.differing and state.locked is None


def _announce(state: ConflictState, reading: Reading, teller: Teller) -> tuple[ConflictState, list[Event]]:
    """What changed since the last announcement: a difference begins, then locks, opens, and ends."""
    events: list[Event] = []
    differing = bool(reading.rifts)
    if differing and not state.differing:
        events.append(teller.differed(reading, differing=True))
    if state.healed and _matching(state.healed, reading) is None:
        events.append(
            teller.unlocked(state, state.healed, reading, UnlockedBy.WITHDRAWN, corrects=UnlockedBy.AGREEMENT)
        )
        state = state._replace(healed=None)
    if state.locked and not _is_same(state.locked, reading.lock):
        how = _end(state.locked, reading)
        events.append(teller.unlocked(state, state.locked, reading, how))
        healed = state.locked if how is UnlockedBy.AGREEMENT else None
        state = state._replace(locked=None, healed=healed)
    if reading.lock and state.locked is None:
        event = teller.locked(reading.lock, reading, state.locks)
        events.append(event)
        told = [event.conflict_id, reading.lock.rift.since_ms, teller.now_ms]
        state = state._replace(locked=told, locks=state.locks + 1)
    if state.differing and not differing:
        events.append(teller.differed(reading, differing=False))
    if differing != state.differing:
        state = state._replace(differing=differing)
    for run in reading.overruled:
        if state.decision and reading.decided and run.reporter not in state.asked:
            events.append(teller.correction(state.decision, reading.decided, run))
            state = state._replace(asked=[*state.asked, str(run.reporter)])
    return state, events


def _is_same(told: list[Any], lock: Lock | None) -> bool:
    """The lock that was announced still stands, even if something told late moved its beginning."""
    return lock is not None and lock.from_ms <= told[TOLD]


def _matching(told: list[Any], reading: Reading) -> Lock | None:
    """The lock that was announced, as it looks by all that is told now; None: it never was."""
    standing = [lock for lock in (reading.lock,) if lock]
    for lock in reversed([*reading.past, *standing]):
        if lock.from_ms <= told[TOLD] and (lock.ended_ms is None or lock.ended_ms > told[SINCE]):
            return lock
    return None


def _end(told: list[Any], reading: Reading) -> UnlockedBy:
    if reading.is_decided:
        return UnlockedBy.DECISION
    lock = _matching(told, reading)
    return lock.how if lock and lock.how else UnlockedBy.WITHDRAWN
