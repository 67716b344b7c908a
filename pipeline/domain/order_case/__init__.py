"""One order before all its judges: one state, one order of events, one decision (docs/adr/0012)."""

from pipeline.domain.order_case.deciding import OrderJudges
from pipeline.domain.order_case.policies import CasePolicies
from pipeline.domain.order_case.state import OrderCase

__all__ = ["CasePolicies", "OrderCase", "OrderJudges"]
