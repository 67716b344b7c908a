"""Fills a store with so many made-up orders by SQL alone, spread over 30 days: for views, not for judges."""

from pipeline.clickhouse.reader import Reader

REPORTS_AN_ORDER = 20
"""A simulated order tells 21 (docs/scale.md)."""
WAREHOUSE_REPORTS = 4
"""Of these name the warehouse that packs."""
SKUS = 10_000
HOT_SHARE = 20
"""Every so many-th order has the same SKU: SKU-0 is in 5 % of all."""
CHUNK = 100_000
START = "toDateTime64('2026-11-11 08:00:00', 3, 'UTC')"
PLATFORM = "['tmall', 'jd', 'pdd', 'douyin', 'own_shop'][n % 5 + 1]"
SHOP = "concat('shop-', toString(n % 10))"
ORDER = "concat('O', leftPad(toString(n), 9, '0'))"
HEAD = f"""{ORDER} AS order_id, {PLATFORM} AS platform, {SHOP} AS shop, {START} AS observed_at,
    toInt64(number) AS source_offset"""
PLACED = f"{START} - toIntervalSecond(2592000 - toUInt64(n * 2.592))"
"""Of the n-th order of a million: spread over the 30 days before the clock."""

ORDERS = f"""
INSERT INTO orders_current (event_id, order_id, platform, shop, observed_at, source_offset, phase,
    platform_phase, is_open, verdict, rule, ordered_at, paid_at, promised_ship_at, outbound_at, deadline_at,
    settled_at, overdue_since_at, next_deadline_at, owed, lines, words)
WITH number AS n, {PLACED} AS placed_at, n % 20 = 3 AS waits, waits AND n % 200 = 3 AS late
SELECT toString(n) AS event_id, {HEAD}, if(waits, 'not_shipped', 'signed'), if(waits, 'to_ship', 'signed'),
    waits, if(late, 'broken', if(waits, 'open', if(n % 12 = 5, 'broken', 'kept'))), 'made up',
    placed_at, placed_at, placed_at + toIntervalHour(24), if(waits, NULL, placed_at + toIntervalHour(12)),
    placed_at + toIntervalHour(24), if(waits AND NOT late, NULL, placed_at + toIntervalHour(12)),
    if(late, {START} - toIntervalSecond(n % 90000), NULL),
    if(waits AND NOT late, {START} + toIntervalSecond(n % 90000), NULL), if(waits, 'ship', ''), 1,
    '[{{"reporter":"wms","line":"W1","phase":"shipped","raw_code":"95","mapping":"wms@1"}}]'
FROM numbers({{first:UInt64}}, {{rows:UInt64}})
"""  # noqa: S608  (constants of ours)

REPORTS = f"""
INSERT INTO order_reports (event_id, order_id, platform, shop, observed_at, source_offset, reporter, mapping,
    phase, raw_code, line, version, units, warehouse)
WITH intDiv(number, {REPORTS_AN_ORDER}) AS n, number % {REPORTS_AN_ORDER} AS turn,
    turn < {WAREHOUSE_REPORTS} AS packs
SELECT hex(cityHash64(number)) AS event_id, {HEAD},
    if(packs, 'wms', ['platform', 'erp', 'carrier'][turn % 3 + 1]), 'made-up@1',
    'shipped', toString(turn), if(packs, concat('W', toString(n)), ''), toInt64(turn), 1,
    if(packs AND n % 50 != 7, ['east', 'south', 'north', 'west'][n % 4 + 1], '')
FROM numbers({{first:UInt64}} * {REPORTS_AN_ORDER}, {{rows:UInt64}} * {REPORTS_AN_ORDER})
"""  # noqa: S608  (constants of ours)

FACTS = f"""
INSERT INTO sku_facts (event_id, order_id, platform, shop, observed_at, source_offset, occurred_at, type, sku,
    units, step)
WITH intDiv(number, 6) AS n, number % 6 AS turn, intDiv(turn, 3) AS line
SELECT hex(cityHash64(number)) AS event_id, {HEAD}, {PLACED},
    ['sku.ordered', 'stock.reserved', 'stock.shipped'][turn % 3 + 1],
    concat('SKU-', toString(if(line = 0 AND cityHash64(n) % {HOT_SHARE} = 0, 0,
        cityHash64(n, line) % {SKUS}))),
    1, toInt64(turn % 3)
FROM numbers({{first:UInt64}} * 6, {{rows:UInt64}} * 6)
"""  # noqa: S608  (constants of ours)

ACCOUNTS = f"""
INSERT INTO skus_current (event_id, sku, occurred_at, observed_at, on_hand, reserved, sellable, available,
    light, places, platforms, fronts, source_offset)
SELECT toString(number), concat('SKU-', toString(number)), {START}, {START}, 100, 5, 95, 95, 'green',
    '[{{"warehouse":"east","ledger_units":100}}]', '[]', '[]', toInt64(number)
FROM numbers({SKUS})
"""  # noqa: S608  (constants of ours)

ANOMALIES = f"""
INSERT INTO anomalies_current (event_id, subject, anomaly_id, kind, severity, detected_at, last_seen_at,
    heal_deadline_at, sightings, attempts, taken_by, handed_by, end, ended_at, source_offset)
WITH number * 100 + 3 AS n
SELECT toString(n), concat('order:', {ORDER}), [toString(n)], ['promise_broken'], ['critical'],
    [{START}], [{START}], [{START}], [1], [0], [''], [''], [if(number % 2, '', 'healed')],
    [if(number % 2, NULL, {START})], toInt64(n)
FROM numbers(intDiv({{rows:UInt64}}, 100))
"""  # noqa: S608  (constants of ours)

CLOCK = f"INSERT INTO event_clock (agent, partition, clock_at) VALUES ('order_hub', 0, {START})"  # noqa: S608


def fill(reader: Reader, orders: int) -> None:
    """Put so many orders with their reports, goods and anomalies into an empty, migrated database."""
    for first in range(0, orders, CHUNK):
        told = {"first": first, "rows": min(CHUNK, orders - first)}
        for sql in (ORDERS, REPORTS, FACTS):
            reader.query(sql, told)
    reader.query(ACCOUNTS)
    reader.query(ANOMALIES, {"rows": orders})
    reader.query(CLOCK)
