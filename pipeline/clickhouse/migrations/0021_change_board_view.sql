CREATE OR REPLACE VIEW v_board
(
    clock_at Nullable(DateTime64(3, 'UTC')) COMMENT 'the event clock (UTC); null: no clock yet',
    newest_received_at Nullable(DateTime64(3, 'UTC'))
        COMMENT 'when anything was last written here, by the clock of ClickHouse; null: nothing yet',
    open_orders UInt64 COMMENT 'orders whose promises are neither fulfilled nor closed',
    at_risk_orders UInt64 COMMENT 'open, nothing overdue, due in less than the risk window',
    overdue_orders UInt64 COMMENT 'open with a passed deadline still unmet',
    overdue_over_2h UInt64 COMMENT 'overdue for more than overdue_limit_s (2 h)',
    oldest_overdue_at Nullable(DateTime64(3, 'UTC')) COMMENT 'first missed deadline of all overdue orders (UTC)',
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
    countIf(overdue
        AND toUnixTimestamp64Milli(clock) - toUnixTimestamp64Milli(deadline_at) > limit_s * 1000) AS overdue_over_2h,
    minOrNullIf(deadline_at, overdue) AS oldest_overdue_at,
    at_risk_orders / nullIf(open_orders, 0) AS at_risk_share
FROM v_at_risk
COMMENT 'The numbers of the health board, without the light. Grain: one row. Zone: UTC. Lateness: a late report changes it within seconds. Without orders judged as of a past instant.';
