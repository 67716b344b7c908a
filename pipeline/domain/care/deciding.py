"""Promise care's decisions: hear a fact, raise and end alarms, send the one coupon."""

from typing import Final

from pipeline.domain.care.noticing import (
    AT_RISK,
    BROKEN,
    REVIEW,
    Alarm,
    Watched,
    due_times,
    end_of,
    is_broken,
    notice,
    watch,
)
from pipeline.domain.care.policy import CarePolicy
from pipeline.domain.care.state import CareState, Heard, hear
from pipeline.domain.care.telling import END, KIND, TIMES, Change, Teller, alarm_of, entry_of
from pipeline.domain.outcome import Outcome
from schemas.base import Event
from schemas.conflict import CorrectionRequested
from schemas.order import ClockTicked, InvoiceReported, RefundReported
from schemas.promise import ClockAdvanced, OrderPhaseChanged, PromiseJudged
from schemas.vocabulary import AnomalyEnd

Fact = (
    Heard
    | InvoiceReported
    | RefundReported
    | ClockTicked
    | ClockAdvanced
    | OrderPhaseChanged
    | PromiseJudged
    | CorrectionRequested
)
ENDED_MOST: Final = 100
"""Most alarms of one order that are remembered after their end; those of promises are forgotten last."""


def decide_care(
    state: CareState | None, fact: Fact | None, key: str, now_ms: int, policy: CarePolicy
) -> Outcome[CareState]:
    """Take one fact about an order, or (None) the passing of time, at `now_ms` of the event clock.

    What the clock has passed is decided before the fact is heard, so that it does not matter whether the
    clock or the fact is put to the decision first. Raises Undecidable for a fact that the order cannot hold.
    """
    before = state or CareState(known_ms=now_ms)
    events: list[Event] = []
    watched: Watched | None = None
    if before.due_ms is not None and now_ms > before.due_ms:
        watched = watch(before, now_ms, policy)
        before, events = _look(before, watched, Teller(key, now_ms, None), policy)
    after, heard_ms = before, before.heard_ms
    if isinstance(fact, Heard):
        after = hear(before, fact)
        if after != before:
            watched = watch(after, now_ms, policy)
            after, more = _look(after, watched, Teller(key, now_ms, fact), policy)
            events = [*events, *more]
        elif state is None:
            return Outcome(None)
        heard_ms = max(heard_ms, now_ms)
    elif state is None:
        return Outcome(None)
    if watched is None:
        watched = watch(after, now_ms, policy)
    awaited = min([due for due in due_times(after, watched) if due >= now_ms], default=None)
    if awaited is None and _is_settled(after):
        awaited = heard_ms + policy.retention_ms
        if fact is None and not events and now_ms > awaited:
            return Outcome(None)
    after = CareState(*after[:-3], heard_ms, awaited, after.known_ms)
    return Outcome(after, tuple(events), awaited, is_news=bool(events))


def _is_settled(state: CareState) -> bool:
    """Nothing is awaited: the order is done, what went wrong is over, and no coupon is held back.

    A broken promise and an act to review are over: they only end if a late report disproves them.
    """
    is_open = state.account is not None and bool(state.account["is_open"])
    alarmed = any(
        entry[END] is None and entry[KIND] not in (BROKEN, REVIEW) for entry in state.alarms.values()
    )
    return not (is_open or alarmed or state.conflicts or state.differing)


def _look(
    state: CareState, watched: Watched, teller: Teller, policy: CarePolicy
) -> tuple[CareState, list[Event]]:
    """Compare what is wrong now with what was announced, and tell the difference."""
    noticed = {alarm.name: alarm for alarm in notice(state, watched, teller.now_ms)}
    alarms = dict(state.alarms)
    changes: list[Change] = []
    for name, entry in state.alarms.items():
        if entry[END] is None and name not in noticed:
            alarm = alarm_of(name, entry)
            end, because = end_of(alarm, state, policy)
            alarms[name] = entry_of(alarm, entry[TIMES], end)
            changes.append(Change(alarm, entry[TIMES], end, because=because))
    for alarm in noticed.values():
        entry = alarms.get(alarm.name, [])
        if entry and entry[END] is None:  # what was told late may have moved its beginning
            alarms[alarm.name] = entry_of(alarm, entry[TIMES], None)
        for change in _changes(alarm, entry):
            alarms[alarm.name] = entry_of(alarm, change.times, change.end)
            changes.append(change)
    if alarms != state.alarms:
        state = state._replace(alarms=_bounded(alarms))
    events = [teller.noticed(state, change) for change in changes]
    if _owes_coupon(state):
        assert state.account is not None
        state = state._replace(coupon=[teller.now_ms, state.account["rule"], state.account["deadline_at"]])
        events.append(teller.coupon(state))
    return state, events


def _changes(alarm: Alarm, entry: list[object]) -> list[Change]:
    """What is to be told of an alarm that is noticed, given how it stands: `entry`, empty if never raised.

    One alarm a promise: that of a promise is never raised again, but its end may be corrected.
    """
    times = int(str(entry[TIMES])) if entry else 0
    end = entry[END] if entry else None
    if alarm.end is None:
        if entry and (end is None or alarm.kind == AT_RISK):
            return []
        return [Change(alarm, times + 1, None)]
    if not entry:
        if alarm.end is AnomalyEnd.WITHDRAWN or not alarm.in_hindsight:
            return []
        return [Change(alarm._replace(at_ms=alarm.since_ms), 1, None), Change(alarm, 1, alarm.end)]
    if end == alarm.end:
        return []
    corrects = None if end is None else AnomalyEnd(str(end))
    return [Change(alarm, times, alarm.end, corrects=corrects)]


def _bounded(alarms: dict[str, list[object]]) -> dict[str, list[object]]:
    ended = [name for name, entry in alarms.items() if entry[END] is not None]
    ended.sort(key=lambda name: name.startswith(AT_RISK))
    for name in ended[: max(0, len(ended) - ENDED_MOST)]:
        del alarms[name]
    return alarms


def _owes_coupon(state: CareState) -> bool:
    """One coupon an order, ever: for a broken promise of which nobody has complained, open or closed.

    Not while its reporters contradict each other. A file that tells of a promise broken before it came tells
    history, as an import --as-of an instant does.
    """
    if state.coupon is not None or not is_broken(state) or state.conflicts or state.differing:
        return False
    assert state.account is not None
    complained = any(told[0][0] for told in state.tickets.values())
    history = state.account["by_file"] and state.account["deadline_at"] <= state.known_ms
    return not (complained or history) and state.account["as_of"] is None
