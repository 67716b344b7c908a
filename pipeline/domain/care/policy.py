"""The limits of promise care, each passed only by more (domain.md sections 5 and 14)."""

from dataclasses import dataclass

from pipeline.domain.care.business_days import BusinessDays
from pipeline.domain.policy import DAY_MS, HOUR_MS


@dataclass(frozen=True, slots=True)
class CarePolicy:
    """`risk_window_ms`: a promise is at risk when less remains (risk_window_s, 2 h).

    `first_scan_ms`: how long after leaving a parcel may go without a scan (24 h). `silence_ms`: how long
    between two scans (48 h). `business_days`: days that do not count for these two; None: all count.
    `retention_ms`: how long an order with nothing awaited that nobody speaks of stays in worker state.
    """

    risk_window_ms: int = 2 * HOUR_MS
    first_scan_ms: int = 24 * HOUR_MS
    silence_ms: int = 48 * HOUR_MS
    business_days: BusinessDays | None = None
    retention_ms: int = 45 * DAY_MS

    def scan_limit_ms(self, left_ms: int) -> int:
        """The last instant at which a parcel that left then is not late."""
        return self._after(left_ms, self.first_scan_ms)

    def silence_limit_ms(self, scanned_ms: int) -> int:
        """The last instant at which a parcel scanned then is not stalled."""
        return self._after(scanned_ms, self.silence_ms)

    def _after(self, start_ms: int, length_ms: int) -> int:
        if self.business_days is None:
            return start_ms + length_ms
        return self.business_days.after(start_ms, length_ms)
