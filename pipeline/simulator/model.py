"""What a simulated order is made of: lines, parcels, and the moments of its life."""

from dataclasses import dataclass, field

from pipeline.simulator.catalogue import HOUR_MS, Storefront
from pipeline.simulator.places import Place


@dataclass(frozen=True, slots=True)
class Line:
    """One order line."""

    sku: str
    units: int
    price_fen: int
    warehouse: str
    gift: bool = False


@dataclass(slots=True)
class Parcel:
    """One parcel; all times are milliseconds since 1970 UTC, None for what never happens."""

    waybill: str
    aggregator: str
    lines: list[Line]
    outbound: int | None = None
    first_scan: int | None = None
    scans: list[tuple[int, str]] = field(default_factory=list)
    signed: int | None = None


@dataclass(slots=True)
class Order:
    """The plan of one order; times as in Parcel.

    `deadline` is the shipping deadline that holds in the end, `ship_by` what the platform wrote at first,
    `moved` (told at, new deadline). `told` is when delayed reports of the shipping arrive.
    """

    number: int
    order_id: str
    fault: str
    front: Storefront
    shop: str
    place: Place
    ordered: int
    lines: list[Line]
    paid: int | None = None
    hold_until: int | None = None
    ship_by: int | None = None
    moved: tuple[int, int] | None = None
    deadline: int | None = None
    sign_by: int | None = None
    outbound: int | None = None
    first_scan_after: int = HOUR_MS
    stall: int = 0
    transit: int = 24 * HOUR_MS
    closed: int | None = None
    told: int | None = None
    parcels: list[Parcel] = field(default_factory=list)

    @property
    def units(self) -> int:
        """Pieces ordered."""
        return sum(line.units for line in self.lines)

    @property
    def paid_fen(self) -> int:
        """What the buyer paid."""
        return sum(line.units * line.price_fen for line in self.lines)

    @property
    def all_outbound(self) -> int | None:
        """When the last parcel left, None if one never does."""
        return _last([parcel.outbound for parcel in self.parcels])

    @property
    def all_signed(self) -> int | None:
        """When the last parcel was signed for, None if one never is."""
        return _last([parcel.signed for parcel in self.parcels])


def _last(times: list[int | None]) -> int | None:
    known = [at for at in times if at is not None]
    return max(known) if known and len(known) == len(times) else None
