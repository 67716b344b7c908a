"""What an entry of the time line says in detail: codes as words, times in the business zone, no ids. Pure."""

import json
import re
from datetime import UTC, datetime
from typing import Any, Final

from dashboard import masking
from dashboard.identity import Person
from dashboard.queries.story import Told
from dashboard.words import Words

SAID: Final = (
    "ordered",
    "paid",
    "ship by",
    "deliver by",
    "outbound",
    "first scan",
    "last scan",
    "signed",
    "closed",
    "deadline",
    "units",
    "line",
    "waybill",
    "refund",
    "address",
)
"""How the view begins the parts of a detail, before a value."""
IDS: Final = frozenset({"command_id", "command_key", "expires_at", "conflict_id", "coupon_id", "shop"})
KINDS: Final = ("phase", "verdict", "refund", "address", "promise", "step", "answered", "reason")
_UTC_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?Z?")


def detail_of(told: Told, person: Person, words: Words) -> str:
    """Return what an entry says, for people."""
    text = masking.details(person, told.detail)
    if text.startswith("{"):
        return _times(_pairs(text), words)
    if told.what.startswith(("refund.", "coupon.")) and ": " in text:
        return _times(text, words)
    parts = [_part(part, words) for part in text.split(", ")]
    return _times(", ".join(part for part in parts if part), words)


def _part(part: str, words: Words) -> str:
    if " -> " in part:
        return " → ".join(_code(code, words) for code in part.split(" -> "))
    for begin in SAID:
        if part.startswith(f"{begin} "):
            return f"{words('said_' + begin.replace(' ', '_'))} {_code(part[len(begin) + 1 :], words)}"
    return _code(part, words)


def _code(code: str, words: Words) -> str:
    """Return the word for a code of any vocabulary; what has none stands for itself."""
    found = (words.term(kind, code) for kind in KINDS)
    return next((word for word in found if word != code), code)


def _pairs(text: str) -> str:
    try:
        told = json.loads(text)
    except ValueError:
        return text
    return " · ".join(f"{name}: {_value(value)}" for name, value in told.items() if name not in IDS)


def _value(value: Any) -> str:  # JSON
    if isinstance(value, dict):
        return " ".join(_value(one) for name, one in value.items() if name not in IDS and one)
    return "; ".join(_value(one) for one in value) if isinstance(value, list) else str(value)


def _times(text: str, words: Words) -> str:
    def local(found: re.Match[str]) -> str:
        moment = datetime.fromisoformat(found.group().rstrip("Z").replace(" ", "T"))
        return words.stamp(moment.replace(tzinfo=UTC))

    return _UTC_TIME.sub(local, text)
