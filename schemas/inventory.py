"""Facts about one SKU, keyed by SKU: counts, movements and what orders asked for. Units are pieces."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from schemas.base import Event, NotNegative, Whole
from schemas.order import OrderId
from schemas.vocabulary import Platform

Sku = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\x00]")]


class StockCounted(Event):
    """Somebody counted: `units` of the SKU lay in the warehouse at `occurred_at`."""

    KEY: ClassVar[str] = "sku"
    type: Literal["stock.counted"] = "stock.counted"
    sku: Sku
    warehouse: str = Field(min_length=1)
    counter: Literal["ledger", "cloud"]
    units: NotNegative
    mapping: str
    version: Whole | None = None


class StockMoved(Event):
    """Units came (positive) or went (negative) at `occurred_at`."""

    KEY: ClassVar[str] = "sku"
    type: Literal["stock.moved"] = "stock.moved"
    sku: Sku
    warehouse: str = Field(min_length=1)
    units: Whole
    reason: str
    movement_id: str = Field(min_length=1)
    mapping: str


class SkuOrdered(Event):
    """An order line asks for `units` of this SKU."""

    KEY: ClassVar[str] = "sku"
    type: Literal["sku.ordered"] = "sku.ordered"
    sku: Sku
    order_id: OrderId
    platform: Platform
    shop: str
    units: NotNegative
    mapping: str


SkuFact = Annotated[StockCounted | StockMoved | SkuOrdered, Field(discriminator="type")]
