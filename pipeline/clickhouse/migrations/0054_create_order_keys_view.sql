CREATE OR REPLACE VIEW v_order_keys
(
    kind LowCardinality(String) COMMENT 'what the key is: order, waybill or phone_tail',
    found String COMMENT 'the key: order number, waybill, or last four digits of the receiver''s phone',
    order_id String COMMENT 'order number'
)
AS
SELECT 'order' AS kind, order_id AS found, order_id
FROM orders_current
UNION DISTINCT
SELECT 'waybill', waybill, order_id
FROM waybill_facts
WHERE order_id != ''
UNION DISTINCT
SELECT 'waybill', waybill, order_id
FROM parcel_reports
UNION DISTINCT
SELECT 'phone_tail', phone_tail, order_id
FROM order_reports
WHERE phone_tail != ''
COMMENT 'By what an order can be found: filter by kind and found. Grain: kind, found, order_id.';

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
COMMENT 'Every warehouse that was heard of, with what moved there. Grain: warehouse. Zone: UTC. Orders name no warehouse, so lateness of orders cannot be told by warehouse.';
