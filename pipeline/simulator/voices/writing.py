"""How values are written: China time as text or unix seconds, yuan as text, JSON as small as its text."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import orjson

CHINA = timezone(timedelta(hours=8))
Payload = dict[str, Any]  # the fields of one telling, and the JSON made of them


def moment(at: int) -> datetime:
    """Return milliseconds since 1970 as an aware UTC time."""
    return datetime.fromtimestamp(at / 1000, UTC)


def text_time(at: int | None) -> str:
    """Return milliseconds since 1970 as local text, "" for none."""
    if at is None:
        return ""
    return datetime.fromtimestamp(at // 1000, UTC).astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")


def unix(at: int | None) -> int:
    """Return milliseconds since 1970 as unix seconds, 0 for none."""
    return 0 if at is None else at // 1000


def yuan(fen: int | None) -> str:
    """Return an amount as text in yuan, "" for none."""
    return "" if fen is None else f"{fen // 100}.{fen % 100:02d}"


def json_bytes(content: Any) -> bytes:  # Any: JSON of any shape
    """Return JSON; orjson's buffer keeps spare room, a copy is as small as its text."""
    return memoryview(orjson.dumps(content)).tobytes()
