"""Judges what an order owes: kept, broken, open, or nothing (domain.md sections 1 and 14)."""

from dataclasses import dataclass

from pipeline.domain.milestones import Milestones, Ms, Obligation
from schemas.vocabulary import Verdict


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with its rule (docs/promises.md). Times are milliseconds since 1970 UTC.

    `deadline_ms`: the next deadline of an open promise, the first missed one of a broken one, the last met
    one of a kept one. `settled_ms`: the last fulfilment of a kept promise, the missed deadline of a broken.
    """

    verdict: Verdict
    rule: str
    deadline_ms: Ms = None
    settled_ms: Ms = None
    next_due_ms: Ms = None
    is_open: bool = False


def judge(milestones: Milestones, now_ms: int) -> Judgement:
    """Return the verdict at `now_ms`: at or before a deadline keeps, and on the very instant it is open."""
    owed = milestones.obligations
    if not owed:
        return Judgement(Verdict.NONE, "closed_before_deadline" if milestones.closed else "no_promise")
    unmet = [o for o in owed if o.fulfilled_ms is None]
    is_open = bool(unmet) and not milestones.closed
    broken = min((o for o in owed if _is_broken(o, now_ms)), key=_by_deadline, default=None)
    if broken is not None:
        rule = f"{broken.kind}_overdue" if broken.fulfilled_ms is None else f"{broken.kind}_late"
        return Judgement(Verdict.BROKEN, rule, broken.deadline_ms, broken.deadline_ms, None, is_open)
    if unmet:
        due = min(unmet, key=_by_deadline).deadline_ms
        return Judgement(Verdict.OPEN, "not_due", due, None, due, is_open)
    last = max(owed, key=_by_deadline)
    settled = max(o.fulfilled_ms for o in owed if o.fulfilled_ms is not None)
    return Judgement(Verdict.KEPT, "kept_in_time", last.deadline_ms, settled)


def _is_broken(owed: Obligation, now_ms: int) -> bool:
    reached = now_ms if owed.fulfilled_ms is None else owed.fulfilled_ms
    return reached > owed.deadline_ms


def _by_deadline(owed: Obligation) -> tuple[int, str]:
    return owed.deadline_ms, owed.kind
