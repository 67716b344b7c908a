"""The healers of domain.md section 6: what each saw, as the finding that ends an anomaly."""

from datetime import datetime
from typing import Any, Literal, NamedTuple

from pipeline.domain.addresses import heal
from pipeline.domain.instants import from_ms
from schemas.anomaly_life import ConditionGone, ConditionSeen, HealAttempted, order_subject
from schemas.base import Event, derived_id
from schemas.order import Receiver
from schemas.vocabulary import AddressQuality, AnomalyEnd, AnomalyKind

Severity = Literal["notice", "warning", "critical"]

ADDRESS_HEALER = "divisions"
STOCK_HEALER = "calibration"


class Notice(NamedTuple):
    """Because of which event a healer looked, about what, and when by the event clock."""

    subject: str
    cause: Event
    now_ms: int


def heal_address(
    order_id: str, receiver: Receiver, cause: Event, now_ms: int
) -> tuple[Receiver | None, ConditionGone | HealAttempted | None]:
    """Complete a bad address by the table of divisions: the completed receiver, and what to say of it.

    A receiver that is not bad (a masked one is not) needs no healer: (None, None).
    """
    if receiver.quality is not AddressQuality.BAD:
        return None, None
    notice = Notice(order_subject(order_id), cause, now_ms)
    completed = heal(receiver)
    if completed is None:
        because = ", ".join(receiver.reasons)
        return None, attempted(notice, AnomalyKind.AMBIGUOUS_ADDRESS, ADDRESS_HEALER, because)
    because = f"completed to {completed.province}|{completed.city}|{completed.district}"
    return completed, gone(notice, AnomalyKind.AMBIGUOUS_ADDRESS, AnomalyEnd.HEALED, because)


def address_given(
    order_id: str, receiver: Receiver, by: str, cause: Event, now_ms: int
) -> ConditionGone | None:
    """A better address that a person gave is resolved (domain.md section 14); None while it is bad."""
    if receiver.quality is AddressQuality.BAD:
        return None
    notice = Notice(order_subject(order_id), cause, now_ms)
    return gone(notice, AnomalyKind.AMBIGUOUS_ADDRESS, AnomalyEnd.RESOLVED, f"{by} gave a better address")


def conflict_ended(
    order_id: str, how: Literal["agreed", "disproved"], cause: Event, now_ms: int
) -> ConditionGone:
    """A conflict whose reporters agree again is healed; one that a late-told agreement disproves never was.

    What a supervisor decides is no healer's: that is resolved.
    """
    notice = Notice(order_subject(order_id), cause, now_ms)
    if how == "agreed":
        return gone(notice, AnomalyKind.STATUS_CONFLICT, AnomalyEnd.HEALED, "the reporters agree again")
    because = "an agreement that was told late disproves it"
    return gone(notice, AnomalyKind.STATUS_CONFLICT, AnomalyEnd.WITHDRAWN, because)


def seen(
    notice: Notice,
    kind: AnomalyKind,
    severity: Severity,
    evidence: dict[str, str],
    heal_by: datetime | None = None,
) -> ConditionSeen:
    """Return the finding that something is wrong; its id derives from the event that showed it."""
    told = {**_common(notice, f"seen|{kind}"), "kind": kind, "severity": severity, "evidence": evidence}
    return ConditionSeen.model_validate({**told, "heal_deadline_at": heal_by})


def gone(notice: Notice, kind: AnomalyKind, how: AnomalyEnd, because: str) -> ConditionGone:
    """Return the finding that a condition is over; its id derives from the event that showed it."""
    told = {**_common(notice, f"gone|{kind}|{how}"), "kind": kind, "how": how, "because": because[:512]}
    return ConditionGone.model_validate(told)


def attempted(
    notice: Notice, kind: AnomalyKind, healer: str, because: str, number: int | None = None
) -> HealAttempted:
    """Return the finding that a healer tried in vain; `number` tells several of one event apart."""
    what = f"attempted|{kind}" if number is None else f"attempted|{kind}|{number}"
    told = {**_common(notice, what), "kind": kind, "healer": healer}
    return HealAttempted.model_validate({**told, "because": because[:512]})


def _common(notice: Notice, what: str) -> dict[str, Any]:  # fields of a finding, which validates them
    cause = notice.cause
    return {
        "event_id": derived_id(cause.event_id, f"{what}|{notice.subject}"),
        "cause_id": cause.event_id,
        "occurred_at": cause.occurred_at,
        "observed_at": from_ms(notice.now_ms),
        "subject": notice.subject,
    }
