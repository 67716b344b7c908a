"""Facts about one order, keyed by order id: what each reporter said, and the ticking of the clock."""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field

from schemas.base import Event, Message, NotNegative, Whole
from schemas.vocabulary import (
    AddressQuality,
    Phase,
    Platform,
    Proof,
    RefundStandard,
    Reporter,
    TrackFlag,
)

OrderId = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\x00]")]
"""No NUL at the start: keys of the state tables that begin with one are the runtime's own."""


Short = Annotated[str, Field(max_length=128)]
Waybill = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\x00]")]


class Receiver(Message):
    """Where an order goes, as far as a rule may know it: names of places and the verdict, never the street.

    `reasons` say why an address is bad, `candidates` what it may be completed to; `phone_tail` are the
    last four digits, empty when masked.
    """

    province: Short = ""
    city: Short = ""
    district: Short = ""
    town: Short = ""
    quality: AddressQuality
    reasons: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    phone_tail: str = Field(default="", max_length=4)


class OrderReported(Event):
    """One reporter's snapshot of one order, or of one line or parcel of it.

    Times are aware UTC with millisecond precision; money is fen. A field that is None says nothing:
    it never erases what the same reporter said before. `version` orders the words of one reporter
    (milliseconds since 1970 when `version_is_time`, else any rising number); `observed_at` breaks ties.
    `extra` is carried for people and is read by no rule.
    """

    KEY: ClassVar[str] = "order_id"
    type: Literal["order.reported"] = "order.reported"
    order_id: OrderId
    platform: Platform
    shop: str = Field(max_length=128)
    reporter: Reporter
    mapping: str = Field(description="field map and its version, as name@version")
    phase: Phase | None = Field(default=None, description="None: this report says no phase")
    raw_code: str = Field(
        default="", max_length=256, description="the status exactly as the reporter wrote it"
    )
    version: Whole | None = None
    version_is_time: bool = True
    line: str = Field(default="", max_length=128, description="order line or waybill; empty: the whole order")
    units: NotNegative | None = Field(
        default=None, description="platform: units ordered; WMS: units in this parcel"
    )
    goods: dict[str, NotNegative] | None = Field(
        default=None, description="SKU -> pieces; platform: of the whole order, WMS: of this parcel"
    )
    warehouse: Short | None = Field(default=None, description="WMS: where this parcel is packed")
    ordered_at: AwareDatetime | None = None
    paid_at: AwareDatetime | None = None
    promised_ship_at: AwareDatetime | None = None
    promised_sign_at: AwareDatetime | None = None
    outbound_at: AwareDatetime | None = None
    first_scan_at: AwareDatetime | None = None
    signed_at: AwareDatetime | None = None
    closed_at: AwareDatetime | None = None
    cannot_supply: bool = Field(default=False, description="the merchant could not supply: closes nothing")
    policy_promise: bool = Field(
        default=False, description="the shop owes the policy's shipping deadline where the platform gave none"
    )
    cash_on_delivery: bool = False
    paid_fen: NotNegative | None = None
    has_gift: bool | None = Field(default=None, description="platform: a gift is among the lines")
    is_customised: bool | None = Field(default=None, description="platform: goods made to the buyer's wish")
    is_parent: bool = Field(default=False, description="a parent that was split: it neither ships nor counts")
    receiver: Receiver | None = None
    judged_at: AwareDatetime | None = Field(
        default=None, description="the order is judged no earlier than this"
    )
    as_of: AwareDatetime | None = Field(
        default=None, description="the order is judged exactly at this instant"
    )
    extra: dict[str, str] = Field(default_factory=dict)


class ParcelReported(Event):
    """What a carrier said of one parcel of one order, since somebody told which orders are in it.

    Every field is the carrier's own; a field that is None says nothing. `version` is the time of the newest
    entry of the track (milliseconds since 1970 UTC). `phase` None: the parcel is linked to the order, and no
    carrier has spoken of it yet.
    """

    KEY: ClassVar[str] = "order_id"
    type: Literal["parcel.reported"] = "parcel.reported"
    order_id: OrderId
    platform: Platform
    shop: Short
    waybill: Waybill
    carrier: Short = ""
    mapping: str
    phase: Phase | None = None
    raw_code: str = Field(default="", max_length=256)
    flags: tuple[TrackFlag, ...] = ()
    version: Whole | None = None
    first_scan_at: AwareDatetime | None = None
    last_scan_at: AwareDatetime | None = None
    signed_at: AwareDatetime | None = None


class InvoiceReported(Event):
    """An invoice of the order was issued, or (`red_lettered`) taken back."""

    KEY: ClassVar[str] = "order_id"
    type: Literal["invoice.reported"] = "invoice.reported"
    order_id: OrderId
    shop: Short
    invoice_id: str = Field(min_length=1, max_length=128)
    red_lettered: bool = False
    mapping: str
    version: Whole | None = None


class RefundReported(Event):
    """A refund request as the platform tells it, and what its codes amount to; the refund centre judges it.

    `standard` is what the codes alone say; PENDING becomes REFUNDABLE once one of the `proofs` is there
    (platforms.md, lines "raise"). `done`: the money is already out. `unknown`: one of the codes is in no
    table, so nothing is decided. `returns_goods`: the buyer sends something back.
    """

    KEY: ClassVar[str] = "order_id"
    type: Literal["refund.reported"] = "refund.reported"
    order_id: OrderId
    platform: Platform
    shop: str
    refund_id: str = Field(min_length=1)
    mapping: str
    raw_codes: dict[str, str] = Field(description="status field -> code, exactly as received")
    standard: RefundStandard
    proofs: tuple[Proof, ...] = ()
    done: bool = False
    unknown: bool = False
    returns_goods: bool | None = None
    amount_fen: NotNegative
    version: Whole | None = None


class TicketReported(Event):
    """A customer-service ticket on an order; `complaint` tells a complaint from a question."""

    KEY: ClassVar[str] = "order_id"
    type: Literal["ticket.reported"] = "ticket.reported"
    order_id: OrderId
    shop: str
    ticket_id: str = Field(min_length=1)
    mapping: str
    topic: str = Field(max_length=64)
    complaint: bool
    open: bool
    version: Whole | None = None


class ClockTicked(Event):
    """The clock of one partition has reached `occurred_at`: time as data, so that a replay repeats it."""

    KEY: ClassVar[str] = "source"
    type: Literal["clock.ticked"] = "clock.ticked"
    source: str
