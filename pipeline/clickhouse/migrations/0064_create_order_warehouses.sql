CREATE TABLE IF NOT EXISTS order_warehouses
(
    order_id String COMMENT 'order number',
    reporter LowCardinality(String) COMMENT 'who names the warehouse: wms, erp, ...',
    line String COMMENT 'order line or waybill of which it is said; empty: the whole order',
    warehouse LowCardinality(String) COMMENT 'warehouse that packs it, by this word',
    rank Int256 COMMENT 'version, then when it was received, then its offset: of two words the higher one stands'
)
ENGINE = ReplacingMergeTree(rank)
ORDER BY (order_id, reporter, line)
COMMENT 'The last word of each reporter on where a parcel is packed, kept beside order_reports by order_warehouses_mv. Grain: order_id, reporter and line. Read FINAL, or through v_order_warehouses.';

CREATE MATERIALIZED VIEW IF NOT EXISTS order_warehouses_mv TO order_warehouses
AS
SELECT
    order_id,
    reporter,
    line,
    warehouse,
    toInt256(ifNull(version, 0)) * toInt256('1000000000000000000000000000000000000')
        + toInt256(toUnixTimestamp64Milli(observed_at)) * toInt256('10000000000000000000')
        + toInt256(source_offset) AS rank
FROM order_reports
WHERE warehouse != '';

INSERT INTO order_warehouses
SELECT
    order_id,
    reporter,
    line,
    warehouse,
    toInt256(ifNull(version, 0)) * toInt256('1000000000000000000000000000000000000')
        + toInt256(toUnixTimestamp64Milli(observed_at)) * toInt256('10000000000000000000')
        + toInt256(source_offset) AS rank
FROM order_reports
WHERE warehouse != '';

CREATE OR REPLACE VIEW v_order_warehouses
(
    order_id String COMMENT 'order number',
    warehouse LowCardinality(String) COMMENT 'warehouse that packs a parcel of the order, by the last word of who named it'
)
AS
SELECT order_id, arrayJoin(arrayDistinct(named)) AS warehouse
FROM
(
    -- By the order of the key, without a table of all orders in memory: DISTINCT took three times as long.
    SELECT order_id, groupArray(warehouse) AS named
    FROM order_warehouses FINAL
    GROUP BY order_id
    SETTINGS optimize_aggregation_in_order = 1
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
    arrayJoin(if(empty(packed.named), CAST([''], 'Array(LowCardinality(String))'), arrayDistinct(packed.named))) AS warehouse,
    placed.platform AS platform,
    placed.shop AS shop,
    placed.stage AS stage,
    count() AS orders,
    countIf(placed.is_open) AS open_orders,
    countIf(placed.at_risk) AS at_risk_orders,
    countIf(placed.overdue) AS overdue_orders
FROM v_order_stages AS placed
LEFT JOIN
(
    SELECT order_id, groupArray(warehouse) AS named
    FROM order_warehouses FINAL
    GROUP BY order_id
    SETTINGS optimize_aggregation_in_order = 1
) AS packed ON packed.order_id = placed.order_id
GROUP BY warehouse, platform, shop, stage
COMMENT 'How many orders of each warehouse are at which stage. Grain: warehouse, platform, shop and stage; an order that several warehouses pack counts in each of them. Lateness: a late report moves an order within seconds. Without orders judged as of a past instant.';
