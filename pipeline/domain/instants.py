"""Times as integer milliseconds since 1970 UTC, and back."""

from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST_MS: Final = -62_135_596_800_000
"""The first instant that a datetime can hold: 1 January of the year 1."""
LATEST_MS: Final = 253_402_300_799_999
"""The last instant that a datetime can hold: the end of the year 9999."""


def to_ms(at: datetime) -> int:
    """Milliseconds since 1970 UTC of an aware time; microseconds are cut off by contract."""
    since = at - EPOCH  # dividing it by a millisecond takes twice as long
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000


def from_ms(ms: int) -> datetime:
    """The aware UTC time of milliseconds since 1970; beyond what a datetime holds, its first or last."""
    try:
        return EPOCH + timedelta(0, 0, 0, ms)
    except OverflowError:
        return EPOCH + timedelta(0, 0, 0, EARLIEST_MS if ms < 0 else LATEST_MS)


def from_ms_or_none(ms: int | None) -> datetime | None:
    """The aware UTC time, or None for None."""
    return None if ms is None else from_ms(ms)
