CREATE OR REPLACE VIEW v_forecast
(
    order_id String COMMENT 'order number',
    platform LowCardinality(String) COMMENT 'tmall, jd, pdd, douyin, own_shop, other',
    shop LowCardinality(String) COMMENT 'shop; empty: not told',
    warehouse String COMMENT 'warehouse that packs it, the first by name of several; empty: nobody named one',
    deadline_at Nullable(DateTime64(3, 'UTC')) COMMENT 'shipping promised by (UTC)',
    seconds_left Nullable(Int64) COMMENT 'seconds from the clock to the deadline',
    place UInt64 COMMENT 'its place among what the warehouse still has to ship, by deadline, overdue ones first',
    left_4h UInt64 COMMENT 'orders that left the warehouse in the last 4 h of the event clock',
    left_24h UInt64 COMMENT 'orders that left it in the last 24 h; 0: its pace is not known',
    will_miss Nullable(Bool) COMMENT 'at the pace of the last 4 h its turn comes after its deadline; null: no pace is known'
)
AS
WITH
    (SELECT clock_at FROM v_clock) AS clock,
    4 * 3600000 AS horizon_ms
SELECT
    order_id,
    platform,
    shop,
    warehouse,
    due_at AS deadline_at,
    intDiv(left_ms, 1000) AS seconds_left,
    place,
    left_4h,
    left_24h,
    if(left_24h = 0, NULL, place * horizon_ms > left_4h * left_ms) AS will_miss
FROM
(
    SELECT
        order_id,
        platform,
        shop,
        warehouse,
        due_at,
        is_late,
        owes,
        toUnixTimestamp64Milli(due_at) - toUnixTimestamp64Milli(clock) AS left_ms,
        countIf(owes) OVER (PARTITION BY warehouse ORDER BY ifNull(due_at, clock), order_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS place,
        countIf(ifNull(outbound_at > clock - toIntervalHour(4) AND outbound_at <= clock, false))
            OVER (PARTITION BY warehouse) AS left_4h,
        countIf(ifNull(outbound_at > clock - toIntervalDay(1) AND outbound_at <= clock, false))
            OVER (PARTITION BY warehouse) AS left_24h
    FROM
    (
        SELECT
            order_id,
            platform,
            shop,
            outbound_at,
            isNotNull(overdue_since_at) AS is_late,
            coalesce(overdue_since_at, next_deadline_at) AS due_at,
            is_open AND owed = 'ship' AND ifNull(due_at <= clock + toIntervalHour(4), false) AS owes
        FROM orders_current FINAL
        WHERE isNull(as_of) AND (owes OR ifNull(outbound_at > clock - toIntervalDay(1) AND outbound_at <= clock, false))
    ) AS placed
    LEFT JOIN
    (
        SELECT order_id, min(toString(warehouse)) AS warehouse
        FROM v_order_warehouses
        GROUP BY order_id
    ) AS packed ON packed.order_id = placed.order_id
)
WHERE owes AND NOT is_late
ORDER BY deadline_at, order_id
COMMENT 'Open orders to be shipped within the next 4 h, and whether they will be at the present pace of their warehouse. Grain: order_id. Zone: UTC. Lateness: a late report changes it within seconds. Without overdue orders, which have missed already, and without delivery promises.';

CREATE OR REPLACE VIEW v_board_forecast
(
    clock_at Nullable(DateTime64(3, 'UTC')) COMMENT 'the event clock (UTC); null: no clock yet',
    due_orders UInt64 COMMENT 'open orders to be shipped within the next 4 h, none of them overdue',
    missing_orders UInt64 COMMENT 'of these, how many will miss their deadline',
    unknown_orders UInt64 COMMENT 'of these, how many have a warehouse whose pace is not known'
)
AS
WITH (SELECT clock_at FROM v_clock) AS clock
SELECT
    clock AS clock_at,
    count() AS due_orders,
    countIf(ifNull(will_miss, false)) AS missing_orders,
    countIf(isNull(will_miss)) AS unknown_orders
FROM v_forecast
COMMENT 'How many orders will miss their shipping deadline in the next 4 h. Grain: one row. Zone: UTC. Lateness: a late report changes it within seconds.';
