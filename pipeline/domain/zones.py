"""The name of a time zone, as every document that a person writes may hold one."""

from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator


def _known(zone: str) -> str:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f'"{zone}" is no time zone such as Asia/Shanghai (the IANA name)') from error
    return zone


ZoneName = Annotated[str, AfterValidator(_known)]
"""An IANA name that this machine knows; OSError is for the name of a folder of zones, such as "Asia"."""
