"""What the inventory sentinel decides and commands of a SKU, and its account. Units are pieces."""

from typing import Annotated, Literal, get_args

from pydantic import AwareDatetime, Field, PositiveInt

from schemas.base import Event, Message, NotNegative, Whole, derived_id
from schemas.inventory import OfSku, Warehouse
from schemas.order import OrderId
from schemas.vocabulary import Light

Storefront = Annotated[str, Field(min_length=1, max_length=64)]
Reasons = tuple[str, ...]
"""Why a SKU is suspended: `sold_out`, `deviation:<warehouse>`."""


def stock_subject(sku: str, warehouse: str) -> str:
    """Return the subject of an anomaly of one SKU in one warehouse."""
    return f"stock:{sku}|{warehouse}"


def sku_subject(sku: str) -> str:
    """Return the subject of an anomaly of one SKU."""
    return f"sku:{sku}"


def sale_command_id(sku: str, command: str, storefront: str, number: int) -> str:
    """Return the idempotency key of a suspension's command, or of its end: the same at every attempt."""
    return derived_id(sku, f"{command}|{storefront}|{number}")


class StockDeviated(OfSku):
    """Cloud count minus ledger is now another one than before; both moved on to the same instant."""

    type: Literal["stock.deviated"] = "stock.deviated"
    warehouse: Warehouse
    deviation: Whole
    ledger_units: Whole
    cloud_units: Whole


class StockCalibrated(OfSku):
    """The ledger was corrected by `units`; `reverses`: a late movement explained an earlier correction."""

    type: Literal["stock.calibrated"] = "stock.calibrated"
    warehouse: Warehouse
    units: Whole
    reverses: bool = False


class SkuSuspended(OfSku):
    """The SKU is no longer for sale on any storefront; `number` counts its suspensions."""

    type: Literal["sku.suspended"] = "sku.suspended"
    number: PositiveInt
    reasons: Reasons
    available: Whole | None = None


class SkuReleased(OfSku):
    """It is for sale again: every reason is gone, and the suspension lasted long enough."""

    type: Literal["sku.released"] = "sku.released"
    number: PositiveInt
    suspended_at: AwareDatetime


class OrderOversold(OfSku):
    """There is no stock for this order's reservation, or (`up` false) there is again, or it needs none."""

    type: Literal["order.oversold"] = "order.oversold"
    order_id: OrderId
    units: Whole
    up: bool
    sellable: Whole | None = None
    number: NotNegative


class StorefrontSilent(OfSku):
    """A storefront did not answer a command however often it was sent: a person must look."""

    type: Literal["storefront.silent"] = "storefront.silent"
    storefront: Storefront
    command_id: str
    attempts: PositiveInt


class SkuCommand(OfSku):
    """One attempt at a command. `command_id` is the same at every attempt: carry it out once, confirm it."""

    command_id: str
    attempt: PositiveInt


class SuspendSku(SkuCommand):
    """Show the SKU as sold out on this storefront."""

    type: Literal["sku.suspend"] = "sku.suspend"
    storefront: Storefront
    reasons: Reasons


class ReleaseSku(SkuCommand):
    """Sell it again on this storefront."""

    type: Literal["sku.release"] = "sku.release"
    storefront: Storefront


class AllocateSku(SkuCommand):
    """Show `shown_units` of it on this storefront: its orders from now on come off that."""

    type: Literal["sku.allocate"] = "sku.allocate"
    storefront: Storefront
    shown_units: NotNegative


class NotifyProcurement(SkuCommand):
    """Tell procurement that what is available has fallen to the safety stock; nobody need confirm it."""

    type: Literal["sku.notify_procurement"] = "sku.notify_procurement"
    available: Whole
    safety_stock: NotNegative


class PlaceAccount(Message):
    """One SKU in one warehouse. `silent`: its warehouse said nothing of it for longer than it promised."""

    warehouse: Warehouse
    ledger_units: Whole | None = None
    ledger_counted_at: AwareDatetime | None = None
    cloud_units: Whole | None = None
    cloud_counted_at: AwareDatetime | None = None
    deviation: Whole | None = None
    leaking: bool = False
    silent: bool = False
    held_back: bool = False


class PlatformAccount(Message):
    """What the orders of one platform reserve."""

    platform: str
    units: Whole
    orders: NotNegative


class FrontAccount(Message):
    """What was last commanded to one storefront, and its answer. `shown_units` None: no allocation."""

    storefront: Storefront
    command: Literal["sku.suspend", "sku.release", "sku.allocate"]
    sent_at: AwareDatetime
    answered_at: AwareDatetime | None = None
    shown_units: Whole | None = None


class SkuAccount(OfSku):
    """The whole current account of one SKU; `event_id` derives from the content.

    None is unknown: a SKU that no ledger ever counted has no on-hand. `available` is sellable without the
    safety stock. `oversold` counts orders beyond what is there.
    """

    type: Literal["sku.account"] = "sku.account"
    on_hand: Whole | None = None
    reserved: Whole
    safety_stock: NotNegative
    sellable: Whole | None = None
    available: Whole | None = None
    in_transit: Whole = 0
    returning: Whole = 0
    suspended: bool
    suspended_since: AwareDatetime | None = None
    reasons: Reasons = ()
    light: Light
    oversold: NotNegative = 0
    late: NotNegative = 0
    places: tuple[PlaceAccount, ...] = ()
    platforms: tuple[PlatformAccount, ...] = ()
    fronts: tuple[FrontAccount, ...] = ()


SkuDecision = Annotated[
    StockDeviated | StockCalibrated | SkuSuspended | SkuReleased | OrderOversold | StorefrontSilent,
    Field(discriminator="type"),
]
SkuCommands = Annotated[
    SuspendSku | ReleaseSku | AllocateSku | NotifyProcurement, Field(discriminator="type")
]
SKU_DECISIONS: tuple[type[Event], ...] = get_args(get_args(SkuDecision)[0])
SKU_COMMANDS: tuple[type[Event], ...] = get_args(get_args(SkuCommands)[0])
