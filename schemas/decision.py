"""What the judges of one order decide, and what they command: the two public topics keyed by order id."""

from typing import Annotated, get_args

from pydantic import Field

from schemas.base import Event
from schemas.care import (
    ActToReview,
    CouponSent,
    LateFirstScan,
    PromiseAtRisk,
    PromiseBroken,
    SignedNotReceived,
    Stalled,
)
from schemas.conflict import CorrectionRequested, OrderLocked, OrderUnlocked
from schemas.desk import CommandAnswered
from schemas.promise import OrderPhaseChanged, PromiseJudged
from schemas.refund import (
    ConfirmationAsked,
    RefundAffirmed,
    RefundDoubted,
    RefundMatched,
    RefundMismatched,
    RefundSent,
    RefundVerified,
)
from schemas.returns import (
    AttachQualityReports,
    FreezeCommission,
    NotifyRestock,
    PushReturnAddress,
    ReturnBegun,
    StepHandedOver,
    StepSettled,
)

OrderDecision = Annotated[
    OrderPhaseChanged
    | PromiseJudged
    | OrderLocked
    | OrderUnlocked
    | PromiseAtRisk
    | PromiseBroken
    | LateFirstScan
    | Stalled
    | SignedNotReceived
    | ActToReview
    | RefundVerified
    | RefundMismatched
    | RefundMatched
    | RefundDoubted
    | RefundAffirmed
    | ReturnBegun
    | StepSettled
    | StepHandedOver
    | CommandAnswered,
    Field(discriminator="type"),
]
OrderCommand = Annotated[
    CouponSent
    | CorrectionRequested
    | ConfirmationAsked
    | RefundSent
    | FreezeCommission
    | AttachQualityReports
    | PushReturnAddress
    | NotifyRestock,
    Field(discriminator="type"),
]
"""Who carries one out does so once for its id, however often it comes, and confirms where it is asked to."""

DECISIONS: tuple[type[Event], ...] = get_args(get_args(OrderDecision)[0])
COMMANDS: tuple[type[Event], ...] = get_args(get_args(OrderCommand)[0])
