CREATE OR REPLACE VIEW v_due_orders
(
    order_id String COMMENT 'order number',
    platform LowCardinality(String) COMMENT 'tmall, jd, pdd, douyin, own_shop, other',
    shop LowCardinality(String) COMMENT 'shop; empty: not told',
    phase LowCardinality(String) COMMENT 'back-end phase: not_shipped, shipped, signed',
    stage LowCardinality(String) COMMENT 'how far it is: unpaid, to_ship, outbound (no scan yet), under_way (scanned), signed',
    step_since_at Nullable(DateTime64(3, 'UTC')) COMMENT 'when it came to this stage (UTC); null: nobody said when',
    in_step_s Nullable(Int64) COMMENT 'seconds from then to the clock; null: nobody said when',
    overdue Bool COMMENT 'true: a deadline has passed and is still unmet; false: due within the risk window',
    promise LowCardinality(String) COMMENT 'which promise: ship or sign',
    deadline_at Nullable(DateTime64(3, 'UTC')) COMMENT 'deadline ahead, or the first one missed (UTC)',
    seconds_left Nullable(Int64) COMMENT 'seconds from the clock to the deadline; negative: overdue',
    handled_by String COMMENT 'who took its broken promise, by reference; empty: nobody',
    clock_at Nullable(DateTime64(3, 'UTC')) COMMENT 'the event clock (UTC)'
)
AS
WITH (SELECT clock_at FROM v_clock) AS clock
SELECT
    due.order_id AS order_id,
    due.platform AS platform,
    due.shop AS shop,
    due.phase AS phase,
    due.stage AS stage,
    due.step_since_at AS step_since_at,
    -- Not greatest(0, ...): that would make no data a zero.
    if(due.step_since_at > clock, 0,
        intDiv(toUnixTimestamp64Milli(clock) - toUnixTimestamp64Milli(due.step_since_at), 1000)) AS in_step_s,
    due.overdue AS overdue,
    due.promise AS promise,
    due.deadline_at AS deadline_at,
    due.seconds_left AS seconds_left,
    taken.handled_by AS handled_by,
    clock AS clock_at
FROM
(
    SELECT order_id, platform, shop, phase, stage, step_since_at, overdue, promise, deadline_at, seconds_left
    FROM v_order_stages
    WHERE overdue OR at_risk
) AS due
LEFT JOIN
(
    SELECT
        substring(subject, 7) AS order_id,
        arrayFirst(
            (who, what, ended) -> who != '' AND what = 'promise_broken' AND ended = '',
            taken_by, kind, end) AS handled_by
    FROM anomalies_current FINAL
    WHERE startsWith(subject, 'order:') AND handled_by != ''
) AS taken ON taken.order_id = due.order_id
ORDER BY overdue DESC, deadline_at, order_id
COMMENT 'Open orders that are late, or due in less than the risk window (v_constants); late first. Cheaper than v_at_risk, which adds warehouses and SKUs. Grain: order_id. Zone: UTC. Lateness: a late report removes or moves a row within seconds. Without orders judged as of a past instant.';

CREATE OR REPLACE VIEW v_at_risk
(
    order_id String COMMENT 'order number',
    platform LowCardinality(String) COMMENT 'tmall, jd, pdd, douyin, own_shop, other',
    shop LowCardinality(String) COMMENT 'shop; empty: not told',
    warehouses Array(String) COMMENT 'warehouses that pack its parcels; empty: nobody named one',
    skus Array(String) COMMENT 'SKUs that its lines ask for; empty: not told',
    phase LowCardinality(String) COMMENT 'back-end phase: not_shipped, shipped, signed',
    stage LowCardinality(String) COMMENT 'how far it is: unpaid, to_ship, outbound (no scan yet), under_way (scanned), signed',
    step_since_at Nullable(DateTime64(3, 'UTC')) COMMENT 'when it came to this stage (UTC); null: nobody said when',
    in_step_s Nullable(Int64) COMMENT 'seconds from then to the clock; null: nobody said when',
    overdue Bool COMMENT 'true: a deadline has passed and is still unmet; false: due within the risk window',
    promise LowCardinality(String) COMMENT 'which promise: ship or sign',
    deadline_at Nullable(DateTime64(3, 'UTC')) COMMENT 'deadline ahead, or the first one missed (UTC)',
    seconds_left Nullable(Int64) COMMENT 'seconds from the clock to the deadline; negative: overdue',
    handled_by String COMMENT 'who took its broken promise, by reference; empty: nobody',
    clock_at Nullable(DateTime64(3, 'UTC')) COMMENT 'the event clock (UTC)'
)
AS
SELECT
    due.order_id AS order_id,
    due.platform AS platform,
    due.shop AS shop,
    packed.warehouses AS warehouses,
    ordered.skus AS skus,
    due.phase AS phase,
    due.stage AS stage,
    due.step_since_at AS step_since_at,
    due.in_step_s AS in_step_s,
    due.overdue AS overdue,
    due.promise AS promise,
    due.deadline_at AS deadline_at,
    due.seconds_left AS seconds_left,
    due.handled_by AS handled_by,
    due.clock_at AS clock_at
