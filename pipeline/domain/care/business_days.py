"""Time that counts only on business days, where a policy asks for that."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from pipeline.domain.instants import from_ms, to_ms

DATES_MOST: Final = 400
"""Most dates of each kind that a calendar names: a year of them and more."""
DAYS_MOST: Final = 4000
"""Most days that are looked at for one limit; what is left after them counts without a calendar."""
WEEKDAYS: Final = 7


@dataclass(frozen=True, slots=True)
class BusinessDays:
    """`closed`: dates that do not count, in the zone of the business; `weekdays`: nor do these, Monday is 0.

    `opened`: dates that count although their weekday is closed (调休). Raises ValueError for more than 400
    dates of a kind, and when no weekday is left: an end is always found, and soon.
    """

    closed: frozenset[date]
    zone: ZoneInfo
    weekdays: frozenset[int] = frozenset()
    opened: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        for name, dates in (("closed", self.closed), ("opened", self.opened)):
            if len(dates) > DATES_MOST:
                raise ValueError(f"business days: {len(dates)} {name} dates; name at most {DATES_MOST}")
        if len(self.weekdays) >= WEEKDAYS:
            raise ValueError("business days: every weekday is closed; leave one open")

    def after(self, start_ms: int, length_ms: int) -> int:
        """The instant at which `length_ms` have passed since `start_ms`, closed days left out."""
        at, left = start_ms, length_ms
        with suppress(OverflowError):  # beyond the year 9999 nobody keeps a calendar
            day = from_ms(start_ms).astimezone(self.zone).date()
            for _ in range(DAYS_MOST):
                tomorrow = day + timedelta(days=1)
                ends = self._midnight(tomorrow)
                if self._counts(day):
                    if at + left <= ends:
                        break
                    left -= ends - at
                day, at = tomorrow, ends
        return at + left

    def _counts(self, day: date) -> bool:
        if day in self.closed:
            return False
        return day in self.opened or day.weekday() not in self.weekdays

    def _midnight(self, day: date) -> int:
        return to_ms(datetime.combine(day, time(), self.zone).astimezone(UTC))
