"""The conflict circuit breaker: do ERP, WMS and customer service agree on shipping? (docs/conflicts.md)."""

from pipeline.domain.conflict.breaker import decide_conflict
from pipeline.domain.conflict.policy import ConflictPolicy
from pipeline.domain.conflict.words import ConflictState

__all__ = ["ConflictPolicy", "ConflictState", "decide_conflict"]
