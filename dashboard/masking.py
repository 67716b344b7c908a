"""What a person may not see is masked before it leaves the server: places below the province, phone tails."""

import json
from typing import Any, Final

from dashboard.identity import Person

MASK: Final = "•••"
PERSONAL: Final = frozenset(
    {"spot", "city", "district", "town", "address_id", "addresses", "phone_tail", "receiver", "candidates"}
)
"""Names of what says where a customer lives, or how to reach them."""


def place(person: Person, *parts: str) -> str:
    """Return a place as it may be shown: the province alone, to whom the rest is not shown."""
    told = [part for part in parts if part]
    if person.sees_personal or len(told) < 2:
        return " ".join(told)
    return f"{told[0]} {MASK}"


def tail(person: Person, digits: str) -> str:
    """Return the last digits of a phone as they may be shown."""
    return digits if person.sees_personal or not digits else MASK


def details(person: Person, text: str) -> str:
    """Return a command's details (JSON) as they may be shown; what is no JSON object stays as it is."""
    return text if person.sees_personal else _masked_text(text)


def masked(told: Any) -> Any:  # JSON
    """Return a JSON value with everything personal in it replaced, also in texts that are JSON themselves."""
    if isinstance(told, dict):
        return {name: MASK if name in PERSONAL else masked(value) for name, value in told.items()}
    if isinstance(told, list):
        return [masked(one) for one in told]
    return _masked_text(told) if isinstance(told, str) else told


def _masked_text(text: str) -> str:
    if not text.startswith("{"):
        return text
    try:
        return json.dumps(masked(json.loads(text)), ensure_ascii=False)
    except ValueError:
        return text
