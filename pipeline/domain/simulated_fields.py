"""Reads single fields of a simulated payload: the times, and the one error for what can never be read."""

from typing import Any

Payload = dict[str, Any]  # decoded JSON of unknown shape; every field is validated by the fact it becomes

EARLIEST_MS = 31_536_000_000
"""1 January 1971: a smaller number is seconds, or no time at all; pydantic takes it as seconds, too."""
LATEST_MS = 4_102_444_800_000
"""1 January 2100: a later time is no milliseconds since 1970."""


class Unreadable(ValueError):
    """A payload that can never be read; the text says which field and why."""


def at_ms(moment: object, name: str) -> int:
    """Return milliseconds since 1970 UTC, which the fact makes an aware time; raises Unreadable."""
    if type(moment) is not int or not EARLIEST_MS < moment < LATEST_MS:
        raise Unreadable(f"field {name}: {moment!r:.40} is no time in milliseconds between 1971 and 2100")
    return moment


def required_time(payload: Payload, name: str) -> int:
    """Return the time under `name`; raises Unreadable when it is missing or no time."""
    return at_ms(payload.get(name), name)


def optional_time(payload: Payload, name: str) -> int | None:
    """Return the time under `name`; absent, null, 0 and "" mean that there is none."""
    moment = payload.get(name)
    return at_ms(moment, name) if moment else None
