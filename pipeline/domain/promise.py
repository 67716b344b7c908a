"""Judges what an order owes: kept, broken, open, or nothing (domain.md sections 1 and 14)."""

from typing import NamedTuple, TypedDict

from pipeline.domain.milestones import Milestones, Ms, Obligation
from schemas.vocabulary import Verdict


class Judgement(NamedTuple):
    """A verdict with its rule (docs/promises.md). Times are milliseconds since 1970 UTC.

    `deadline_ms`: the next deadline of an open promise, the first missed one of a broken one, the last met
    one of a kept one. `settled_ms`: the last fulfilment of a kept promise, the missed deadline of a broken.
    `overdue_ms`: the first missed deadline of what is still owed; `next_due_ms`: the next one still ahead.
    `owed`: which of the two promises (ship, sign) that is, the overdue one first.
    """

    verdict: Verdict
    rule: str
    deadline_ms: Ms = None
    settled_ms: Ms = None
    next_due_ms: Ms = None
    overdue_ms: Ms = None
    owed: str = ""
    is_open: bool = False


def judge(milestones: Milestones, now_ms: int) -> Judgement:
    """Return the verdict at `now_ms`: at or before a deadline keeps, and on the very instant it is open."""
    owed = milestones.obligations
    if not owed:
        return Judgement(Verdict.NONE, "closed_before_deadline" if milestones.voided else "no_promise")
    ahead = _still_owed(milestones, now_ms)
    broken = min((o for o in owed if _is_broken(o, now_ms)), key=_by_deadline, default=None)
    if broken is not None:
        rule = f"{broken.kind}_overdue" if broken.fulfilled_ms is None else f"{broken.kind}_late"
        return Judgement(Verdict.BROKEN, rule, broken.deadline_ms, broken.deadline_ms, **ahead)
    if any(o.fulfilled_ms is None for o in owed):
        return Judgement(Verdict.OPEN, "not_due", ahead["next_due_ms"], None, **ahead)
    last = max(owed, key=_by_deadline)
    settled = max(o.fulfilled_ms for o in owed if o.fulfilled_ms is not None)
    return Judgement(Verdict.KEPT, "kept_in_time", last.deadline_ms, settled)


class _Ahead(TypedDict):
    next_due_ms: Ms
    overdue_ms: Ms
    owed: str
    is_open: bool


def _still_owed(milestones: Milestones, now_ms: int) -> _Ahead:
    """What is unmet and was not closed: it stays open, and overdue, until it is fulfilled."""
    unmet = [o for o in milestones.obligations if o.fulfilled_ms is None and not o.closed]
    unmet.sort(key=_by_deadline)
    if not unmet:
        return _Ahead(next_due_ms=None, overdue_ms=None, owed="", is_open=False)
    first = unmet[0]
    return _Ahead(
        next_due_ms=next((o.deadline_ms for o in unmet if o.deadline_ms >= now_ms), None),
        overdue_ms=first.deadline_ms if first.deadline_ms < now_ms else None,
        owed=first.kind,
        is_open=True,
    )


def _is_broken(owed: Obligation, now_ms: int) -> bool:
    if owed.fulfilled_ms is not None:
        return owed.fulfilled_ms > owed.deadline_ms
    return owed.closed or now_ms > owed.deadline_ms


def _by_deadline(owed: Obligation) -> tuple[int, str]:
    return owed.deadline_ms, owed.kind
