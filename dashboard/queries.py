"""Every question the board asks the store: named SQL in, frozen rows out."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import isnan
from typing import Annotated, Any, Protocol

from pydantic import BaseModel, BeforeValidator, ConfigDict

from dashboard.limits import EXPORT_CAP, LIST_CAP

BOARD_SQL = """
SELECT clock_at, newest_received_at, open_orders, at_risk_orders, overdue_orders,
       overdue_over_2h, oldest_overdue_at, at_risk_share
FROM v_board
"""

CSDI_SQL = """
SELECT window, shop, kept, broken, promise, credibility, self_heal, csdi, flagged
FROM v_csdi
ORDER BY window, shop
"""

AT_RISK_SQL = """
SELECT order_id, platform, shop, phase, overdue, promise, deadline_at, seconds_left, count() OVER () AS total
FROM v_at_risk
WHERE {shop:String} = '' OR shop = {shop:String}
ORDER BY overdue DESC, deadline_at, order_id
LIMIT {cap:UInt32}
"""


class Reader(Protocol):
    """Whoever can answer a question of the board: the store, or a fake one in tests."""

    def rows(self, sql: str, parameters: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """Return the rows as column -> value; raises what the driver raises when the store is away."""


def _moment(value: object) -> object:
    """An aware UTC time. The driver leaves the zone out, and an empty max() is 1970: no time at all."""
    if not isinstance(value, datetime):
        return value
    aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return aware if aware.year > 1970 else None


def _share(value: object) -> object:
    """None for the NaN that a zero denominator leaves behind."""
    return None if isinstance(value, float) and isnan(value) else value


Moment = Annotated[datetime | None, BeforeValidator(_moment)]
Share = Annotated[float | None, BeforeValidator(_share)]


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class BoardRow(_Row):
    """The whole business in one row; times are aware UTC, counts are orders."""

    clock_at: Moment
    newest_received_at: Moment
    open_orders: int
    at_risk_orders: int
    overdue_orders: int
    overdue_over_2h: int
    oldest_overdue_at: Moment
    at_risk_share: Share


class CsdiRow(_Row):
    """One window of one shop ("" is all shops); ratios in 0..1, the index in 0..100, None is no data."""

    window: str
    shop: str
    kept: int
    broken: int
    promise: Share
    credibility: Share
    self_heal: Share
    csdi: Share
    flagged: bool


class AtRiskRow(_Row):
    """One open order that is overdue or about to be; `seconds_left` is negative once the deadline passed.

    An order broken because the merchant cannot supply may have no deadline at all.
    """

    order_id: str
    platform: str
    shop: str
    phase: str
    overdue: bool
    promise: str
    deadline_at: Moment
    seconds_left: int | None


class AtRiskList(_Row):
    """The first rows of the list, late first, and how many there are in all."""

    rows: tuple[AtRiskRow, ...]
    total: int


def read_board(reader: Reader) -> BoardRow | None:
    """Return the board's row, or None when the store has none."""
    found = reader.rows(BOARD_SQL, {})
    return BoardRow.model_validate(found[0]) if found else None


def read_csdi(reader: Reader) -> tuple[CsdiRow, ...]:
    """Return every window of every shop."""
    return tuple(CsdiRow.model_validate(row) for row in reader.rows(CSDI_SQL, {}))


def read_at_risk(reader: Reader, shop: str = "", cap: int = LIST_CAP) -> AtRiskList:
    """Return at most `cap` orders of one shop ("" is all), late first."""
    found = reader.rows(AT_RISK_SQL, {"shop": shop, "cap": min(cap, EXPORT_CAP)})
    total = int(found[0]["total"]) if found else 0
    return AtRiskList(rows=tuple(AtRiskRow.model_validate(row) for row in found), total=total)
