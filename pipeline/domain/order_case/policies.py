"""By what the judges of an order decide."""

from dataclasses import dataclass, field
from typing import Final

from pipeline.domain.care import CarePolicy
from pipeline.domain.conflict import ConflictPolicy
from pipeline.domain.desk import DeskPolicy
from pipeline.domain.order_case.credibility import CredibilityPolicy
from pipeline.domain.policy import OrderPolicy, RefundPolicy
from pipeline.domain.refunds import Rules
from pipeline.domain.returns import ReturnPolicy
from pipeline.domain.stock import ReservingPolicy

JUDGES: Final = ("breaker", "care", "refunds", "returns", "desk", "reserving", "address", "credibility")
"""Who judges an order beside the hub, which always does; in the order of OrderCase."""


@dataclass(frozen=True, slots=True)
class CasePolicies:
    """Each judge's thresholds, and the rules that are data; `judges`: which of JUDGES are at work."""

    refund_rules: Rules
    desk: DeskPolicy
    order: OrderPolicy = field(default_factory=OrderPolicy)
    conflict: ConflictPolicy = field(default_factory=ConflictPolicy)
    care: CarePolicy = field(default_factory=CarePolicy)
    refunds: RefundPolicy = field(default_factory=RefundPolicy)
    returns: ReturnPolicy = field(default_factory=ReturnPolicy)
    reserving: ReservingPolicy = field(default_factory=ReservingPolicy)
    credibility: CredibilityPolicy = field(default_factory=CredibilityPolicy)
    judges: frozenset[str] = frozenset(JUDGES)
