"""What the health board asks below its list: stages, kinds of anomalies, warehouses, self-check, trend."""

from datetime import datetime

from dashboard.queries.rows import Moment, Reader, Row, read

STAGES_SQL = """
SELECT platform, shop, stage, orders, open_orders, at_risk_orders, overdue_orders
FROM v_stages
ORDER BY platform, shop, stage
"""

KINDS_SQL = """
SELECT kind, count() AS found, countIf(severity = 'critical') AS critical, countIf(taken_by != '') AS taken,
       countIf(isNotNull(handed_over_at)) AS handed_over, min(detected_at) AS oldest_at
FROM v_anomalies
WHERE is_open
GROUP BY kind
ORDER BY found DESC, kind
"""

WAREHOUSES_SQL = """
SELECT warehouse, skus, counted_at, moved_at, units_in_24h, units_out_24h, heard_at
FROM v_warehouses
ORDER BY warehouse
"""

WAREHOUSE_STAGES_SQL = """
SELECT warehouse, platform, shop, stage, orders, open_orders, at_risk_orders, overdue_orders
FROM v_warehouse_stages
ORDER BY warehouse, platform, shop, stage
"""

SELF_CHECK_SQL = """
SELECT item, light, figures
FROM v_self_check
"""

HOURS_SQL = """
SELECT hour_at, kept, broken, healed, anomalies, sampled_equal, sampled
FROM v_csdi_hours
WHERE shop = {shop:String}
ORDER BY hour_at
"""


HOURS_OF_SQL = """
SELECT hour_at, sum(kept) AS kept, sum(broken) AS broken, sum(healed) AS healed, sum(anomalies) AS anomalies,
       sum(sampled_equal) AS sampled_equal, sum(sampled) AS sampled
FROM v_csdi_hours
WHERE shop IN {shops:Array(String)} AND shop != ''
GROUP BY hour_at
ORDER BY hour_at
"""


class StageRow(Row):
    """How many orders of a shop are at one stage."""

    platform: str
    shop: str
    stage: str
    orders: int
    open_orders: int
    at_risk_orders: int
    overdue_orders: int


class WarehouseStageRow(StageRow):
    """How many orders of a shop that one warehouse packs are at one stage; "" is: nobody named one."""

    warehouse: str


class KindRow(Row):
    """How many anomalies of one kind are open; `taken` by a person, `handed_over` to be taken by one."""

    kind: str
    found: int
    critical: int
    taken: int
    handed_over: int
    oldest_at: Moment


class WarehouseRow(Row):
    """What is known of one warehouse."""

    warehouse: str
    skus: int
    counted_at: Moment
    moved_at: Moment
    units_in_24h: int
    units_out_24h: int
    heard_at: Moment


class CheckRow(Row):
    """One row of the self-check, with the figures that led to its light."""

    item: str
    light: str
    figures: dict[str, float | None]


class HourRow(Row):
    """What the index is made of in one hour, which ends at `hour_at`."""

    hour_at: datetime
    kept: int
    broken: int
    healed: int
    anomalies: int
    sampled_equal: int
    sampled: int


def read_stages(reader: Reader) -> tuple[StageRow, ...]:
    """Return all shops at all stages."""
    return read(reader, StageRow, STAGES_SQL)


def read_kinds(reader: Reader) -> tuple[KindRow, ...]:
    """Return the kinds of which something is open, the most frequent first."""
    return read(reader, KindRow, KINDS_SQL)


def read_warehouses(reader: Reader) -> tuple[WarehouseRow, ...]:
    """Return every warehouse that was heard of."""
    return read(reader, WarehouseRow, WAREHOUSES_SQL)


def read_warehouse_stages(reader: Reader) -> tuple[WarehouseStageRow, ...]:
    """Return all warehouses with all stages of the orders that they pack."""
    return read(reader, WarehouseStageRow, WAREHOUSE_STAGES_SQL)


def read_checks(reader: Reader) -> tuple[CheckRow, ...]:
    """Return the four rows of the self-check."""
    return read(reader, CheckRow, SELF_CHECK_SQL)


def read_hours(reader: Reader, shop: str) -> tuple[HourRow, ...]:
    """Return the hours of the last 30 days in which anything counted, oldest first."""
    return read(reader, HourRow, HOURS_SQL, shop=shop)


def read_hours_of(reader: Reader, shops: tuple[str, ...]) -> tuple[HourRow, ...]:
    """Return the same of several shops together."""
    return read(reader, HourRow, HOURS_OF_SQL, shops=list(shops))
