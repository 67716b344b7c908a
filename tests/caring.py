"""Promise care of one order, fed by a real order hub: tests say only what matters to them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipeline.domain.care import CarePolicy, CareState, decide_care
from pipeline.domain.care.deciding import Fact
from pipeline.domain.instants import to_ms
from pipeline.domain.outcome import Outcome
from schemas.base import derived_id
from schemas.care import CouponSent, Noticed
from schemas.conflict import OrderLocked, OrderUnlocked, StatusDiffered, UnlockedBy
from schemas.order import OrderReported, ParcelReported, TicketReported
from schemas.promise import OrderAccount
from schemas.vocabulary import Phase, Platform
from tests.builders import ORDER, Hub
from tests.one_order import OneOrder

CARE_POLICY = CarePolicy()


def account(*facts: OrderReported, now: datetime) -> OrderAccount:
    """The hub's account of the order at `now`, after these reports."""
    return Hub().hears(*facts, now=now).account


def carrier_says(
    said: datetime, phase: Phase = Phase.SHIPPED, waybill: str = "SF1", **told: Any
) -> ParcelReported:
    """The carrier's track of one parcel. Any: they are the fields of the fact."""
    what = {"version": to_ms(said), "occurred_at": said, "observed_at": said, **told}
    return ParcelReported(
        event_id=derived_id(f"{waybill}|{sorted(map(str, what.items()))}", "parcel.reported"),
        cause_id=waybill,
        order_id=ORDER,
        platform=Platform.TMALL,
        shop="shop-a",
        waybill=waybill,
        mapping="test@1",
        phase=phase,
        **what,
    )


def scanned(first: datetime, last: datetime | None = None, **told: Any) -> ParcelReported:
    """A track whose oldest and newest scans are these."""
    newest = last or first
    return carrier_says(newest, first_scan_at=first, last_scan_at=newest, **told)


def ticket(said: datetime, ticket_id: str = "T-1", **told: Any) -> TicketReported:
    """A complaint that is open, unless told otherwise."""
    what = {"topic": "late", "complaint": True, "open": True, "version": to_ms(said), **told}
    return TicketReported(
        event_id=derived_id(f"{ticket_id}|{said}|{sorted(map(str, what.items()))}", "ticket.reported"),
        cause_id=ticket_id,
        occurred_at=said,
        observed_at=what.pop("observed_at", said),
        order_id=ORDER,
        shop="shop-a",
        ticket_id=ticket_id,
        mapping="cs@1",
        **what,
    )


def _told(said: datetime, what: str) -> dict[str, Any]:
    base = {"cause_id": ORDER, "occurred_at": said, "observed_at": said, "order_id": ORDER, "shop": "shop-a"}
    return {"event_id": derived_id(ORDER, f"{what}|{said}"), **base}


def differed(said: datetime, differing: bool = True) -> StatusDiffered:
    return StatusDiffered(**_told(said, f"differed{differing}"), differing=differing)


def lock(said: datetime, conflict_id: str = "conflict-1") -> OrderLocked:
    told = _told(said, f"locked{conflict_id}")
    return OrderLocked(**told, conflict_id=conflict_id, differs_since_at=said, settle_ms=300_000, evidence=())


def unlock(said: datetime, conflict_id: str = "conflict-1") -> OrderUnlocked:
    return OrderUnlocked(
        **_told(said, f"open{conflict_id}"), conflict_id=conflict_id, how=UnlockedBy.AGREEMENT
    )


@dataclass
class Care(OneOrder[CarePolicy, Fact, CareState]):
    """Promise care of one order."""

    policy: CarePolicy = CARE_POLICY

    def decide(self, fact: Fact | None) -> Outcome[CareState]:
        return decide_care(self.state, fact, ORDER, to_ms(self.now), self.policy)

    def told(self, kind: type[Noticed]) -> list[str]:
        """How the alarms of one kind began and ended, in order."""
        return [str(event.end or "opened") for event in self.events if isinstance(event, kind)]

    def last(self, kind: type[Noticed]) -> Any:  # Any: an event of that kind
        return [event for event in self.events if isinstance(event, kind)][-1]

    @property
    def coupons(self) -> list[CouponSent]:
        return [event for event in self.events if isinstance(event, CouponSent)]
