"""The orders that need one SKU: those still open, and how many promises of theirs were kept."""

from dashboard.limits import EXPORT_CAP, LIST_CAP
from dashboard.queries.chosen import EVERYTHING, Chosen
from dashboard.queries.narrowing import PACKED, since
from dashboard.queries.rows import Moment, Reader, Row, read

SKU_ORDERS_SQL = f"""
SELECT order_id, platform, shop, stage, overdue, at_risk, promise, deadline_at, seconds_left, ordered_at,
       units, in_bundle, count() OVER () AS total
FROM v_sku_orders
WHERE sku = {{sku:String}} AND is_open
  AND ({{platform:String}} = '' OR platform = {{platform:String}})
  AND {PACKED}
ORDER BY overdue DESC, deadline_at, order_id
LIMIT {{cap:UInt32}}
"""  # noqa: S608  (parts of ours)

ON_TIME_SQL = f"""
SELECT countIf(verdict = 'kept') AS kept, countIf(verdict = 'broken') AS broken
FROM v_sku_orders
WHERE sku = {{sku:String}} AND settled_at <= (SELECT clock_at FROM v_clock)
  AND {since("settled_at")}
  AND ({{platform:String}} = '' OR platform = {{platform:String}})
  AND {PACKED}
"""  # noqa: S608  (parts of ours)


class SkuOrder(Row):
    """One open order that needs the SKU; without a deadline it owes nothing that has one."""

    order_id: str
    platform: str
    shop: str
    stage: str
    overdue: bool
    at_risk: bool
    promise: str
    deadline_at: Moment
    seconds_left: int | None
    ordered_at: Moment
    units: int
    in_bundle: bool


class SkuOrderList(Row):
    """The first of these orders, late first, and how many there are in all."""

    rows: tuple[SkuOrder, ...]
    total: int


class OnTime(Row):
    """How many promises of its orders were kept and broken in a window."""

    kept: int = 0
    broken: int = 0


def read_sku_orders(
    reader: Reader, sku: str, chosen: Chosen = EVERYTHING, cap: int = LIST_CAP
) -> SkuOrderList:
    """Return at most `cap` open orders that need the SKU, late first."""
    found = reader.rows(SKU_ORDERS_SQL, chosen.asked() | {"sku": sku, "cap": min(cap, EXPORT_CAP)})
    total = int(found[0]["total"]) if found else 0
    return SkuOrderList(rows=tuple(SkuOrder.model_validate(row) for row in found), total=total)


def read_on_time(reader: Reader, sku: str, chosen: Chosen = EVERYTHING) -> OnTime:
    """Return how many promises were settled, and how, in a window that ends at the event clock."""
    found = read(reader, OnTime, ON_TIME_SQL, sku=sku, **chosen.asked())
    return next(iter(found), OnTime())
