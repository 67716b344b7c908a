"""The inventory sentinel: what lies where, who reserved it, and whether it may be sold (docs/stock.md)."""

from pipeline.domain.stock.deciding import decide_kept, decide_stock, read_kept, write_kept
from pipeline.domain.stock.policy import ReservingPolicy, StockPolicy
from pipeline.domain.stock.state import StockState
from pipeline.domain.stock.telling import describe_kept, describe_stock

__all__ = [
    "ReservingPolicy",
    "StockPolicy",
    "StockState",
    "decide_kept",
    "decide_stock",
    "describe_kept",
    "describe_stock",
    "read_kept",
    "write_kept",
]
