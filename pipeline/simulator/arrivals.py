"""When orders arrive: a day's curve with an evening live stream."""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import accumulate
from zoneinfo import ZoneInfo

from pipeline.simulator.catalogue import DAY_MS, MINUTE_MS

BUSINESS_ZONE = ZoneInfo("Asia/Shanghai")
HOURLY = (3, 2, 1.5, 1, 1, 1.5, 3, 5, 7, 9, 11, 11, 10, 9, 9, 9, 9, 9, 9, 10, 13, 13, 10, 6)
"""Weight of each hour of the day in the business zone."""
LIVE_FROM, LIVE_UNTIL = 20 * 60, 20 * 60 + 25
LIVE_SHARE = 0.25
"""Share of the day's orders that the live stream brings, in minutes LIVE_FROM..LIVE_UNTIL of the day."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Cumulative weight of the 1440 minutes from the start on, and which of them are live."""

    cumulated: tuple[float, ...]
    first_minute: int

    def arrival_ms(self, quantile: float) -> int:
        """Return milliseconds after the start at which this share (0..1) of the orders has arrived."""
        wanted = quantile * self.cumulated[-1]
        minute = min(bisect_left(self.cumulated, wanted), 1439)
        below = self.cumulated[minute - 1] if minute else 0.0
        share = (wanted - below) / (self.cumulated[minute] - below)
        return min(int((minute + share) * MINUTE_MS), DAY_MS - 1)

    def is_live(self, offset_ms: int) -> bool:
        """Tell whether the live stream runs at this offset from the start."""
        return LIVE_FROM <= (self.first_minute + offset_ms // MINUTE_MS) % 1440 < LIVE_UNTIL


def curve_from(start: datetime) -> Curve:
    """Return the curve of the 24 hours from `start` (aware) on."""
    local = start.astimezone(BUSINESS_ZONE)
    return _curve(local.hour * 60 + local.minute)


@cache
def _curve(first: int) -> Curve:
    usual = sum(HOURLY) * 60
    live = usual * LIVE_SHARE / (1 - LIVE_SHARE) / (LIVE_UNTIL - LIVE_FROM)
    weights = []
    for minute in range(first, first + 1440):
        of_day = minute % 1440
        weights.append(HOURLY[of_day // 60] + (live if LIVE_FROM <= of_day < LIVE_UNTIL else 0.0))
    return Curve(tuple(accumulate(weights)), first)
