"""Facts about one SKU, keyed by SKU: counts, movements, and what its orders ask for. Units are pieces."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from schemas.base import Event, NotNegative, Whole
from schemas.order import OrderId, Short, Waybill
from schemas.vocabulary import Platform

Sku = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\x00]")]
Warehouse = Annotated[str, Field(min_length=1, max_length=128)]


class OfSku(Event):
    """Whatever concerns one SKU."""

    KEY: ClassVar[str] = "sku"
    sku: Sku


class StockCounted(OfSku):
    """Somebody counted: `units` of the SKU lay in the warehouse at `occurred_at`."""

    type: Literal["stock.counted"] = "stock.counted"
    warehouse: Warehouse
    counter: Literal["ledger", "cloud"]
    units: NotNegative
    mapping: str
    version: Whole | None = None


class StockMoved(OfSku):
    """Units came (positive) or went (negative) at `occurred_at`.

    `order_id`: the order that they left for or came back from; it consumes what that order reserved.
    """

    type: Literal["stock.moved"] = "stock.moved"
    warehouse: Warehouse
    units: Whole
    reason: str
    movement_id: str = Field(min_length=1)
    mapping: str
    order_id: OrderId | None = None


class OfOrder(OfSku):
    """What one order asks of one SKU, as the order's own judge tells it.

    `units` is what is new: negative where less is asked for than was told. `step` numbers the words of one
    order about one SKU, so that one told twice counts once.
    """

    order_id: OrderId
    platform: Platform
    shop: Short
    units: Whole
    step: NotNegative


class SkuOrdered(OfOrder):
    """The order asks for so many of what its line names: a bundle by its own SKU, sold and never reserved."""

    type: Literal["sku.ordered"] = "sku.ordered"


class StockReserved(OfOrder):
    """So many pieces are the order's from `occurred_at` on; a bundle reserves its components."""

    type: Literal["stock.reserved"] = "stock.reserved"


class StockReleased(OfOrder):
    """The order no longer needs them: it was closed, or its money went back, or it is over."""

    type: Literal["stock.released"] = "stock.released"
    because: Literal["closed", "refunded", "over"]


class StockShipped(OfOrder):
    """So many left in this parcel: they are no longer reserved. The warehouse's movement says the same."""

    type: Literal["stock.shipped"] = "stock.shipped"
    waybill: Waybill
    warehouse: Short = ""


class StockReturning(OfOrder):
    """The customer sends so many back; a movement of reason `returned` brings them home."""

    type: Literal["stock.returning"] = "stock.returning"
    refund_id: Annotated[str, Field(min_length=1, max_length=128)]


class StockCommandConfirmed(OfSku):
    """A storefront says that it carried a command out."""

    type: Literal["stock.command_confirmed"] = "stock.command_confirmed"
    storefront: Annotated[str, Field(min_length=1, max_length=64)]
    command_id: Annotated[str, Field(min_length=1, max_length=128)]


def warehouse_subject(warehouse: str) -> str:
    """Return the subject of an anomaly of one warehouse."""
    return f"warehouse:{warehouse}"


class WarehouseSpoke(Event):
    """A warehouse that declares how often it counts has counted something; it came in at `observed_at`."""

    KEY: ClassVar[str] = "subject"
    type: Literal["warehouse.spoke"] = "warehouse.spoke"
    subject: Annotated[str, Field(min_length=1, max_length=256)]
    warehouse: Warehouse


class ClockReached(Event):
    """The event clock of those who tell of orders has reached `occurred_at`: time passes for SKUs as well."""

    KEY: ClassVar[str] = "agent"
    type: Literal["stock.clock_reached"] = "stock.clock_reached"
    agent: Short


SkuFact = Annotated[
    StockCounted
    | StockMoved
    | SkuOrdered
    | StockReserved
    | StockReleased
    | StockShipped
    | StockReturning
    | StockCommandConfirmed
    | WarehouseSpoke
    | ClockReached,
    Field(discriminator="type"),
]
FROM_ORDERS: tuple[type[OfOrder], ...] = (
    SkuOrdered, StockReserved, StockReleased, StockShipped, StockReturning
)  # fmt: skip
"""What the judge of an order tells of its goods."""
