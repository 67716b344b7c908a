"""What promise care notices and does about an order, keyed by order id.

Everything noticed is told twice: when it begins (`end` None) and when it ends. `corrects`: it had ended
otherwise until something was told late.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field

from schemas.base import Event
from schemas.order import OrderId, Short
from schemas.vocabulary import AnomalyEnd


class Noticed(Event):
    """What all of them tell: `occurred_at` is when it began or ended, `alarm_id` stays until then."""

    KEY: ClassVar[str] = "order_id"
    order_id: OrderId
    shop: str
    alarm_id: str
    since_at: AwareDatetime
    end: AnomalyEnd | None = None
    corrects: AnomalyEnd | None = None
    because: str = Field(default="", description="why it ended, for people")


class PromiseAtRisk(Noticed):
    """Less than the risk window remains until `deadline_at`; one alarm a promise, ever.

    Ends: healed (fulfilled in time), failed (broken), cleared (moved, held or closed), withdrawn (fulfilled
    or closed before the window began, but told late).
    """

    type: Literal["promise.at_risk"] = "promise.at_risk"
    promise: Literal["ship", "sign"]
    deadline_at: AwareDatetime


class PromiseBroken(Noticed):
    """The promise was missed at `deadline_at`. Ends only by being withdrawn: a late report disproves it."""

    type: Literal["promise.broken"] = "promise.broken"
    rule: str
    deadline_at: AwareDatetime


class LateFirstScan(Noticed):
    """A parcel left the warehouse at `since_at` and no carrier has scanned it for more than 24 h.

    `worst`: the parcel of the order that has waited longest after this, empty when none does any more.
    Ends: healed (scanned), cleared (closed), withdrawn (scanned in time, told late).
    """

    type: Literal["parcel.late_first_scan"] = "parcel.late_first_scan"
    waybill: Short
    worst: Short = ""


class Stalled(Noticed):
    """A parcel moves no more: its carrier says so, or nobody scanned it for more than 48 h since `since_at`.

    `worst` and the ends as in LateFirstScan; healed: it was scanned again.
    """

    type: Literal["parcel.stalled"] = "parcel.stalled"
    waybill: Short
    carrier_says: bool
    worst: Short = ""


class SignedNotReceived(Noticed):
    """The carrier says signed, and a complaint says not received: `waybills` and `tickets` name them.

    Ends: resolved (the ticket was closed), withdrawn (it was closed before the signature, or the carrier
    takes the signature back).
    """

    type: Literal["order.signed_not_received"] = "order.signed_not_received"
    waybills: tuple[Short, ...]
    tickets: tuple[Short, ...]


class CouponSent(Event):
    """A command: send a compensation coupon for this broken promise. `coupon_id` is the order's for ever."""

    KEY: ClassVar[str] = "order_id"
    type: Literal["coupon.sent"] = "coupon.sent"
    order_id: OrderId
    shop: str
    coupon_id: str
    rule: str
    deadline_at: AwareDatetime


class ActToReview(Noticed):
    """What was done and a later report made wrong; it is not reversed, a person looks at it.

    `since_at` is when it was done. Ends: withdrawn (a still later report makes it right again).
    """

    type: Literal["act.to_review"] = "act.to_review"
    act: Literal["coupon"]
    act_id: str
    why: Literal["promise_not_broken", "complained_before"]


CareEvent = Annotated[
    PromiseAtRisk | PromiseBroken | LateFirstScan | Stalled | SignedNotReceived | CouponSent | ActToReview,
    Field(discriminator="type"),
]
