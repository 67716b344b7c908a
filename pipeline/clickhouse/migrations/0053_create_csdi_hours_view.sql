CREATE OR REPLACE VIEW v_csdi_hours
(
    hour_at DateTime64(3, 'UTC') COMMENT 'full hour at which these sixty minutes ended (UTC)',
    shop String COMMENT 'shop; empty: all shops together',
    kept UInt64 COMMENT 'promises kept in the hour',
    broken UInt64 COMMENT 'promises broken in the hour',
    healed UInt64 COMMENT 'anomalies healed in the hour',
    anomalies UInt64 COMMENT 'anomalies that ended as healed, resolved or failed in the hour, or whose heal deadline passed then',
    sampled_equal UInt64 COMMENT 'orders in the sample of this full hour whose app showed our phase',
    sampled UInt64 COMMENT 'orders in the sample of this full hour'
)
AS
WITH (SELECT clock_at FROM v_clock) AS clock
SELECT
    hour_at,
    shop,
    sum(kept_now) AS kept,
    sum(broken_now) AS broken,
    sum(healed_now) AS healed,
    sum(counted_now) AS anomalies,
    sum(equal_now) AS sampled_equal,
    sum(sampled_now) AS sampled
FROM
(
    SELECT
        toDateTime64(toStartOfHour(assumeNotNull(settled_at) - toIntervalMillisecond(1)) + toIntervalHour(1), 3, 'UTC') AS hour_at,
        arrayJoin(if(shop = '', [''], ['', toString(shop)])) AS shop,
        countIf(verdict = 'kept') AS kept_now,
        countIf(verdict = 'broken') AS broken_now,
        toUInt64(0) AS healed_now,
        toUInt64(0) AS counted_now,
        toUInt64(0) AS equal_now,
        toUInt64(0) AS sampled_now
    FROM orders_current FINAL
    WHERE isNull(as_of) AND verdict IN ('kept', 'broken') AND settled_at > clock - toIntervalDay(30) AND settled_at <= clock
    GROUP BY hour_at, shop
    UNION ALL
    SELECT
        toDateTime64(toStartOfHour(counts_at - toIntervalMillisecond(1)) + toIntervalHour(1), 3, 'UTC'),
        arrayJoin(if(placed.shop = '', [''], ['', toString(placed.shop)])),
        0, 0,
        countIf(counts_as = 'healed'),
        count(),
        0, 0
    FROM
    (
        SELECT
            order_id,
            multiIf(
                end = 'withdrawn' OR detected_at > clock, '',
                end != '' AND ended_at <= clock, if(end IN ('healed', 'resolved', 'failed'), toString(end), ''),
                clock > heal_deadline_at, 'open',
                '') AS counts_as,
            assumeNotNull(if(counts_as = 'open', toNullable(heal_deadline_at), ended_at)) AS counts_at
        FROM v_anomalies
        WHERE counts_as != ''
    ) AS anomaly
    LEFT JOIN (SELECT order_id, shop FROM orders_current FINAL) AS placed ON placed.order_id = anomaly.order_id
    WHERE counts_at > clock - toIntervalDay(30)
    GROUP BY 1, 2
    UNION ALL
    SELECT hour_at, shop, 0, 0, 0, 0, sampled_equal, sampled
    FROM v_credibility
    WHERE sampled > 0 AND hour_at <= clock AND hour_at > clock - toIntervalDay(30)
)
GROUP BY hour_at, shop
ORDER BY shop, hour_at
COMMENT 'What the parts of the CSDI are made of, hour by hour over the last 30 days: sum the hours of a step, then divide. Grain: hour_at and shop; without a row nothing counted. Zone: UTC. Lateness: a late report corrects the hour in which the promise was settled.';
