"""Which reports of a time line say again what their reporter said last of the same thing. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from dashboard.queries.story import Told

REPORTED: Final = ".reported"
"""So ends the kind of a report: how things stand. A fact about goods is a difference, never a repeat."""
NAMES: Final = ("line ", "waybill ", "invoice ", "refund ", "complaint ", "question ")
"""How the part of a detail begins that names what a report is about (v_order_timeline)."""


def said_before(told: Sequence[Told]) -> list[datetime | None]:
    """Return for each entry when its reporter first said the same of it; None: it is no repeat.

    Compared with the last word only: who goes back to an older word says something new. `told` stands by the
    time at which it happened; the instants are aware UTC.
    """
    last: dict[tuple[str, ...], tuple[tuple[str, str], datetime]] = {}
    found: list[datetime | None] = []
    for one in told:
        if not one.what.endswith(REPORTED):
            found.append(None)
            continue
        about, word = (one.source, one.what, *_named(one.detail)), (one.detail, one.raw_code)
        held = last.get(about)
        is_again = held is not None and held[0] == word
        found.append(held[1] if held is not None and is_again else None)
        if not is_again:
            last[about] = (word, one.at)
    return found


def _named(detail: str) -> list[str]:
    """What a report is about: a line or waybill, an invoice, a refund, a ticket; nothing: the whole order."""
    return [part for part in detail.split(", ") if part.startswith(NAMES)]
