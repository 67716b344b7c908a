CREATE OR REPLACE VIEW v_csdi
(
    window LowCardinality(String) COMMENT '1h, 24h, 7d, 30d before the clock, or all',
    shop String COMMENT 'shop; empty: all shops together',
    clock_at Nullable(DateTime64(3, 'UTC')) COMMENT 'end of the window, included (UTC); null: no clock yet',
    kept UInt64 COMMENT 'promises kept, by the instant of the last fulfilment',
    broken UInt64 COMMENT 'promises broken, by the instant of the first missed deadline',
    healed UInt64 COMMENT 'anomalies healed, by the instant of their end',
    anomalies UInt64 COMMENT 'anomalies counted: healed, resolved, failed, or open past the heal deadline',
    sampled_equal UInt64 COMMENT 'orders in the hourly samples whose app showed our phase',
    sampled UInt64 COMMENT 'orders in the hourly samples',
    promise Nullable(Float64) COMMENT 'promise attainment kept / (kept + broken), 0..1; null: no data',
    credibility Nullable(Float64) COMMENT 'status credibility sampled_equal / sampled, 0..1; null: no data',
    self_heal Nullable(Float64) COMMENT 'self-heal rate healed / anomalies, 0..1; null: no data',
    weight_promise Float64 COMMENT 'weight of promise, before re-weighting',
    weight_credibility Float64 COMMENT 'weight of credibility, before re-weighting',
    weight_self_heal Float64 COMMENT 'weight of self_heal, before re-weighting',
    csdi Nullable(Float64) COMMENT 'the index, 0..100, over the parts that have data; null: none has',
    flagged UInt8 COMMENT '1: a part has no data, the index is re-weighted'
)
AS
WITH
    (SELECT clock_at FROM v_clock) AS clock,
    [3600000, 86400000, 604800000, 2592000000, 0] AS lengths_ms,
    ['1h', '24h', '7d', '30d', 'all'] AS names
SELECT
    window,
    shop,
    clock AS clock_at,
    kept,
    broken,
    healed,
    anomalies,
    sampled_equal,
    sampled,
    kept / nullIf(kept + broken, 0) AS promise,
    sampled_equal / nullIf(sampled, 0) AS credibility,
    healed / nullIf(anomalies, 0) AS self_heal,
    weight_promise,
    weight_credibility,
    weight_self_heal,
    100 * (ifNull(promise, 0) * weight_promise
            + ifNull(credibility, 0) * weight_credibility
            + ifNull(self_heal, 0) * weight_self_heal)
        / nullIf(if(isNull(promise), 0, weight_promise)
            + if(isNull(credibility), 0, weight_credibility)
            + if(isNull(self_heal), 0, weight_self_heal), 0) AS csdi,
    toUInt8(isNull(promise) OR isNull(credibility) OR isNull(self_heal)) AS flagged
FROM
(
    SELECT
        window,
        shop,
        sum(kept) AS kept,
        sum(broken) AS broken,
        sum(healed) AS healed,
        sum(anomalies) AS anomalies,
        sum(sampled_equal) AS sampled_equal,
        sum(sampled) AS sampled
    FROM
    (
        SELECT window, shop, kept, broken, toUInt64(0) AS healed, toUInt64(0) AS anomalies, toUInt64(0) AS sampled_equal, toUInt64(0) AS sampled
        FROM
        (
            SELECT
                shop,
                sumForEach(kept_by_window) AS kept_sums,
                sumForEach(broken_by_window) AS broken_sums
            FROM
            (
                SELECT
                    arrayJoin(if(order_shop = '', [''], ['', order_shop])) AS shop,
                    kept_by_window,
                    broken_by_window
                FROM
                (
                    SELECT
                        toString(shop) AS order_shop,
                        sumForEach(arrayMap(inside -> toUInt64(inside AND verdict = 'kept'), in_window)) AS kept_by_window,
                        sumForEach(arrayMap(inside -> toUInt64(inside AND verdict = 'broken'), in_window))
                            AS broken_by_window
                    FROM
                    (
                        SELECT
                            shop,
                            verdict,
                            arrayMap(
                                length_ms -> length_ms = 0 OR ifNull(
                                    isNull(as_of)
                                        AND settled_at <= clock
                                        AND toUnixTimestamp64Milli(settled_at) > toUnixTimestamp64Milli(clock) - length_ms,
                                    0),
                                lengths_ms) AS in_window
                        FROM orders_current FINAL
                    )
                    GROUP BY order_shop
                )
                UNION ALL
                -- Without any order, the row of all shops says "no data" instead of being absent.
                SELECT '', arrayMap(length_ms -> toUInt64(0), lengths_ms), arrayMap(length_ms -> toUInt64(0), lengths_ms)
            )
            GROUP BY shop
        )
        ARRAY JOIN names AS window, kept_sums AS kept, broken_sums AS broken
        UNION ALL
        SELECT window, shop, 0, 0, healed, counted, 0, 0
        FROM v_self_heal
        UNION ALL
        SELECT window, shop, 0, 0, 0, 0, sampled_equal, sampled
        FROM v_credibility
        ARRAY JOIN names AS window, lengths_ms AS length_ms
        WHERE sampled > 0
            AND hour_at <= clock
            AND (length_ms = 0 OR toUnixTimestamp64Milli(hour_at) > toUnixTimestamp64Milli(clock) - length_ms)
    )
    GROUP BY window, shop
) AS counts
CROSS JOIN v_constants AS constants
ORDER BY shop, indexOf(names, window)
COMMENT 'Customer delivery certainty index (CSDI): 100 * (0.5 promise + 0.3 credibility + 0.2 self_heal), re-weighted over the parts that have data. Grain: window and shop. Window: (clock - length, clock] by settled_at of a promise, by the full hours of v_credibility, by end or heal deadline of an anomaly (v_self_heal). Zone: UTC. Lateness: a late report corrects the window in which the promise was settled; credibility follows within a minute. Orders judged as of a past instant count in window all only.';
