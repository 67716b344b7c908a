CREATE OR REPLACE VIEW v_order_stages
(
    order_id String COMMENT 'order number',
    platform LowCardinality(String) COMMENT 'tmall, jd, pdd, douyin, own_shop, other',
    shop LowCardinality(String) COMMENT 'shop; empty: not told',
    stage LowCardinality(String)
        COMMENT 'how far it is: unpaid, to_ship, outbound (no scan yet), under_way (scanned), signed, closed',
    step_since_at Nullable(DateTime64(3, 'UTC'))
        COMMENT 'when it came to this stage: ordered, paid, outbound, first scan, signed or closed (UTC); null: nobody said when',
    phase LowCardinality(String) COMMENT 'back-end phase: not_shipped, shipped, signed, closed',
    is_open Bool COMMENT 'promises not yet fulfilled, and not closed',
    verdict LowCardinality(String) COMMENT 'open, kept, broken, or none: nothing was owed',
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
WITH
    (SELECT clock_at FROM v_clock) AS clock,
    (SELECT risk_window_s FROM v_constants) AS risk_s
SELECT
    order_id,
    platform,
    shop,
    multiIf(
        phase = 'closed', 'closed',
        phase = 'signed', 'signed',
        isNotNull(first_scan_at), 'under_way',
        phase = 'shipped' OR isNotNull(outbound_at), 'outbound',
        isNull(paid_at) AND platform_phase = 'unpaid', 'unpaid',
        'to_ship') AS stage,
    multiIf(
        stage = 'closed', closed_at,
        stage = 'signed', signed_at,
        stage = 'under_way', first_scan_at,
        stage = 'outbound', outbound_at,
        stage = 'unpaid', ordered_at,
        paid_at) AS step_since_at,
    phase,
    is_open,
    verdict,
    is_open AND isNotNull(overdue_since_at) AS overdue,
    is_open AND isNull(overdue_since_at)
        AND ifNull(toUnixTimestamp64Milli(next_deadline_at) - toUnixTimestamp64Milli(clock) < risk_s * 1000, 0) AS at_risk,
    owed AS promise,
    coalesce(overdue_since_at, next_deadline_at, orders_current.deadline_at) AS deadline_at,
    intDiv(toUnixTimestamp64Milli(coalesce(overdue_since_at, next_deadline_at)) - toUnixTimestamp64Milli(clock), 1000)
        AS seconds_left,
    ordered_at,
    settled_at
FROM orders_current FINAL
WHERE isNull(as_of)
COMMENT 'Every running order with its stage. Grain: order_id. Zone: UTC. Lateness: a late report moves a row within seconds. Without orders judged as of a past instant.';
