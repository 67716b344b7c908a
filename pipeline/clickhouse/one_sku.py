"""Questions about one SKU, by name of the part that they fill; each takes {sku:String}."""

from typing import Final

PARTS: Final = {
    "account": """
SELECT on_hand, reserved, safety_stock, sellable, available, in_transit, returning, suspended,
    suspended_since, why, light, oversold, velocity_per_h, velocity_last_h,
    hours_of_cover, late, as_of
FROM v_skus
WHERE sku = {sku:String}
""",
    "places": """
SELECT warehouse, ledger_units, ledger_counted_at, cloud_units, cloud_counted_at, deviation, trust, leaking,
    silent, held_back
FROM v_sku_places
WHERE sku = {sku:String}
ORDER BY warehouse
""",
    "reserved": """
SELECT platform, units, orders
FROM v_sku_reservations
WHERE sku = {sku:String}
ORDER BY units DESC
""",
    "orders": """
SELECT order_id, platform, sum(if(type = 'stock.reserved', units, -units)) AS open_units,
    minIf(occurred_at, type = 'stock.reserved') AS reserved_at
FROM sku_facts FINAL
WHERE sku = {sku:String} AND type IN ('stock.reserved', 'stock.released', 'stock.shipped')
GROUP BY order_id, platform
HAVING open_units > 0
ORDER BY reserved_at DESC, order_id DESC
LIMIT 20
""",
    "drivers": """
SELECT driver, reason, place, units, orders
FROM v_sku_drivers
WHERE sku = {sku:String}
ORDER BY units DESC, driver, reason, place
""",
    "oversold": """
SELECT order_id, units, oversold_at
FROM v_oversold_orders
WHERE sku = {sku:String} AND is_oversold
ORDER BY oversold_at DESC, order_id DESC
LIMIT 20
""",
    "movements": """
SELECT occurred_at AS at, warehouse, units, reason, order_id, movement_id
FROM sku_facts FINAL
WHERE sku = {sku:String} AND type = 'stock.moved'
ORDER BY at DESC, movement_id
LIMIT 1 BY warehouse, movement_id
LIMIT 20
""",
    "storefronts": """
SELECT storefront, command, sent_at, answered_at, attempts, why, shown_units
FROM v_sku_suspensions
WHERE sku = {sku:String}
ORDER BY sent_at DESC
LIMIT 1 BY storefront, command = 'sku.allocate'
LIMIT 20
""",
    "deviations": """
SELECT at, warehouse, what, deviation, calibrated
FROM v_sku_deviations
WHERE sku = {sku:String}
ORDER BY at DESC
LIMIT 20
""",
}
