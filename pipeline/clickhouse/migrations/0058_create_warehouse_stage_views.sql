CREATE OR REPLACE VIEW v_order_warehouses
(
    order_id String COMMENT 'order number',
    warehouse LowCardinality(String) COMMENT 'warehouse that packs a parcel of the order, by the last word of who named it'
)
AS
SELECT DISTINCT order_id, named AS warehouse
FROM
(
    -- Without FINAL: a report that was inserted twice names the same warehouse twice.
    SELECT order_id, argMax(warehouse, (ifNull(version, 0), observed_at, source_offset)) AS named
    FROM order_reports
    WHERE warehouse != ''
    GROUP BY order_id, reporter, line
)
COMMENT 'Which warehouses pack an order. Grain: order_id and warehouse; an order in several parcels may have several, one of which nobody named a warehouse has no row. Lateness: changes within seconds of a report.';

CREATE OR REPLACE VIEW v_warehouse_stages
(
    warehouse LowCardinality(String) COMMENT 'warehouse; empty: nobody named one yet',
    platform LowCardinality(String) COMMENT 'tmall, jd, pdd, douyin, own_shop, other',
    shop LowCardinality(String) COMMENT 'shop; empty: not told',
    stage LowCardinality(String) COMMENT 'unpaid, to_ship, outbound, under_way, signed, closed',
    orders UInt64 COMMENT 'orders at this stage',
    open_orders UInt64 COMMENT 'of these, with a promise still owed',
    at_risk_orders UInt64 COMMENT 'of these, due in less than the risk window',
    overdue_orders UInt64 COMMENT 'of these, overdue'
)
AS
SELECT
    packed.warehouse AS warehouse,
    placed.platform AS platform,
    placed.shop AS shop,
    placed.stage AS stage,
    count() AS orders,
    countIf(placed.is_open) AS open_orders,
    countIf(placed.at_risk) AS at_risk_orders,
    countIf(placed.overdue) AS overdue_orders
FROM v_order_stages AS placed
LEFT JOIN v_order_warehouses AS packed ON packed.order_id = placed.order_id
GROUP BY warehouse, platform, shop, stage
COMMENT 'How many orders of each warehouse are at which stage. Grain: warehouse, platform, shop and stage; an order that several warehouses pack counts in each of them. Lateness: a late report moves an order within seconds. Without orders judged as of a past instant.';

CREATE OR REPLACE VIEW v_warehouses
(
    warehouse LowCardinality(String) COMMENT 'warehouse',
    skus UInt64 COMMENT 'SKUs that were counted or moved there',
    counted_at Nullable(DateTime64(3, 'UTC')) COMMENT 'newest count (UTC); null: never counted',
    moved_at Nullable(DateTime64(3, 'UTC')) COMMENT 'newest movement (UTC); null: none',
    units_in_24h Int64 COMMENT 'pieces that came in the last 24 h of the event clock',
    units_out_24h Int64 COMMENT 'pieces that went in the last 24 h of the event clock',
    heard_at DateTime64(3, 'UTC') COMMENT 'when it was last heard of (UTC)'
)
AS
WITH (SELECT clock_at FROM v_clock) AS clock
SELECT
    warehouse,
    uniqExact(sku) AS skus,
    maxOrNullIf(occurred_at, type = 'stock.counted') AS counted_at,
    maxOrNullIf(occurred_at, type = 'stock.moved') AS moved_at,
    sumIf(units, type = 'stock.moved' AND units > 0 AND occurred_at > clock - toIntervalDay(1)) AS units_in_24h,
    -sumIf(units, type = 'stock.moved' AND units < 0 AND occurred_at > clock - toIntervalDay(1)) AS units_out_24h,
    max(observed_at) AS heard_at
FROM sku_facts FINAL
WHERE warehouse != ''
GROUP BY warehouse
COMMENT 'Every warehouse that told of its stock, with what moved there. Grain: warehouse. Zone: UTC. The lateness of its orders is in v_warehouse_stages.';
