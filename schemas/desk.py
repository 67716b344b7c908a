"""The front-line desk: three buttons and one look-up, each a command, each answered once."""

from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field, PositiveInt, model_validator

from schemas.base import Event, Message, NotNegative
from schemas.inventory import Sku
from schemas.order import OrderId, Short, Waybill
from schemas.vocabulary import Phase, TrackFlag

CommandKey = Annotated[str, Field(min_length=1, max_length=128)]
AddressId = Annotated[str, Field(min_length=1, max_length=128)]
LISTED_MOST = 200
"""Most addresses of one customer, and most parcels of one order, that are told."""


class DeskReason(StrEnum):
    """Why the desk says no, or what it has to add; rules/desk.toml says each in words."""

    NO_SUCH_ORDER = "no_such_order"
    TOO_LATE = "too_late"
    LOCKED = "locked"
    CLOSED = "closed"
    OUTBOUND = "outbound"
    UNPAID = "unpaid"
    ON_HOLD = "on_hold"
    REFUND_OPEN = "refund_open"
    BAD_ADDRESS = "bad_address"
    OVERSOLD = "oversold"
    SPLIT_PARENT = "split_parent"
    CUSTOMISED = "customised"
    UNKNOWN_PLACE = "unknown_place"
    UNKNOWN_ADDRESS = "unknown_address"
    PLACE_DIFFERS = "place_differs"
    INVOICE_ISSUED = "invoice_issued"
    NOT_A_CHOICE = "not_a_choice"
    PAID_UNKNOWN = "paid_unknown"
    MORE_THAN_PAID = "more_than_paid"
    NO_PARCEL_YET = "no_parcel_yet"


class Spot(Message):
    """Province, city and district by their names in the table of divisions; never a street."""

    province: Short
    city: Short = ""
    district: Short = ""


class KnownAddress(Message):
    """One address of the customer, by reference."""

    address_id: AddressId
    spot: Spot


class AddressesTold(Event):
    """Every address that the customer of this order is known by; the newest telling stands."""

    KEY: ClassVar[str] = "order_id"
    type: Literal["desk.addresses_told"] = "desk.addresses_told"
    order_id: OrderId
    addresses: tuple[KnownAddress, ...] = Field(max_length=LISTED_MOST)


class OrderFlagged(Event):
    """The conflict breaker locked or unlocked the order, or stock for it is missing or there again.

    Of two of one instant the greater `version` was told last. `sku`: for which SKU stock is missing, each a
    flag of its own. None: the whole order.
    """

    KEY: ClassVar[str] = "order_id"
    type: Literal["desk.order_flagged"] = "desk.order_flagged"
    order_id: OrderId
    flag: Literal["locked", "oversold"]
    up: bool
    version: NotNegative = 0
    sku: Sku | None = None


class DeskCommand(Event):
    """One press of a button at `occurred_at`. `command_key` names the press: however often it is delivered,
    it is answered once. After `expires_at` it is no longer carried out; on the instant it still is."""

    KEY: ClassVar[str] = "order_id"
    order_id: OrderId
    command_key: CommandKey
    expires_at: AwareDatetime
    pressed_by: Short = Field(description="account of the person, by reference")


class TrackOrder(DeskCommand):
    """Where are the parcels?"""

    type: Literal["desk.track_order"] = "desk.track_order"


class ChangeAddress(DeskCommand):
    """Send it elsewhere: to a known address, or to the present street in another place. Both must agree."""

    type: Literal["desk.change_address"] = "desk.change_address"
    address_id: AddressId | None = None
    spot: Spot | None = None

    @model_validator(mode="after")
    def _says_where(self) -> "ChangeAddress":
        if self.address_id is None and self.spot is None:
            raise ValueError("a change of address names an address_id, a spot, or both")
        return self


class RefundDifference(DeskCommand):
    """Give back a part of the price: one of the choices that the rules offer, with its amount in fen."""

    type: Literal["desk.refund_difference"] = "desk.refund_difference"
    choice: Short
    amount_fen: PositiveInt


class AskMayShip(DeskCommand):
    """May this order ship now?"""

    type: Literal["desk.ask_may_ship"] = "desk.ask_may_ship"


class ParcelSeen(Message):
    """One parcel, as its carrier last told it; `phase` None: no carrier has spoken of it yet."""

    waybill: Waybill
    carrier: Short = ""
    phase: Phase | None = None
    flags: tuple[TrackFlag, ...] = ()
    last_scan_at: AwareDatetime | None = None


class CommandAnswered(Event):
    """The one answer to a command. `refused` and `too_late` say why; nothing of them was carried out.

    `accepted` is the order to carry it out, once per `command_key`: a change of address carries where to, a
    difference how much. `told` answers a look-up: the parcels, or `may_ship` with every reason against it.
    """

    KEY: ClassVar[str] = "order_id"
    type: Literal["desk.command_answered"] = "desk.command_answered"
    order_id: OrderId
    shop: Short
    command_key: CommandKey
    command: str
    pressed_by: Short
    answer: Literal["accepted", "told", "refused", "too_late"]
    reasons: tuple[DeskReason, ...] = ()
    may_ship: bool | None = None
    address_id: AddressId | None = None
    spot: Spot | None = None
    choice: Short | None = None
    amount_fen: PositiveInt | None = None
    parcels: tuple[ParcelSeen, ...] = ()
