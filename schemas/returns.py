"""What happens on a return request: four steps, each a command, its confirmation, or a person's case."""

from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field, NonNegativeInt, PositiveInt

from schemas.base import Event, Message, derived_id
from schemas.inventory import Sku
from schemas.order import OrderId, Short

RefundId = Annotated[str, Field(min_length=1, max_length=128)]
LISTED_MOST = 200
"""Most reports or stock levels that one fact tells."""


class ReturnStep(StrEnum):
    """The four steps of a return (domain.md section 7)."""

    FREEZE_COMMISSION = "freeze_commission"
    ATTACH_QUALITY_REPORTS = "attach_quality_reports"
    PUSH_RETURN_ADDRESS = "push_return_address"
    NOTIFY_RESTOCK = "notify_restock"


def step_command_id(order_id: str, refund_id: str, step: ReturnStep) -> str:
    """Return the idempotency key of one step's command: the same at every attempt and every replay."""
    return derived_id(order_id, f"return|{step}|{refund_id}")


class QualityReport(Message):
    """One quality report of a product, by reference."""

    sku: Sku
    report_id: str = Field(min_length=1, max_length=128)
    reported_at: AwareDatetime


class StockLevel(Message):
    """What can still be sold of a SKU, and its safety value; units are pieces."""

    sku: Sku
    units: int
    safety_units: NonNegativeInt


class OfReturn(Event):
    """Whatever concerns one return request."""

    KEY: ClassVar[str] = "order_id"
    order_id: OrderId
    refund_id: RefundId


class QualityReportsTold(OfReturn):
    """Every quality report known of the returned goods; how old they are is judged by who hears it."""

    type: Literal["return.quality_reports_told"] = "return.quality_reports_told"
    reports: tuple[QualityReport, ...] = Field(max_length=LISTED_MOST)


class StockTold(OfReturn):
    """The stock of every SKU of the returned goods."""

    type: Literal["return.stock_told"] = "return.stock_told"
    levels: tuple[StockLevel, ...] = Field(max_length=LISTED_MOST)


class StepConfirmed(OfReturn):
    """Whoever carries out a step's command says that it is done."""

    type: Literal["return.step_confirmed"] = "return.step_confirmed"
    step: ReturnStep
    command_id: str


class ReturnBegun(OfReturn):
    """A return was requested for the first time; asks for QualityReportsTold and StockTold of its goods."""

    type: Literal["return.begun"] = "return.begun"
    shop: Short


class StepCommand(OfReturn):
    """One attempt at a step. `command_id` is the same at every attempt: carry it out once."""

    shop: Short
    command_id: str
    attempt: PositiveInt


class FreezeCommission(StepCommand):
    """Freeze the order's commission that is not settled yet."""

    type: Literal["return.freeze_commission"] = "return.freeze_commission"


class AttachQualityReports(StepCommand):
    """Attach these quality reports of the last 30 days to the case."""

    type: Literal["return.attach_quality_reports"] = "return.attach_quality_reports"
    reports: tuple[QualityReport, ...]


class PushReturnAddress(StepCommand):
    """Tell the customer to send the goods to this warehouse; `rule` says why to this one."""

    type: Literal["return.push_return_address"] = "return.push_return_address"
    warehouse: Short
    rule: Literal["same_city", "same_province", "shop_default"]


class NotifyRestock(StepCommand):
    """Tell procurement that these SKUs are below their safety value."""

    type: Literal["return.notify_restock"] = "return.notify_restock"
    levels: tuple[StockLevel, ...]


class StepSettled(OfReturn):
    """A step is done, or there was nothing to do; said once."""

    type: Literal["return.step_settled"] = "return.step_settled"
    shop: Short
    step: ReturnStep
    command_id: str
    how: Literal["confirmed", "not_needed"]


class StepHandedOver(OfReturn):
    """A step goes to a person: not confirmed after the last attempt, or it lacks what it needs.

    `because`: unconfirmed, no_quality_reports_told, no_stock_told, no_warehouse.
    """

    type: Literal["return.step_handed_over"] = "return.step_handed_over"
    shop: Short
    step: ReturnStep
    command_id: str
    because: str
    attempts: NonNegativeInt
