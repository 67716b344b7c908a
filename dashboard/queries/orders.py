"""The orders behind a number: one question, whose set and filters are its parameters."""

from typing import NamedTuple

from dashboard.limits import EXPORT_CAP, LIST_CAP
from dashboard.queries.narrowing import NEEDS_SKU, PACKED
from dashboard.queries.rows import Moment, Reader, Row

SETS = ("open", "overdue", "unhandled", "at_risk", "will_miss", "kept", "broken", "all")
SECONDS = {"1h": 3600, "24h": 86_400, "7d": 604_800, "30d": 2_592_000, "all": 0}

ORDERS_SQL = f"""
WITH (SELECT clock_at FROM v_clock) AS clock
SELECT order_id, platform, shop, stage, verdict, overdue, at_risk, promise, deadline_at, seconds_left,
       ordered_at, settled_at, count() OVER () AS total
FROM v_order_stages
WHERE ({{shop:String}} = '' OR shop = {{shop:String}})
  AND ({{platform:String}} = '' OR platform = {{platform:String}})
  AND ({{stage:String}} = '' OR stage = {{stage:String}})
  AND {PACKED}
  AND {NEEDS_SKU}
  AND multiIf(
        {{set:String}} = 'open', is_open,
        {{set:String}} = 'overdue', overdue,
        {{set:String}} = 'unhandled', overdue AND order_id IN
            (SELECT order_id FROM v_due_orders WHERE overdue AND handled_by = ''
                AND seconds_left < -(SELECT overdue_limit_s FROM v_constants)),
        {{set:String}} = 'at_risk', at_risk,
        {{set:String}} = 'will_miss', order_id IN (SELECT order_id FROM v_forecast WHERE will_miss),
        {{set:String}} IN ('kept', 'broken'), verdict = {{set:String}} AND settled_at <= clock
            AND ({{seconds:Int64}} = 0 OR settled_at > clock - toIntervalSecond({{seconds:Int64}})),
        true)
ORDER BY overdue DESC, is_open DESC, coalesce(deadline_at, ordered_at), order_id
LIMIT {{cap:UInt32}}
"""  # noqa: S608  (parts of ours)

MISMATCHES_SQL = """
SELECT order_id, shop, app_phase, phase, hour_at, count() OVER () AS total
FROM v_credibility_orders
WHERE hour_at = (SELECT max(hour_at) FROM v_full_hours) AND NOT equal
ORDER BY order_id
LIMIT {cap:UInt32}
"""


class Wanted(NamedTuple):
    """Which orders: a set, and what narrows it; "" is everything."""

    which: str
    shop: str = ""
    platform: str = ""
    stage: str = ""
    window: str = "24h"
    warehouse: str = ""
    sku: str = ""


class OrderRow(Row):
    """One order of a set."""

    order_id: str
    platform: str
    shop: str
    stage: str
    verdict: str
    overdue: bool
    at_risk: bool
    promise: str
    deadline_at: Moment
    seconds_left: int | None
    ordered_at: Moment
    settled_at: Moment


class OrderList(Row):
    """The first orders of a set, and how many there are in all."""

    rows: tuple[OrderRow, ...]
    total: int


class Mismatch(Row):
    """One order of which the customer's app shows another phase than ours."""

    order_id: str
    shop: str
    app_phase: str
    phase: str
    hour_at: Moment


def read_orders(reader: Reader, wanted: Wanted, cap: int = LIST_CAP) -> OrderList:
    """Return at most `cap` orders of a set, those in trouble first."""
    asked = {
        "set": wanted.which,
        "shop": wanted.shop,
        "platform": wanted.platform,
        "stage": wanted.stage,
        "warehouse": wanted.warehouse,
        "sku": wanted.sku,
        "seconds": SECONDS[wanted.window],
        "cap": min(cap, EXPORT_CAP),
    }
    found = reader.rows(ORDERS_SQL, asked)
    total = int(found[0]["total"]) if found else 0
    return OrderList(rows=tuple(OrderRow.model_validate(row) for row in found), total=total)


def read_mismatches(reader: Reader, cap: int = LIST_CAP) -> tuple[tuple[Mismatch, ...], int]:
    """Return the orders whose app told another phase at the last full hour, and how many there are."""
    found = reader.rows(MISMATCHES_SQL, {"cap": cap})
    return tuple(Mismatch.model_validate(row) for row in found), int(found[0]["total"]) if found else 0
