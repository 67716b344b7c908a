"""Times as integer milliseconds since 1970 UTC, and back."""

from datetime import UTC, datetime


def to_ms(at: datetime) -> int:
    """Milliseconds since 1970 UTC of an aware time; microseconds are cut off by contract."""
    return round(at.timestamp() * 1000)


def from_ms(ms: int) -> datetime:
    """The aware UTC time of milliseconds since 1970."""
    return datetime.fromtimestamp(ms / 1000, UTC)


def from_ms_or_none(ms: int | None) -> datetime | None:
    """The aware UTC time, or None for None."""
    return None if ms is None else from_ms(ms)
