"""From what the judges of an order decided to findings: what is wrong, and what is no longer."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from pipeline.domain.healers import Notice, Severity, conflict_ended, gone, seen
from pipeline.domain.order_case.state import OrderCase
from schemas.anomaly_life import order_subject
from schemas.base import Event, type_of
from schemas.care import (
    LateFirstScan,
    Noticed,
    PromiseAtRisk,
    PromiseBroken,
    SignedNotReceived,
    Stalled,
)
from schemas.conflict import OrderLocked, OrderUnlocked, UnlockedBy
from schemas.refund import RefundMatched, RefundMismatched
from schemas.vocabulary import AnomalyEnd, AnomalyKind

KINDS: Final[dict[type[Event], tuple[AnomalyKind, Severity]]] = {
    PromiseAtRisk: (AnomalyKind.PROMISE_AT_RISK, "warning"),
    PromiseBroken: (AnomalyKind.PROMISE_BROKEN, "critical"),
    LateFirstScan: (AnomalyKind.LATE_FIRST_SCAN, "warning"),
    Stalled: (AnomalyKind.STALLED, "warning"),
    SignedNotReceived: (AnomalyKind.SIGNED_NOT_RECEIVED, "critical"),
}
"""What promise care notices, as kinds of anomalies (domain.md section 6)."""
BECAUSE: Final = {
    AnomalyEnd.HEALED: "fulfilled in time",
    AnomalyEnd.FAILED: "the deadline passed unmet",
    AnomalyEnd.WITHDRAWN: "a late report: it never was at risk",
}
"""Why an alarm of a promise ended, where care itself gives no reason."""


def findings(told: list[Event], case: OrderCase, key: str, now_ms: int) -> Iterator[Event]:
    """Give the findings of what was decided. What still holds of another parcel or promise is not gone."""
    for event in told:
        notice = Notice(order_subject(key), event, now_ms)
        match event:
            case OrderLocked():
                evidence = {"order_id": key, "conflict_id": event.conflict_id}
                evidence |= {str(s.reporter): f"{s.phase} ({s.raw_code})" for s in event.evidence}
                yield seen(notice, AnomalyKind.STATUS_CONFLICT, "critical", evidence)
            case OrderUnlocked() if case.breaker is None or case.breaker.locked is None:
                yield _unlocked(event, notice)
            case Noticed() if type(event) in KINDS:
                yield from _noticed(event, case, notice)
            case RefundMismatched():
                told_of = event.model_dump(
                    mode="json", include={"order_id", "refund_id", "reason", "amount_fen", "paid_fen"}
                )
                evidence = {name: str(value) for name, value in told_of.items() if value is not None}
                refund = notice._replace(subject=event.subject)
                yield seen(refund, AnomalyKind.REFUND_MISMATCH, "warning", evidence)
            case RefundMatched():
                refund = notice._replace(subject=event.subject)
                yield gone(refund, AnomalyKind.REFUND_MISMATCH, event.end, f"decided by {event.because}")


def _unlocked(event: OrderUnlocked, notice: Notice) -> Event:
    match event.how:
        case UnlockedBy.AGREEMENT:
            return conflict_ended(event.order_id, "agreed", event, notice.now_ms)
        case UnlockedBy.WITHDRAWN:
            return conflict_ended(event.order_id, "disproved", event, notice.now_ms)
        case UnlockedBy.DECISION:
            because = f"{event.decided_by}: {event.why}"
            return gone(notice, AnomalyKind.STATUS_CONFLICT, AnomalyEnd.RESOLVED, because)


def _noticed(event: Noticed, case: OrderCase, notice: Notice) -> Iterator[Event]:
    kind, severity = KINDS[type(event)]
    if event.end is None:
        yield seen(notice, kind, severity, _evidence(event), _heal_by(event))
    elif not _holds(type(event), case):
        yield gone(notice, kind, event.end, event.because or BECAUSE.get(event.end, str(event.end)))


def _holds(kind: type[Event], case: OrderCase) -> bool:
    """Another alarm of this kind stands: of another parcel, or of another promise."""
    return case.care is not None and case.care.is_alarmed(type_of(kind))


def _heal_by(event: Noticed) -> datetime | None:
    """What is feared happens at the deadline; everything else has the usual two hours."""
    return event.deadline_at if isinstance(event, PromiseAtRisk) else None


def _evidence(event: Noticed) -> dict[str, str]:
    told = event.model_dump(
        mode="json",
        exclude={"event_id", "cause_id", "occurred_at", "observed_at", "type", "end", "corrects", "because"},
    )
    return {
        name: ", ".join(value) if isinstance(value, list) else str(value)
        for name, value in told.items()
        if value not in (None, "")
    }
