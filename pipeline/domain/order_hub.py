"""The order hub's decisions: hear a report, judge the promise."""

from datetime import datetime
from typing import Final

from pipeline.domain.instants import from_ms, from_ms_or_none
from pipeline.domain.milestones import Milestones, Ms, last_phase, platform_word, read_milestones
from pipeline.domain.order_state import EYEWITNESSES, PARCEL_TIMES, OrderState, file_run, hear, hear_parcel
from pipeline.domain.outcome import Outcome
from pipeline.domain.policy import OrderPolicy
from pipeline.domain.promise import Judgement, judge
from schemas.base import Event, derived_id
from schemas.order import (
    ClockTicked,
    InvoiceReported,
    OrderReported,
    ParcelReported,
    RefundReported,
    TicketReported,
)
from schemas.promise import OrderPhaseChanged, PromiseJudged
from schemas.vocabulary import Phase, Reporter, ShippingPhase, Verdict

Report = OrderReported | ParcelReported
Fact = Report | InvoiceReported | RefundReported | TicketReported | ClockTicked

BYSTANDERS: Final = frozenset({Reporter.ERP, Reporter.CS, Reporter.APP})
"""Reporters whose word moves no milestone and closes nothing; it is kept and shown."""
SIGHTINGS: Final = ("outbound_at", "first_scan_at", "signed_at", "units")
"""What a warehouse or a carrier can say that moves a milestone."""


def decide_order(
    state: OrderState | None, fact: Fact | None, key: str, now_ms: int, policy: OrderPolicy
) -> Outcome[OrderState]:
    """Take one fact about an order, or (None) the passing of time, at `now_ms` of the event clock.

    Invoices, refunds, tickets and ticks change no milestone: the state stays as it is. Raises Undecidable for
    a fact that the order cannot hold.
    """
    if isinstance(fact, OrderReported):
        heard = hear(state or OrderState(), fact)
        moves = state is None or not _moves_nothing(state, fact)
    elif isinstance(fact, ParcelReported):
        heard = hear_parcel(state or OrderState(), fact)
        moves = state is None or not _same_sightings(state, heard, fact.waybill)
    else:
        return _looked_at(state, fact, key, now_ms, policy)
    if state is None or moves or not _still_awaited(heard, now_ms):
        return _judged(state, heard, key, now_ms, policy, cause=fact)
    is_news = heard.words is not state.words or ((heard.platform, heard.shop) != (state.platform, state.shop))
    return Outcome(heard, (), heard.due_ms, is_news)


def _looked_at(
    state: OrderState | None, fact: Fact | None, key: str, now_ms: int, policy: OrderPolicy
) -> Outcome[OrderState]:
    """Judge again what nothing new was said of; a settled order is forgotten after its retention."""
    if state is None:
        return Outcome(None)
    judged = _judged(state, state, key, now_ms, policy, cause=None)
    silent = fact is None and now_ms > state.heard_ms + policy.retention_ms
    if silent and not judged.events and judged.due_ms == state.heard_ms + policy.retention_ms:
        return Outcome(None)
    return judged


def _moves_nothing(before: OrderState, fact: OrderReported) -> bool:
    if fact.reporter in EYEWITNESSES:
        if any(getattr(fact, name) is not None for name in SIGHTINGS):
            return False
        return fact.reporter is Reporter.WMS or _knows_parcel(before, fact.line)
    return fact.reporter in BYSTANDERS


def _knows_parcel(state: OrderState, waybill: str) -> bool:
    """One more parcel moves milestones, even unscanned: the order waits for all of them."""
    return waybill in state.words.get(Reporter.CARRIER, ())


def _same_sightings(before: OrderState, heard: OrderState, waybill: str) -> bool:
    """True when the carrier told no new parcel and no new time: its later entries move no milestone."""
    if heard.words is before.words:
        return True
    seen = heard.words[Reporter.CARRIER][waybill]
    held = before.words.get(Reporter.CARRIER, {}).get(waybill)
    return held is not None and all(held.get(name) == seen.get(name) for name in PARCEL_TIMES)


def _still_awaited(state: OrderState, now_ms: int) -> bool:
    """True while nothing is due: then a word that moves no milestone cannot change a verdict."""
    return state.due_ms is None or judging_ms(state, now_ms) <= state.due_ms


def judging_ms(state: OrderState, now_ms: int) -> int:
    """The instant an order is judged at: the clock of its import with --as-of, else the event clock."""
    fixed = _as_of_ms(state)
    return max(now_ms, state.floor_ms) if fixed is None else fixed


def _as_of_ms(state: OrderState) -> Ms:
    """The instant its import fixed; once a platform speaks of the order itself, no import fixes its clock."""
    return None if platform_word(state) else file_run(state.words)[0]


