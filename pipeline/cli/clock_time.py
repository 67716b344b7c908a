"""An instant as a person reads it: on the clocks of the merchant's zone. JSON stays UTC."""

from datetime import datetime
from zoneinfo import ZoneInfo

TO_THE_SECOND = "%Y-%m-%d %H:%M:%S"
TO_THE_MINUTE = "%Y-%m-%d %H:%M"


def clock_time(at: datetime, zone: str, form: str = TO_THE_SECOND) -> str:
    """Return an aware instant in `zone` (IANA name), without the name of the zone."""
    return f"{at.astimezone(ZoneInfo(zone)):{form}}"


def zoned_time(at: datetime, zone: str, form: str = TO_THE_SECOND) -> str:
    """Return the same with the name of the zone behind it."""
    return f"{clock_time(at, zone, form)} {zone}"


def zone_note(zone: str) -> str:
    """Return what a heading says of all times below it."""
    return f"times in {zone} 时间为 {zone}"