FROM v_due_orders AS due
LEFT JOIN
(
    SELECT order_id, arraySort(groupUniqArray(toString(warehouse))) AS warehouses
    FROM v_order_warehouses
    WHERE order_id IN (SELECT order_id FROM v_due_orders)
    GROUP BY order_id
) AS packed ON packed.order_id = due.order_id
LEFT JOIN
(
    SELECT order_id, arraySort(groupArray(toString(sku))) AS skus
    FROM
    (
        SELECT order_id, sku
        FROM
        (
            -- A repeated fact counts once; by its id, since FINAL over all facts takes twice as long.
            SELECT order_id, sku, any(units) AS ordered
            FROM sku_facts
            WHERE type = 'sku.ordered' AND order_id IN (SELECT order_id FROM v_due_orders)
            GROUP BY order_id, sku, event_id
        )
        GROUP BY order_id, sku
        HAVING sum(ordered) > 0
    )
    GROUP BY order_id
) AS ordered ON ordered.order_id = due.order_id
ORDER BY overdue DESC, deadline_at, order_id
COMMENT 'Open orders that are late, or due in less than the risk window (v_constants), with where they are packed and what they ask for; late first. Grain: order_id. Zone: UTC. Lateness: a late report removes or moves a row within seconds. Without orders judged as of a past instant.';

CREATE OR REPLACE VIEW v_board
(
    clock_at Nullable(DateTime64(3, 'UTC')) COMMENT 'the event clock (UTC); null: no clock yet',
    newest_received_at Nullable(DateTime64(3, 'UTC'))
        COMMENT 'when anything was last written here, by the clock of ClickHouse; null: nothing yet',
    open_orders UInt64 COMMENT 'orders whose promises are neither fulfilled nor closed',
    at_risk_orders UInt64 COMMENT 'open, nothing overdue, due in less than the risk window',
    overdue_orders UInt64 COMMENT 'open with a passed deadline still unmet',
    overdue_handled UInt64 COMMENT 'of these, how many a person has taken',
    overdue_over_2h UInt64 COMMENT 'overdue for more than overdue_limit_s (2 h), and nobody has taken it',
    oldest_overdue_at Nullable(DateTime64(3, 'UTC')) COMMENT 'first missed deadline of all overdue orders (UTC)',
    oldest_unhandled_at Nullable(DateTime64(3, 'UTC'))
        COMMENT 'first missed deadline of the overdue orders that nobody has taken (UTC)',
    at_risk_share Nullable(Float64) COMMENT 'at_risk_orders / open_orders, 0..1; null: no open order'
)
AS
WITH
    (SELECT clock_at FROM v_clock) AS clock,
    (SELECT overdue_limit_s FROM v_constants) AS limit_s,
    (SELECT count() FROM orders_current FINAL WHERE is_open AND isNull(as_of)) AS open_count,
    (
        SELECT maxOrNull(at)
        FROM
        (
            SELECT maxOrNull(ingested_at) AS at FROM order_reports
            UNION ALL SELECT maxOrNull(ingested_at) FROM parcel_reports
            UNION ALL SELECT maxOrNull(ingested_at) FROM invoice_reports
            UNION ALL SELECT maxOrNull(ingested_at) FROM refund_reports
            UNION ALL SELECT maxOrNull(ingested_at) FROM ticket_reports
            UNION ALL SELECT maxOrNull(ingested_at) FROM waybill_facts
            UNION ALL SELECT maxOrNull(ingested_at) FROM sku_facts
            UNION ALL SELECT maxOrNull(ingested_at) FROM dead_letters
        )
    ) AS newest
SELECT
    clock AS clock_at,
    newest AS newest_received_at,
    toUInt64(assumeNotNull(open_count)) AS open_orders,
    countIf(NOT overdue) AS at_risk_orders,
    countIf(overdue) AS overdue_orders,
    countIf(overdue AND handled_by != '') AS overdue_handled,
    countIf(overdue AND handled_by = ''
        AND toUnixTimestamp64Milli(clock) - toUnixTimestamp64Milli(deadline_at) > limit_s * 1000) AS overdue_over_2h,
    minOrNullIf(deadline_at, overdue) AS oldest_overdue_at,
    minOrNullIf(deadline_at, overdue AND handled_by = '') AS oldest_unhandled_at,
    at_risk_orders / nullIf(open_orders, 0) AS at_risk_share
FROM v_due_orders
COMMENT 'The numbers of the health board, without the light. Grain: one row. Zone: UTC. Lateness: a late report changes it within seconds. Without orders judged as of a past instant.';
