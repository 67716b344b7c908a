"""Promise care: what is about to go wrong with an order, what did, and the coupon for it (docs/care.md)."""

from pipeline.domain.care.deciding import decide_care
from pipeline.domain.care.policy import CarePolicy
from pipeline.domain.care.state import CareState

__all__ = ["CarePolicy", "CareState", "decide_care"]
