"""What people and outside systems tell the judges of one order: commands, answers and confirmations."""

from typing import Annotated, get_args

from pydantic import Field

from schemas.anomaly_life import Resolved, Taken
from schemas.base import Event
from schemas.conflict import ConflictDecided
from schemas.desk import AddressesTold, AskMayShip, ChangeAddress, OrderFlagged, RefundDifference, TrackOrder
from schemas.inventory import StockCommandConfirmed, StockCounted
from schemas.order import (
    ClockTicked,
    InvoiceReported,
    OrderReported,
    ParcelReported,
    RefundReported,
    TicketReported,
)
from schemas.refund import ConfirmationAnswered, GoodsCounted
from schemas.returns import QualityReportsTold, StepConfirmed, StockTold

Instruction = (
    ConflictDecided
    | ConfirmationAnswered
    | GoodsCounted
    | AddressesTold
    | TrackOrder
    | ChangeAddress
    | RefundDifference
    | AskMayShip
    | QualityReportsTold
    | StockTold
    | StepConfirmed
)
Stock = StockCounted | StockCommandConfirmed
"""A stock-take by people, and what storefronts answer."""
Command = Annotated[Instruction | Taken | Resolved | Stock, Field(discriminator="type")]
"""What a record of raw.command.v1 holds: it was said by a person or a system of ours, in our own words."""
OrderFact = Annotated[
    OrderReported
    | ParcelReported
    | InvoiceReported
    | RefundReported
    | TicketReported
    | ClockTicked
    | OrderFlagged
    | Instruction,
    Field(discriminator="type"),
]
"""Everything that is told of one order, on one topic and so in one order."""

INSTRUCTIONS: tuple[type[Event], ...] = get_args(Instruction)
