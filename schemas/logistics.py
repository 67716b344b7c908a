"""Facts about one waybill, keyed by it: which orders are in the parcel, and what its carrier said."""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field

from schemas.base import Event, Whole
from schemas.order import OrderId, Short, Waybill
from schemas.vocabulary import Phase, Platform, Reporter, TrackFlag


class WaybillLinked(Event):
    """Somebody who packs or sells said that this parcel carries (a part of) this order."""

    KEY: ClassVar[str] = "waybill"
    type: Literal["waybill.linked"] = "waybill.linked"
    waybill: Waybill
    order_id: OrderId
    platform: Platform
    shop: Short
    reporter: Reporter
    mapping: str


class WaybillTracked(Event):
    """What a carrier's track amounts to; a carrier knows no order number.

    `first_scan_at` is the oldest entry that is no word of a parcel still to be handed over, `signed_at` the
    first signature of the addressee (a locker or station is none), `version` the time of the newest entry
    (milliseconds since 1970 UTC). `phase` UNKNOWN: the newest code is in no table.
    """

    KEY: ClassVar[str] = "waybill"
    type: Literal["waybill.tracked"] = "waybill.tracked"
    waybill: Waybill
    carrier: Short = ""
    mapping: str
    phase: Phase
    raw_code: str = Field(default="", max_length=256)
    flags: tuple[TrackFlag, ...] = ()
    version: Whole | None = None
    first_scan_at: AwareDatetime | None = None
    last_scan_at: AwareDatetime | None = None
    signed_at: AwareDatetime | None = None


WaybillFact = Annotated[WaybillLinked | WaybillTracked, Field(discriminator="type")]
