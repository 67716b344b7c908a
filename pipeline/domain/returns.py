"""Decides the four steps of a return: each is sent until it is confirmed, or goes to a person."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from pipeline.domain.instants import from_ms, to_ms
from pipeline.domain.outcome import Outcome, Undecidable
from pipeline.domain.policy import DAY_MS
from pipeline.domain.return_state import (
    CONFIRMED,
    HANDED_OVER,
    NOT_NEEDED,
    SENT,
    WAITING,
    Case,
    ReturnState,
    Step,
    hear_place,
    hear_told,
)
from pipeline.domain.warehouses import Warehouses
from schemas.base import Event, derived_id
from schemas.instruction import OrderFact
from schemas.order import OrderReported, RefundReported
from schemas.returns import (
    AttachQualityReports,
    FreezeCommission,
    NotifyRestock,
    PushReturnAddress,
    QualityReportsTold,
    ReturnBegun,
    ReturnStep,
    StepCommand,
    StepConfirmed,
    StepHandedOver,
    StepSettled,
    StockTold,
    step_command_id,
)

ReturnInput = OrderFact

COMMANDS: Final[dict[ReturnStep, type[StepCommand]]] = {
    ReturnStep.FREEZE_COMMISSION: FreezeCommission,
    ReturnStep.ATTACH_QUALITY_REPORTS: AttachQualityReports,
    ReturnStep.PUSH_RETURN_ADDRESS: PushReturnAddress,
    ReturnStep.NOTIFY_RESTOCK: NotifyRestock,
}


@dataclass(frozen=True, slots=True)
class ReturnPolicy:
    """How a return is carried out.

    `attempts`: how often a command is sent at most. `delays_ms`: the wait after each attempt; the last
    repeats. `told_wait_ms`: how long a step waits for what it needs: the customer's place, reports, stock
    (10 min, as refunds wait for their order). `quality_ms`: how old a quality report may be, inclusive
    (domain.md section 7). `retention_ms`: how long an order whose returns are over stays in worker state.
    """

    warehouses: Warehouses = field(default_factory=Warehouses)
    attempts: int = 4
    delays_ms: tuple[int, ...] = (60_000, 300_000, 1_800_000)
    told_wait_ms: int = 600_000
    quality_ms: int = 30 * DAY_MS
    retention_ms: int = 45 * DAY_MS

    def delay_ms(self, attempt: int) -> int:
        """The wait after that attempt, counted from 1."""
        return self.delays_ms[min(attempt, len(self.delays_ms)) - 1]


class Verdict(NamedTuple):
    """What a waiting step comes to: its command's fields, or (`said` None) an end; `how` and why."""

    said: dict[str, Any] | None  # fields of the command, which validates them
    how: str = SENT
    because: str = ""


class _Return(NamedTuple):
    """One return at one instant, as the decisions below need it."""

    order_id: str
    refund_id: str
    state: ReturnState
    now_ms: int
    policy: ReturnPolicy


def decide_return(
    state: ReturnState | None, event: ReturnInput | None, key: str, now_ms: int, policy: ReturnPolicy
) -> Outcome[ReturnState]:
    """Take one fact about an order, or (None) the passing of time, at `now_ms` of the event clock.

    Raises Undecidable for a confirmation of a command that was never sent, and for one return too many. A
    lock of the order changes nothing here (domain.md section 14).
    """
    before = state or ReturnState()
    after, events = (before, []) if event is None else _hear(before, event, key, now_ms)
    if not after.cases and not after.place:
        return Outcome(None)
    if event is not None:
        after = after._replace(heard_ms=max(after.heard_ms, now_ms))
    for refund_id in after.cases:
        case, sent = _advance(_Return(key, refund_id, after, now_ms, policy))
        after = after.with_case(refund_id, case, key)
        events += sent
    due_ms = _due_ms(after, policy)
    if event is None and not events and due_ms == _forget_ms(after, policy) and now_ms > due_ms:
        return Outcome(None)
    return Outcome(after, tuple(events), due_ms)


