"""What the health board asks: the light, the index, the orders to act on, where they are."""

from typing import Final, NamedTuple

from dashboard.limits import EXPORT_CAP, LIST_CAP
from dashboard.queries.narrowing import PACKED
from dashboard.queries.rows import Moment, Reader, Row, Share, read

UNNAMED: Final = "-"
"""Stands for the orders of which nobody named a warehouse; the questions below know it, too."""

BOARD_SQL = """
SELECT clock_at, newest_received_at, open_orders, at_risk_orders, overdue_orders,
       overdue_handled, overdue_over_2h, oldest_overdue_at, oldest_unhandled_at, at_risk_share
FROM v_board
"""

CSDI_SQL = """
SELECT window, shop, kept, broken, healed, anomalies, sampled_equal, sampled,
       promise, credibility, self_heal, weight_promise, weight_credibility, weight_self_heal, csdi, flagged
FROM v_csdi
ORDER BY window, shop
"""

AT_RISK_SQL = f"""
SELECT order_id, platform, shop, warehouses, stage, phase, skus, in_step_s, overdue, promise, deadline_at,
       seconds_left, handled_by, count() OVER () AS total
FROM v_at_risk
WHERE ({{shop:String}} = '' OR shop = {{shop:String}})
  AND ({{platform:String}} = '' OR platform = {{platform:String}})
  AND {PACKED}
ORDER BY overdue DESC, deadline_at, order_id
LIMIT {{cap:UInt32}}
"""  # noqa: S608  (parts of ours)


LAG_SQL = """
SELECT lag_s
FROM v_pipeline_lag
"""


class Within(NamedTuple):
    """What narrows a list or a chart; "" is everything, warehouse UNNAMED: that nobody named one."""

    shop: str = ""
    platform: str = ""
    warehouse: str = ""


EVERYTHING: Final = Within()


class BoardRow(Row):
    """The whole business in one row; times are aware UTC, counts are orders."""

    clock_at: Moment
    newest_received_at: Moment
    open_orders: int
    at_risk_orders: int
    overdue_orders: int
    overdue_handled: int = 0
    overdue_over_2h: int
    oldest_overdue_at: Moment
    oldest_unhandled_at: Moment = None
    at_risk_share: Share


class Lag(Row):
    """How far the slowest partition is behind the present, in seconds."""

    lag_s: float


class CsdiRow(Row):
    """One window of one shop ("" is all shops); ratios in 0..1, the index in 0..100, None is no data."""

    window: str
    shop: str
    kept: int
    broken: int
    healed: int = 0
    anomalies: int = 0
    sampled_equal: int = 0
    sampled: int = 0
    weight_promise: float = 0.5
    weight_credibility: float = 0.3
    weight_self_heal: float = 0.2
    promise: Share
    credibility: Share
    self_heal: Share
    csdi: Share
    flagged: bool


class AtRiskRow(Row):
    """One open order that is overdue or about to be; `seconds_left` is negative once the deadline passed.

    An order broken because the merchant cannot supply may have no deadline at all. `in_step_s` None: nobody
    said when it came to its stage. No warehouse: nobody named one; no SKU: not told.
    """

    order_id: str
    platform: str
    shop: str
    warehouses: tuple[str, ...] = ()
    stage: str
    phase: str
    skus: tuple[str, ...] = ()
    in_step_s: int | None = None
    overdue: bool
    promise: str
    deadline_at: Moment
    seconds_left: int | None
    handled_by: str = ""


class AtRiskList(Row):
    """The first rows of the list, late first, and how many there are in all."""

    rows: tuple[AtRiskRow, ...]
    total: int


def read_board(reader: Reader) -> BoardRow | None:
    """Return the board's row, or None when the store has none."""
    return next(iter(read(reader, BoardRow, BOARD_SQL)), None)


def read_lag(reader: Reader) -> float | None:
    """Return how many seconds the pipeline is behind the present, None before the first event."""
    found = next(iter(read(reader, Lag, LAG_SQL)), None)
    return found.lag_s if found else None


def read_csdi(reader: Reader) -> tuple[CsdiRow, ...]:
    """Return every window of every shop."""
    return read(reader, CsdiRow, CSDI_SQL)


def read_at_risk(reader: Reader, within: Within = EVERYTHING, cap: int = LIST_CAP) -> AtRiskList:
    """Return at most `cap` orders of one shop, platform and warehouse, late first."""
    asked = {**within._asdict(), "cap": min(cap, EXPORT_CAP)}
    found = reader.rows(AT_RISK_SQL, asked)
    total = int(found[0]["total"]) if found else 0
    return AtRiskList(rows=tuple(AtRiskRow.model_validate(row) for row in found), total=total)
