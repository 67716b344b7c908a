CREATE OR REPLACE VIEW v_board_yesterday
(
    then_at Nullable(DateTime64(3, 'UTC')) COMMENT 'the event clock minus 24 h (UTC); null: no clock yet',
    known_orders UInt64 COMMENT 'orders placed by then; 0: the other columns are null',
    open_orders Nullable(UInt64) COMMENT 'orders whose promises were neither fulfilled nor closed then; null: no data',
    at_risk_orders Nullable(UInt64) COMMENT 'open then, nothing overdue, due in less than the risk window; null: no data',
    overdue_orders Nullable(UInt64) COMMENT 'open then with a passed deadline still unmet; null: no data',
    open_anomalies Nullable(UInt64) COMMENT 'anomalies noticed by then that had not ended; null: no data'
)
AS
WITH
    (SELECT clock_at - toIntervalDay(1) FROM v_clock) AS moment,
    (SELECT risk_window_s FROM v_constants) AS risk_s,
    toDateTime64('2200-01-01 00:00:00', 3, 'UTC') AS never,
    (
        SELECT count()
        FROM v_anomalies
        WHERE end != 'withdrawn' AND detected_at <= moment AND (isNull(ended_at) OR ended_at > moment)
    ) AS anomalies_then
SELECT
    moment AS then_at,
    count() AS known_orders,
    if(known_orders = 0, NULL, countIf(was_open)) AS open_orders,
    if(known_orders = 0, NULL, countIf(was_open AND first_due >= moment
        AND toUnixTimestamp64Milli(first_due) - toUnixTimestamp64Milli(assumeNotNull(moment)) < risk_s * 1000)) AS at_risk_orders,
    if(known_orders = 0, NULL, countIf(was_open AND first_due < moment)) AS overdue_orders,
    if(known_orders = 0, NULL, toUInt64(assumeNotNull(anomalies_then))) AS open_anomalies
FROM
(
    SELECT
        (isNull(closed_at) AND phase != 'closed') OR ifNull(closed_at > moment, false) AS not_closed,
        -- What closing took back was owed until then: its first promised time is still known.
        coalesce(promised_ship_at, if(phase = 'closed', first_promised_ship_at, NULL), never) AS ship_due,
        if(isNull(outbound_at) OR outbound_at > moment, ship_due, never) AS ship_left,
        if(isNull(signed_at) OR signed_at > moment, ifNull(promised_sign_at, never), never) AS sign_left,
        least(ship_left, sign_left) AS first_due,
        not_closed AND first_due < never AS was_open
    FROM orders_current FINAL
    WHERE isNull(as_of) AND ordered_at <= moment
)
COMMENT 'The numbers of the health board 24 h before the event clock, from what is known now. Grain: one row. Zone: UTC. Lateness: a late report changes it within seconds, so it may differ from what the board showed then. Without orders judged as of a past instant.';

CREATE OR REPLACE VIEW v_promise_yesterday
(
    window LowCardinality(String) COMMENT '1h, 24h, 7d, 30d before then_at, or all',
    shop String COMMENT 'shop; empty: all shops together',
    then_at Nullable(DateTime64(3, 'UTC')) COMMENT 'end of the window, included: the event clock minus 24 h (UTC)',
    kept UInt64 COMMENT 'promises kept, by the instant of the last fulfilment',
    broken UInt64 COMMENT 'promises broken, by the instant of the first missed deadline',
    promise Nullable(Float64) COMMENT 'promise attainment kept / (kept + broken), 0..1'
)
AS
WITH
    (SELECT clock_at - toIntervalDay(1) FROM v_clock) AS moment,
    [3600000, 86400000, 604800000, 2592000000, 0] AS lengths_ms,
    ['1h', '24h', '7d', '30d', 'all'] AS names
SELECT
    window,
    shop,
    moment AS then_at,
    countIf(verdict = 'kept') AS kept,
    countIf(verdict = 'broken') AS broken,
    kept / nullIf(kept + broken, 0) AS promise
FROM
(
    SELECT
        verdict,
        arrayJoin(if(order_shop = '', [''], ['', order_shop])) AS shop,
        arrayJoin(arrayFilter(
            (name, length_ms) -> length_ms = 0
                OR (is_running AND toUnixTimestamp64Milli(at) > toUnixTimestamp64Milli(assumeNotNull(moment)) - length_ms),
            names, lengths_ms)) AS window
    FROM
    (
        SELECT verdict, toString(shop) AS order_shop, isNull(as_of) AS is_running, assumeNotNull(settled_at) AS at
        FROM orders_current FINAL
        WHERE verdict IN ('kept', 'broken') AND settled_at <= moment
    )
)
GROUP BY window, shop
COMMENT 'Promise attainment as v_csdi counts it, 24 h earlier, from what is known now. Grain: window and shop; without a row nothing was settled. Window: (then_at - length, then_at] by settled_at. Zone: UTC. Lateness: a late report corrects the window in which the promise was settled.';