def _hear(state: ReturnState, event: ReturnInput, key: str, now_ms: int) -> tuple[ReturnState, list[Event]]:
    match event:
        case OrderReported():
            return hear_place(state, event), []
        case RefundReported():
            return _asked(state, event, key, now_ms) if event.returns_goods else (state, [])
        case StepConfirmed():
            return _confirmed(state, event, key)
        case QualityReportsTold() | StockTold():
            case = hear_told(state.case(event.refund_id), event)
            return state.with_case(event.refund_id, case, key), []
        case _:
            return state, []


def _asked(
    state: ReturnState, report: RefundReported, key: str, now_ms: int
) -> tuple[ReturnState, list[Event]]:
    case = state.case(report.refund_id)
    asked_ms = to_ms(report.occurred_at)
    asked_ms = asked_ms if case.asked_ms is None else min(case.asked_ms, asked_ms)
    begun_ms = now_ms if case.begun_ms is None else case.begun_ms
    after = state.with_case(report.refund_id, case._replace(begun_ms=begun_ms, asked_ms=asked_ms), key)
    after = after._replace(shop=report.shop or state.shop)
    if case.begun_ms is not None:
        return after, []
    begun = ReturnBegun(
        event_id=derived_id(key, f"return|begun|{report.refund_id}"),
        cause_id=report.event_id,
        occurred_at=report.occurred_at,
        observed_at=report.observed_at,
        order_id=key,
        refund_id=report.refund_id,
        shop=after.shop,
    )
    return after, [begun]


def _confirmed(state: ReturnState, said: StepConfirmed, key: str) -> tuple[ReturnState, list[Event]]:
    """Take a confirmation: of whatever attempt, however late, and even after a person was given the step."""
    if said.command_id != step_command_id(key, said.refund_id, said.step):
        raise Undecidable(
            f"order {key}: refund {said.refund_id} has no command {said.command_id} for {said.step};"
            " confirm with the command_id that the command carried"
        )
    case = state.case(said.refund_id)
    if case.step(said.step).status in (CONFIRMED, NOT_NEEDED):
        return state, []
    after = state.with_case(said.refund_id, case.with_step(said.step, Step(CONFIRMED)), key)
    what = _common(key, said.refund_id, said.step, said.event_id, said.occurred_at)
    return after, [_settled(what, state.shop, said.step, CONFIRMED)]


def _advance(at: _Return) -> tuple[Case, list[Event]]:
    """Carry on every step that is not over; none waits for another."""
    case = at.state.case(at.refund_id)
    events: list[Event] = []
    if case.begun_ms is None:
        return case, events
    for step in ReturnStep:
        held = case.step(step)
        if held.status == WAITING:
            after, said = _begun(at, case, step)
        elif held.status == SENT and held.due_ms is not None and at.now_ms > held.due_ms:
            after, said = _again(at, held, step)
        else:
            continue
        case = case.with_step(step, after)
        events += said
    return case, events


def _begun(at: _Return, case: Case, step: ReturnStep) -> tuple[Step, list[Event]]:
    verdict = _verdict(at, case, step)
    if verdict is None:
        return Step(due_ms=_told_by_ms(at, case)), []
    if verdict.said is not None:
        return _attempt(at, step, verdict.said, 1)
    if verdict.how == HANDED_OVER:
        return _hand_over(at, step, verdict.because, 0)
    what = _common(at.order_id, at.refund_id, step, at.refund_id, from_ms(at.now_ms))
    return Step(NOT_NEEDED), [_settled(what, at.state.shop, step, NOT_NEEDED)]


def _again(at: _Return, held: Step, step: ReturnStep) -> tuple[Step, list[Event]]:
    if held.attempt >= at.policy.attempts:
        return _hand_over(at, step, "unconfirmed", held.attempt)
    return _attempt(at, step, held.said or {}, held.attempt + 1)


def _told_by_ms(at: _Return, case: Case) -> int:
    return (case.begun_ms or 0) + at.policy.told_wait_ms


