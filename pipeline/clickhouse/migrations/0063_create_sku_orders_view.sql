CREATE OR REPLACE VIEW v_sku_orders
(
    sku String COMMENT 'stock keeping unit',
    order_id String COMMENT 'order number',
    platform LowCardinality(String) COMMENT 'tmall, jd, pdd, douyin, own_shop, other',
    shop LowCardinality(String) COMMENT 'shop; empty: not told',
    ordered_units Int64 COMMENT 'pieces that its lines name by this SKU; a bundle by its own SKU, so 0 for a component of one',
    reserved_units Int64 COMMENT 'pieces that it takes from stock, those of bundles included; 0: the SKU of a bundle, or nothing is reserved yet',
    units Int64 COMMENT 'the larger of the two: so many of it the order needs',
    in_bundle Bool COMMENT 'it needs more of it than its lines name: it is in a bundle',
    stage LowCardinality(String) COMMENT 'unpaid, to_ship, outbound, under_way, signed, closed',
    is_open Bool COMMENT 'promises not yet fulfilled, and not closed',
    verdict LowCardinality(String) COMMENT 'verdict on the order: open, kept, broken, or none: nothing was owed',
    overdue Bool COMMENT 'open with a passed deadline still unmet',
    at_risk Bool COMMENT 'open, not overdue, due in less than the risk window',
    promise LowCardinality(String) COMMENT 'which promise is still owed: ship or sign; empty: neither',
    deadline_at Nullable(DateTime64(3, 'UTC')) COMMENT 'deadline ahead, or the first one missed (UTC)',
    seconds_left Nullable(Int64) COMMENT 'seconds from the clock to the deadline; negative: overdue',
    ordered_at Nullable(DateTime64(3, 'UTC')) COMMENT 'order placed (UTC)',
    settled_at Nullable(DateTime64(3, 'UTC'))
        COMMENT 'kept: last fulfilment; broken: first missed deadline (UTC)'
)
AS
SELECT
    need.sku AS sku,
    placed.order_id AS order_id,
    placed.platform AS platform,
    placed.shop AS shop,
    need.ordered AS ordered_units,
    need.reserved AS reserved_units,
    greatest(ordered_units, reserved_units) AS units,
    reserved_units > ordered_units AS in_bundle,
    placed.stage AS stage,
    placed.is_open AS is_open,
    placed.verdict AS verdict,
    placed.overdue AS overdue,
    placed.at_risk AS at_risk,
    placed.promise AS promise,
    placed.deadline_at AS deadline_at,
    placed.seconds_left AS seconds_left,
    placed.ordered_at AS ordered_at,
    placed.settled_at AS settled_at
FROM v_order_stages AS placed
INNER JOIN
(
    -- What is told of an order is the difference to what was told before, so the sum is what it asks for now.
    SELECT sku, order_id, sumIf(units, type = 'sku.ordered') AS ordered, sumIf(units, type = 'stock.reserved') AS reserved
    FROM sku_facts FINAL
    WHERE type IN ('sku.ordered', 'stock.reserved')
    GROUP BY sku, order_id
    HAVING ordered > 0 OR reserved > 0
) AS need ON need.order_id = placed.order_id
COMMENT 'Every running order with each SKU that it needs, by itself or in a bundle; filter by sku. Grain: sku and order_id. Units are pieces. Zone: UTC. Lateness: a late report moves a row, what an order no longer asks for is gone within seconds. Without orders judged as of a past instant.';
