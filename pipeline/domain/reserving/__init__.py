"""What one order asks of each SKU: sold, reserved, released, shipped, on its way back (docs/stock.md)."""

from pipeline.domain.reserving.deciding import decide_reserving
from pipeline.domain.reserving.state import ReservingState

__all__ = ["ReservingState", "decide_reserving"]
