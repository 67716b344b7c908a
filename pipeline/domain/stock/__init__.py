"""The inventory sentinel: what lies where, who reserved it, and whether it may be sold (docs/stock.md)."""

from pipeline.domain.stock.deciding import decide_stock
from pipeline.domain.stock.policy import ReservingPolicy, StockPolicy
from pipeline.domain.stock.state import StockState
from pipeline.domain.stock.telling import describe_stock

__all__ = ["ReservingPolicy", "StockPolicy", "StockState", "decide_stock", "describe_stock"]
