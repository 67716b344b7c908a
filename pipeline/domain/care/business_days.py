"""Time that counts only on business days, where a policy asks for that."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from pipeline.domain.instants import to_ms

DATES_MOST: Final = 400
"""Most dates that do not count: an end is always found, and soon."""


@dataclass(frozen=True, slots=True)
class BusinessDays:
    """`closed`: dates that do not count, in the zone of the business.

    Raises ValueError for more than 400 dates: name the coming ones only.
    """

    closed: frozenset[date]
    zone: ZoneInfo

    def __post_init__(self) -> None:
        if len(self.closed) > DATES_MOST:
            raise ValueError(f"business days: {len(self.closed)} closed dates; name at most {DATES_MOST}")

    def after(self, start_ms: int, length_ms: int) -> int:
        """The instant at which `length_ms` have passed since `start_ms`, closed dates left out."""
        at, left = start_ms, length_ms
        for day in sorted(self.closed):
            begins, ends = self._midnight(day), self._midnight(day + timedelta(days=1))
            if ends <= at:
                continue
            if at + left <= begins:
                break
            left -= max(0, begins - at)
            at = ends
        return at + left

    def _midnight(self, day: date) -> int:
        return to_ms(datetime.combine(day, time(), self.zone).astimezone(UTC))
