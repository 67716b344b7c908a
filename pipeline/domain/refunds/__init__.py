"""The refund verification centre: ordered rules as data over named facts, one verdict per refund version."""

from pipeline.domain.refunds.centre import decide_refunds
from pipeline.domain.refunds.hearing import Fact
from pipeline.domain.refunds.inputs import Granted, Standing
from pipeline.domain.refunds.loading import load_rules
from pipeline.domain.refunds.rules import Rules, RulesError
from pipeline.domain.refunds.state import RefundState

__all__ = [
    "Fact",
    "Granted",
    "RefundState",
    "Rules",
    "RulesError",
    "Standing",
    "decide_refunds",
    "load_rules",
]
