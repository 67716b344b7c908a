CREATE OR REPLACE VIEW v_at_risk
(
    order_id String COMMENT 'order number',
    platform LowCardinality(String) COMMENT 'tmall, jd, pdd, douyin, own_shop, other',
    shop LowCardinality(String) COMMENT 'shop; empty: not told',
    phase LowCardinality(String) COMMENT 'back-end phase: not_shipped, shipped, signed',
    overdue Bool COMMENT 'true: a deadline has passed and is still unmet; false: due within the risk window',
    promise LowCardinality(String) COMMENT 'which promise: ship or sign',
    deadline_at Nullable(DateTime64(3, 'UTC')) COMMENT 'deadline ahead, or the first one missed (UTC)',
    seconds_left Nullable(Int64) COMMENT 'seconds from the clock to the deadline; negative: overdue',
    handled_by String COMMENT 'who took its broken promise, by reference; empty: nobody',
    clock_at Nullable(DateTime64(3, 'UTC')) COMMENT 'the event clock (UTC)'
)
AS
WITH
    (SELECT clock_at FROM v_clock) AS clock,
    (SELECT risk_window_s FROM v_constants) AS risk_s
SELECT
    late.order_id AS order_id,
    late.platform AS platform,
    late.shop AS shop,
    late.phase AS phase,
    isNotNull(late.overdue_since_at) AS overdue,
    late.owed AS promise,
    late.due_at AS deadline_at,
    intDiv(toUnixTimestamp64Milli(late.due_at) - toUnixTimestamp64Milli(clock), 1000) AS seconds_left,
    taken.handled_by AS handled_by,
    clock AS clock_at
FROM
(
    SELECT order_id, platform, shop, phase, owed, overdue_since_at, due_at
    FROM
    (
        SELECT order_id, platform, shop, phase, owed, overdue_since_at,
            coalesce(overdue_since_at, next_deadline_at) AS due_at
        FROM orders_current FINAL
        WHERE is_open AND isNull(as_of)
    )
    WHERE isNotNull(overdue_since_at)
        OR (toUnixTimestamp64Milli(due_at) - toUnixTimestamp64Milli(clock) < risk_s * 1000)
) AS late
LEFT JOIN
(
    SELECT
        substring(subject, 7) AS order_id,
        arrayFirst(
            (who, what, ended) -> who != '' AND what = 'promise_broken' AND ended = '',
            taken_by, kind, end) AS handled_by
    FROM anomalies_current FINAL
    WHERE startsWith(subject, 'order:') AND handled_by != ''
) AS taken ON taken.order_id = late.order_id
ORDER BY overdue DESC, deadline_at, order_id
COMMENT 'Open orders that are late, or due in less than the risk window (v_constants); late first. Grain: order_id. Zone: UTC. Lateness: a late report removes or moves a row within seconds. Without orders judged as of a past instant.';

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
FROM v_at_risk
COMMENT 'The numbers of the health board, without the light. Grain: one row. Zone: UTC. Lateness: a late report changes it within seconds. Without orders judged as of a past instant.';
