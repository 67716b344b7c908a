"""What the judges of an order and the keeper of anomalies say, as events to put into the store."""

from datetime import datetime
from typing import Any

from schemas.anomaly_life import AnomalyAccount, AnomalyStanding
from schemas.base import Event
from schemas.care import ActToReview
from schemas.conflict import OrderLocked, OrderUnlocked, Spoken
from schemas.order import OrderReported
from schemas.promise import OrderPhaseChanged
from schemas.refund import RefundAffirmed, RefundDoubted, RefundSent, RefundVerified
from schemas.returns import FreezeCommission, NotifyRestock, ReturnBegun, StepHandedOver, StepSettled
from tests.connected.shelf import HOUR, NOW, head


def standing(name: str, detected_at: datetime = NOW, **more: Any) -> AnomalyStanding:
    base = {"anomaly_id": name, "kind": "stalled", "severity": "warning", "sightings": 1}
    base |= {"detected_at": detected_at, "last_seen_at": detected_at}
    return AnomalyStanding.model_validate(base | {"heal_deadline_at": detected_at + 2 * HOUR} | more)


def standings(subject: str, *anomalies: AnomalyStanding) -> AnomalyAccount:
    return AnomalyAccount(**head(f"standing {subject}"), subject=subject, anomalies=anomalies)


def shown(order_id: str, phase: str, at: datetime, **more: Any) -> OrderReported:
    """The app's screen began to say so at `at`."""
    base = head(f"app {order_id} {phase} {at} {more}", occurred_at=at, observed_at=at)
    base |= {"order_id": order_id, "platform": "jd", "shop": "east", "reporter": "app", "mapping": "app@1"}
    version = (at - NOW).total_seconds() * 1000 + 10**12
    return OrderReported.model_validate(base | {"phase": phase, "version": int(version)} | more)


def became(order_id: str, phase: str, at: datetime, shop: str = "east") -> OrderPhaseChanged:
    """By what we know now, the phase began at `at`."""
    base = head(f"phase {order_id} {phase} {at}", occurred_at=at, observed_at=at)
    return OrderPhaseChanged.model_validate(base | {"order_id": order_id, "shop": shop, "phase": phase})


def locked(order_id: str, conflict_id: str, at: datetime = NOW) -> OrderLocked:
    spoken = {"mapping": "m@1", "since_at": at - HOUR, "said_at": at - HOUR}
    said = [
        Spoken(reporter="erp", phase="shipped", **spoken),
        Spoken(reporter="wms", phase="signed", **spoken),
    ]
    base = head(
        f"locked {conflict_id}", occurred_at=at, order_id=order_id, shop="east", conflict_id=conflict_id
    )
    told = {"differs_since_at": at - HOUR, "settle_ms": 300_000, "evidence": said}
    return OrderLocked.model_validate(base | told)


def unlocked(order_id: str, conflict_id: str, how: str = "agreement") -> OrderUnlocked:
    base = head(f"unlocked {conflict_id}", order_id=order_id, shop="east", conflict_id=conflict_id)
    return OrderUnlocked.model_validate(base | {"how": how})


def to_review(name: str, **more: Any) -> ActToReview:
    base = head(f"review {name} {more}", order_id="A", shop="east", alarm_id=name, since_at=NOW - HOUR)
    told = {"act": "coupon", "act_id": f"coupon {name}", "why": "promise_not_broken"}
    return ActToReview.model_validate(base | told | more)


def refund(refund_id: str, verdict: str, at: datetime = NOW, **more: Any) -> RefundVerified:
    base = head(f"verdict {refund_id} {verdict} {at}", occurred_at=at, order_id="A", refund_id=refund_id)
    base |= {"platform": "jd", "shop": "east", "version": 1, "verdict": verdict, "rule": verdict}
    base |= {
        "rules_version": "r",
        "mapping": "jd@1",
        "reason_zh": "因",
        "reason_en": "why",
        "facts": {"a": "1"},
    }
    return RefundVerified.model_validate(base | {"amount_fen": 500, "requested_at": NOW - HOUR} | more)


def refund_doubt(refund_id: str) -> list[Event]:
    """A refund that was sent and should not have been, with the command that sent it."""
    base = {
        "order_id": "A",
        "refund_id": refund_id,
        "shop": "east",
        "refund_version": 1,
        "rules_version": "r",
    }
    sent = head(f"sent {refund_id}", occurred_at=NOW - HOUR) | {"platform": "jd", "amount_fen": 500}
    doubted = head(f"doubt {refund_id}", subject=f"act:refund|A|{refund_id}") | {"facts": {"paid_fen": "1"}}
    return [
        RefundSent.model_validate(base | sent | {"rule": "finance"}),
        RefundDoubted.model_validate(base | doubted | {"rule": "refund_mismatch", "verdict": "manual"}),
    ]


def refund_affirmed(refund_id: str) -> RefundAffirmed:
    base = head(f"affirmed {refund_id}", order_id="A", refund_id=refund_id, shop="east")
    return RefundAffirmed.model_validate(base | {"subject": f"act:refund|A|{refund_id}", "end": "withdrawn"})


def return_told(refund_id: str) -> list[Event]:
    """A return of which one step is confirmed, one with a person, one commanded twice, one waiting."""
    base = {"order_id": "A", "refund_id": refund_id, "shop": "east"}

    def step(name: str, **more: Any) -> dict[str, Any]:
        return head(f"{name} {refund_id} {more}") | base | {"command_id": f"{name} {refund_id}"} | more

    freeze, attach = "freeze_commission", "attach_quality_reports"
    return [
        ReturnBegun.model_validate(head(f"begun {refund_id}") | base),
        FreezeCommission.model_validate(step(freeze, attempt=1)),
        NotifyRestock.model_validate(step("notify_restock", attempt=1, levels=[])),
        NotifyRestock.model_validate(step("notify_restock", attempt=2, levels=[])),
        StepHandedOver.model_validate(step(freeze, step=freeze, because="unconfirmed", attempts=1)),
        StepSettled.model_validate(step(freeze, step=freeze, how="confirmed")),
        StepHandedOver.model_validate(
            step(attach, step=attach, because="no_quality_reports_told", attempts=0)
        ),
    ]