def _judged(
    before: OrderState | None,
    state: OrderState,
    key: str,
    now_ms: int,
    policy: OrderPolicy,
    *,
    cause: Report | None,
) -> Outcome[OrderState]:
    milestones = read_milestones(state, policy)
    as_of_ms = _as_of_ms(state)
    judgement = judge(milestones, max(now_ms, state.floor_ms) if as_of_ms is None else as_of_ms)
    phase = back_end_phase(milestones)
    events: list[Event] = []
    if phase != (state.phase or ShippingPhase.NOT_SHIPPED):
        events.append(_phase_changed(state, key, phase, milestones, now_ms=now_ms, cause=cause))
    if judgement.verdict != (state.verdict or Verdict.NONE):
        events.append(_promise_judged(state, key, judgement, now_ms, cause))
    due = judgement.next_due_ms if as_of_ms is None else None
    if due is None and _is_settled(state, judgement):
        due = state.heard_ms + policy.retention_ms
    after = OrderState(
        words=state.words,
        platform=state.platform,
        shop=state.shop,
        verdict=str(judgement.verdict),
        phase=str(phase),
        floor_ms=state.floor_ms,
        heard_ms=state.heard_ms,
        due_ms=due,
        named=state.named,
    )
    is_news = before is None or before.words is not state.words or bool(events) or due != before.due_ms
    return Outcome(after, tuple(events), due, is_news, view=(milestones, judgement))


def _is_settled(state: OrderState, judgement: Judgement) -> bool:
    """Nothing is awaited. A held order awaits the end of its hold, however long nobody speaks of it."""
    return not judgement.is_open and last_phase(platform_word(state)) is not Phase.HOLD


def back_end_phase(milestones: Milestones) -> ShippingPhase:
    """closed > signed > shipped (first parcel out) > not_shipped; a file's own word counts as evidence."""
    if milestones.closed:
        return ShippingPhase.CLOSED
    if milestones.signed_ms is not None or milestones.told is ShippingPhase.SIGNED:
        return ShippingPhase.SIGNED
    if milestones.first_out_ms is not None or milestones.told is ShippingPhase.SHIPPED:
        return ShippingPhase.SHIPPED
    return ShippingPhase.NOT_SHIPPED


def _phase_changed(
    state: OrderState,
    key: str,
    phase: ShippingPhase,
    milestones: Milestones,
    *,
    now_ms: int,
    cause: Report | None,
) -> OrderPhaseChanged:
    at = phase_ms(phase, milestones)
    occurred = from_ms(at) if at is not None else _decided_at(now_ms, cause)
    return OrderPhaseChanged(
        event_id=derived_id(key, f"phase|{phase}|{state.phase}|{at}"),
        cause_id=cause.event_id if cause else key,
        occurred_at=occurred,
        observed_at=cause.observed_at if cause else occurred,
        order_id=key,
        shop=state.shop,
        phase=phase,
        previous=ShippingPhase(state.phase) if state.phase else None,
    )


def phase_ms(phase: ShippingPhase, milestones: Milestones) -> Ms:
    """When the order came into its back-end phase; None where nobody told the time."""
    match phase:
        case ShippingPhase.CLOSED:
            return milestones.closed_ms
        case ShippingPhase.SIGNED:
            return milestones.signed_ms
        case ShippingPhase.SHIPPED:
            return milestones.first_out_ms
        case ShippingPhase.NOT_SHIPPED:
            return milestones.ordered_ms


def _promise_judged(
    state: OrderState, key: str, judgement: Judgement, now_ms: int, cause: Report | None
) -> PromiseJudged:
    settled = judgement.settled_ms
    content = f"promise|{judgement.verdict}|{state.verdict}|{settled}|{judgement.deadline_ms}"
    return PromiseJudged(
        event_id=derived_id(key, content),
        cause_id=cause.event_id if cause else key,
        occurred_at=_decided_at(now_ms, cause) if settled is None else from_ms(settled),
        observed_at=cause.observed_at if cause else from_ms(now_ms),
        order_id=key,
        shop=state.shop,
        verdict=judgement.verdict,
        corrects=_corrected(state),
        rule=judgement.rule,
        deadline_at=from_ms_or_none(judgement.deadline_ms),
        settled_at=from_ms_or_none(settled),
    )


def _corrected(state: OrderState) -> Verdict | None:
    """The earlier verdict, where it was one that only a further report could change."""
    was_final = state.verdict in (Verdict.KEPT, Verdict.BROKEN)
    was_closed = state.verdict == Verdict.NONE and state.phase == ShippingPhase.CLOSED
    return Verdict(state.verdict) if was_final or was_closed else None


def _decided_at(now_ms: int, cause: Report | None) -> datetime:
    return cause.occurred_at if cause else from_ms(now_ms)