def _verdict(at: _Return, case: Case, step: ReturnStep) -> Verdict | None:
    """Return what a waiting step comes to; None while it waits for what it needs."""
    over = at.now_ms > _told_by_ms(at, case)
    match step:
        case ReturnStep.FREEZE_COMMISSION:
            return Verdict({})
        case ReturnStep.ATTACH_QUALITY_REPORTS:
            if case.reports is None:
                return Verdict(None, HANDED_OVER, "no_quality_reports_told") if over else None
            return _listed("reports", [r for r in case.reports if _is_recent(r, case, at.policy)])
        case ReturnStep.PUSH_RETURN_ADDRESS:
            return _address(at) if at.state.place or over else None
        case ReturnStep.NOTIFY_RESTOCK:
            if case.levels is None:
                return Verdict(None, HANDED_OVER, "no_stock_told") if over else None
            return _listed("levels", [one for one in case.levels if one["units"] < one["safety_units"]])


def _listed(name: str, found: list[Any]) -> Verdict:
    return Verdict({name: found}) if found else Verdict(None, NOT_NEEDED)


def _is_recent(report: dict[str, Any], case: Case, policy: ReturnPolicy) -> bool:
    """At most 30 days old when the customer asked, inclusive; none is from later."""
    age_ms = (case.asked_ms or 0) - to_ms(datetime.fromisoformat(report["reported_at"]))
    return 0 <= age_ms <= policy.quality_ms


def _address(at: _Return) -> Verdict:
    province, city = at.state.place[3:] if at.state.place else ("", "")
    nearest = at.policy.warehouses.nearest(at.state.shop, province, city)
    if nearest is None:
        return Verdict(None, HANDED_OVER, "no_warehouse")
    return Verdict({"warehouse": nearest[0], "rule": nearest[1]})


def _attempt(at: _Return, step: ReturnStep, said: dict[str, Any], attempt: int) -> tuple[Step, list[Event]]:
    what = _common(at.order_id, at.refund_id, step, at.refund_id, from_ms(at.now_ms))
    command_id = what["command_id"]
    what["event_id"] = derived_id(command_id, f"attempt|{attempt}")
    command = COMMANDS[step].model_validate({**what, **said, "shop": at.state.shop, "attempt": attempt})
    return Step(SENT, attempt, at.now_ms + at.policy.delay_ms(attempt), said), [command]


def _hand_over(at: _Return, step: ReturnStep, because: str, attempts: int) -> tuple[Step, list[Event]]:
    what = _common(at.order_id, at.refund_id, step, at.refund_id, from_ms(at.now_ms))
    what |= {"event_id": derived_id(what["command_id"], "handed_over"), "shop": at.state.shop, "step": step}
    handed = StepHandedOver.model_validate({**what, "because": because, "attempts": attempts})
    return Step(HANDED_OVER), [handed]


def _settled(what: dict[str, Any], shop: str, step: ReturnStep, how: str) -> StepSettled:
    what = {**what, "event_id": derived_id(what["command_id"], "settled"), "shop": shop}
    return StepSettled.model_validate({**what, "step": step, "how": how})


def _common(
    order_id: str, refund_id: str, step: ReturnStep, cause_id: str, at: datetime
) -> dict[str, Any]:  # fields of an event, which validates them
    command_id = step_command_id(order_id, refund_id, step)
    when = {"cause_id": cause_id, "occurred_at": at, "observed_at": at}
    return {**when, "order_id": order_id, "refund_id": refund_id, "command_id": command_id}


def _forget_ms(state: ReturnState, policy: ReturnPolicy) -> int:
    return state.heard_ms + policy.retention_ms


def _due_ms(state: ReturnState, policy: ReturnPolicy) -> int:
    """When the next attempt or the end of a wait is; with nothing awaited, when the order is forgotten."""
    dues = [
        step.due_ms
        for case in state.cases.values()
        for step in case.steps.values()
        if not step.is_over and step.due_ms is not None
    ]
    return min(dues, default=_forget_ms(state, policy))
