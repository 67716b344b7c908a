CREATE OR REPLACE VIEW v_sku_drivers
(
    sku String COMMENT 'stock keeping unit',
    driver LowCardinality(String) COMMENT 'orders, outbound, moved, counted, calibrated: in the last 24 h; safety, held_back: as it stands now',
    reason String COMMENT 'moved: why, as the warehouse says; empty otherwise',
    place String COMMENT 'orders: platform; moved, counted, calibrated, held_back: warehouse; empty: none, or not told',
    units Int64 COMMENT 'pieces by which it makes available stock smaller (positive) or larger (negative); never 0',
    orders UInt64 COMMENT 'orders: of so many that changed; 0 otherwise'
)
AS
WITH
    (SELECT assumeNotNull(clock_at) FROM v_clock) AS until,
    until - toIntervalDay(1) AS since,
    -- What moved or set the ledger of one SKU in one warehouse; a movement told twice counts once.
    entries AS
    (
        SELECT
            sku, warehouse, at, what, units, reason, order_id, version,
            min(if(what = 'counted', at, NULL)) OVER (PARTITION BY sku, warehouse) AS known_at,
            max(if(what = 'counted' AND at <= since, at, NULL)) OVER (PARTITION BY sku, warehouse) AS before_at,
            max(if(what = 'counted', at, NULL)) OVER (PARTITION BY sku, warehouse) AS last_at
        FROM
        (
            SELECT
                sku, toString(warehouse) AS warehouse, tupleElement(first, 1) AS at, 'moved' AS what,
                tupleElement(first, 2) AS units, tupleElement(first, 3) AS reason,
                tupleElement(first, 4) AS order_id, toInt64(0) AS version
            FROM
            (
                SELECT
                    sku, warehouse,
                    argMin((occurred_at, units, toString(reason), order_id), source_offset) AS first
                FROM sku_facts FINAL
                WHERE type = 'stock.moved'
                GROUP BY sku, warehouse, movement_id
            )
            UNION ALL
            SELECT sku, toString(warehouse), occurred_at, 'counted', units, '', '', ifNull(version, 0)
            FROM sku_facts FINAL
            WHERE type = 'stock.counted' AND counter = 'ledger'
            UNION ALL
            SELECT sku, toString(warehouse), occurred_at, 'calibrated', ifNull(units, 0), '', '', 0
            FROM sku_decisions FINAL
            WHERE type = 'stock.calibrated'
        )
        WHERE at <= until
    )
SELECT sku, driver, reason, place, sum(pieces) AS units, sum(changed) AS orders
FROM
(
    -- An order needs what it reserved and did not release, or what left for it where that is more.
    SELECT
        sku, tupleElement(part, 1) AS driver, '' AS reason, tupleElement(part, 2) AS place,
        tupleElement(part, 3) AS pieces, tupleElement(part, 4) AS changed
    FROM
    (
        SELECT
            sku, order_id, max(platform) AS platform,
            greatest(sumIf(units, what = 'shipped'), sumIf(units, what = 'moved')) AS gone,
            greatest(sumIf(units, what = 'shipped' AND at <= since), sumIf(units, what = 'moved' AND at <= since)) AS gone_before,
            greatest(sumIf(units, what = 'asked'), gone) - greatest(sumIf(units, what = 'asked' AND at <= since), gone_before) AS needed,
            sumIf(units, what = 'moved' AND is_booked AND at > since) AS booked
        FROM
        (
            SELECT
                sku, order_id, toString(platform) AS platform, occurred_at AS at,
                if(type = 'stock.shipped', 'shipped', 'asked') AS what,
                if(type = 'stock.released', -units, units) AS units, false AS is_booked
            FROM sku_facts FINAL
            WHERE type IN ('stock.reserved', 'stock.released', 'stock.shipped') AND occurred_at <= until
            UNION ALL
            SELECT sku, order_id, '', at, 'moved', -units, ifNull(at > known_at, false)
            FROM entries
            WHERE what = 'moved' AND order_id != '' AND units < 0
        )
        GROUP BY sku, order_id
    )
    ARRAY JOIN [
        ('orders', platform, needed, toUInt64(needed != 0)),
        ('outbound', '', booked - (gone - gone_before), toUInt64(0))
    ] AS part
    UNION ALL
    -- What moved for no order, where the ledger has counted before.
    SELECT
        sku, if(reason = 'outbound', 'outbound', 'moved'), if(reason = 'outbound', '', reason),
        if(reason = 'outbound', '', warehouse), -units, 0
    FROM entries
    WHERE what = 'moved' AND at > since AND at > known_at AND NOT (order_id != '' AND units < 0)
    UNION ALL
    SELECT sku, 'calibrated', '', warehouse, -units, 0
    FROM entries
    WHERE what = 'calibrated' AND at > since
    UNION ALL
    -- What the ledger should have counted last, by the count before these 24 h and what it knew since, less what it did count.
    SELECT
        sku, 'counted', '', warehouse,
        argMaxIf(units, (at, version, units), what = 'counted' AND at <= since)
            + sumIf(units, what = 'moved' AND at > before_at AND at <= last_at)
            + sumIf(units, what = 'calibrated' AND at >= before_at AND at < last_at)
            - argMaxIf(units, (at, version, units), what = 'counted'),
        0
    FROM entries
    WHERE before_at IS NOT NULL AND last_at > since
    GROUP BY sku, warehouse
    UNION ALL
    SELECT sku, 'safety', '', '', safety_stock, 0
    FROM skus_current FINAL
    UNION ALL
    SELECT sku, 'held_back', '', warehouse, ifNull(ledger_units, 0), 0
    FROM v_sku_places
    WHERE held_back
)
GROUP BY sku, driver, reason, place
HAVING units != 0
COMMENT 'What makes a SKU run out: what took available stock in the last 24 h of the event clock, and what is held back now. Grain: sku, driver, reason, place. What was sellable 24 h ago by the ledger, minus all units of the SKU, is what is available now. orders: reserved, less released; an outbound movement that names its order is in it and no driver of its own. outbound: movements that name no order, less parcels of orders that no movement names. moved: every other movement. counted: what a count of the ledger found missing. calibrated: corrections of the ledger. A fact told twice counts once. Units are pieces. Zone: UTC. Lateness: a fact counts when it happened, however late it comes; before the first count of the ledger in a warehouse nothing moves there.';
