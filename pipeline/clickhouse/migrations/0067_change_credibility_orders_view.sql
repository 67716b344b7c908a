CREATE OR REPLACE VIEW v_credibility_orders
(
    hour_at DateTime64(3, 'UTC') COMMENT 'full hour at which the two are compared (UTC)',
    order_id String COMMENT 'order number',
    shop LowCardinality(String) COMMENT 'shop; empty: not told',
    app_phase LowCardinality(String) COMMENT 'what the app showed then: not_shipped, shipped, signed, closed',
    phase LowCardinality(String) COMMENT 'our phase then',
    phase_before LowCardinality(String)
        COMMENT 'our phase credibility_grace_s (60 s) earlier; before its first change an order is not_shipped',
    equal Bool COMMENT 'the app shows one of the two',
    place UInt64
        COMMENT 'first 8 bytes of SHA-256 of <order_id>|<hour as YYYY-MM-DDTHHZ>: the 200 smallest of an hour are the sample'
)
AS
WITH
    (SELECT toInt64(credibility_grace_s * 1000) FROM v_constants) AS grace_ms,
    (SELECT toInt64(credibility_quiet_s * 1000) FROM v_constants) AS quiet_ms,
    ['', 'not_shipped', 'shipped', 'signed', 'closed'] AS phases
SELECT
    hour_at,
    order_id,
    shop,
    phases[app_rank + 1] AS app_phase,
    phases[our_rank + 1] AS phase,
    phases[earlier_rank + 1] AS phase_before,
    app_rank IN (our_rank, earlier_rank) AS equal,
    reinterpretAsUInt64(reverse(substring(
        SHA256(concat(order_id, hour_name)), 1, 8))) AS place
FROM
(
    SELECT
        hours.hour_at AS hour_at,
        hours.hour_ms AS hour_ms,
        hours.hour_name AS hour_name,
        told.order_id AS order_id,
        told.order_shop AS shop,
        arrayLast(word -> word.1 <= hour_ms, told.app_words).2 AS app_rank,
        arrayLast(word -> word.1 <= hour_ms, told.our_words).2 AS our_rank,
        greatest(arrayLast(word -> word.1 <= hour_ms - grace_ms, told.our_words).2, 1) AS earlier_rank,
        told.app_words AS app_words,
        told.our_words AS our_words
    FROM
    (
        SELECT
            hour_at,
            toUnixTimestamp64Milli(hour_at) AS hour_ms,
            formatDateTime(hour_at, '|%Y-%m-%dT%HZ') AS hour_name
        FROM v_full_hours
    ) AS hours
    CROSS JOIN
    (
        SELECT
            order_id,
            anyLast(word_shop) AS order_shop,
            arrayMap(word -> (word.2, word.3), arraySort(groupArrayIf((place, at_ms, rank), is_app))) AS app_words,
            arrayMap(word -> (word.2, word.3), arraySort(groupArrayIf((place, at_ms, rank), NOT is_app))) AS our_words
        FROM
        (
            SELECT
                order_id,
                shop AS word_shop,
                true AS is_app,
                (ifNull(version, 0), toUnixTimestamp64Milli(observed_at), source_offset) AS place,
                toUnixTimestamp64Milli(occurred_at) AS at_ms,
                multiIf(
                    phase IN ('unpaid', 'to_ship', 'hold'), 1,
                    phase IN ('part_shipped', 'shipped'), 2,
                    phase IN ('signed', 'finished'), 3,
                    phase = 'closed', 4,
                    0) AS rank
            FROM order_reports
            WHERE reporter = 'app' AND rank > 0
            UNION ALL
            SELECT
                order_id,
                shop,
                false,
                (toInt64(0), toInt64(0), source_offset),
                toUnixTimestamp64Milli(occurred_at),
                indexOf(['not_shipped', 'shipped', 'signed', 'closed'], phase)
            FROM order_decisions
            WHERE type = 'order.phase_changed'
            UNION ALL
            -- The hub tells no phase before the first change: not_shipped, once somebody spoke whose word moves it.
            SELECT
                order_id,
                shop,
                false,
                (toInt64(-1), toInt64(0), toInt64(0)),
                toUnixTimestamp64Milli(ifNull(ordered_at, toDateTime64(0, 3, 'UTC'))),
                1
            FROM orders_current FINAL
            WHERE isNotNull(ordered_at)
                OR multiSearchAny(words, [
                    '"reporter":"platform"', '"reporter":"wms"', '"reporter":"carrier"', '"reporter":"file"'])
        )
        GROUP BY order_id
        HAVING notEmpty(app_words) AND notEmpty(our_words)
    ) AS told
)
WHERE app_rank > 0
    AND our_rank > 0
    AND (app_rank < 3
        OR our_rank < 3
        OR arrayExists(word -> word.1 > hour_ms - quiet_ms AND word.1 <= hour_ms, our_words)
        OR arrayExists(word -> word.1 > hour_ms - quiet_ms AND word.1 <= hour_ms, app_words))
COMMENT 'What the app showed and what we knew of each order at every full hour of the last 30 days: filter by hour_at. An order is compared from the first hour at which the app has spoken of it and it was placed (where nobody told when, somebody else than ERP, customer service and the app must have spoken of it) until both say that it is over (signed or closed) and nobody spoke of it for credibility_quiet_s (24 h). Before its first change our phase is not_shipped. Grain: hour_at and order_id. Zone: UTC, by the times at which the screen changed and the phase began. Lateness: a late report corrects past hours.';
