CREATE OR REPLACE VIEW v_full_hours
(
    hour_at DateTime64(3, 'UTC') COMMENT 'a full hour (UTC)'
)
AS
WITH (SELECT toStartOfHour(clock_at) FROM v_clock) AS newest
SELECT toDateTime64(ifNull(newest, toDateTime(0, 'UTC')) - toIntervalHour(number), 3, 'UTC') AS hour_at
FROM numbers(720)
WHERE isNotNull(newest)
COMMENT 'The full hours of the last 30 days of the event clock, the newest first. Grain: hour_at. Zone: UTC.';

CREATE OR REPLACE VIEW v_credibility_orders
(
    hour_at DateTime64(3, 'UTC') COMMENT 'full hour at which the two are compared (UTC)',
    order_id String COMMENT 'order number',
    shop LowCardinality(String) COMMENT 'shop; empty: not told',
    app_phase LowCardinality(String) COMMENT 'what the app showed then: not_shipped, shipped, signed, closed',
    phase LowCardinality(String) COMMENT 'our phase then',
    phase_before LowCardinality(String)
        COMMENT 'our phase credibility_grace_s (60 s) earlier; empty: nothing was said yet',
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
        arrayLast(word -> word.1 <= hour_ms - grace_ms, told.our_words).2 AS earlier_rank,
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
COMMENT 'What the app showed and what we knew of each order at every full hour of the last 30 days: filter by hour_at. An order is compared from the first hour at which both have spoken of it until both say that it is over (signed or closed) and nobody spoke of it for credibility_quiet_s (24 h). Grain: hour_at and order_id. Zone: UTC, by the times at which the screen changed and the phase began. Lateness: a late report corrects past hours.';

CREATE OR REPLACE VIEW v_credibility_live
(
    hour_at DateTime64(3, 'UTC') COMMENT 'full hour (UTC)',
    shop String COMMENT 'shop; empty: all shops together',
    sampled UInt64 COMMENT 'orders in the sample: of all shops together the 200 with the smallest place',
    sampled_equal UInt64 COMMENT 'of these, where the app showed our phase',
    credibility Nullable(Float64) COMMENT 'sampled_equal / sampled, 0..1; null: none of this shop is in the sample',
    compared UInt64 COMMENT 'orders compared: the full comparison',
    compared_equal UInt64 COMMENT 'of these, where the app showed our phase',
    credibility_full Float64 COMMENT 'compared_equal / compared, 0..1'
)
AS
SELECT
    hour_at,
    shop,
    sum(in_sample) AS sampled,
    sum(equal_in_sample) AS sampled_equal,
    if(sampled = 0, NULL, sampled_equal / sampled) AS credibility,
    sum(in_full) AS compared,
    sum(equal_in_full) AS compared_equal,
    compared_equal / compared AS credibility_full
FROM
(
    SELECT
        hour_at,
        sample,
        by_shop.1 AS order_shop,
        by_shop.2 AS in_full,
        by_shop.3 AS equal_in_full,
        arrayCount(one -> one.3 = order_shop, sample) AS in_sample,
        arrayCount(one -> one.3 = order_shop AND one.4, sample) AS equal_in_sample
    FROM
    (
        SELECT
            hour_at,
            arraySlice(arraySort(groupArrayArray(smallest)), 1, 200) AS sample,
            groupArray((of_shop, orders, equal_orders)) AS shops
        FROM
        (
            SELECT
                hour_at,
                toString(shop) AS of_shop,
                groupArraySorted(200)((place, order_id, toString(shop), equal)) AS smallest,
                count() AS orders,
                countIf(equal) AS equal_orders
            FROM v_credibility_orders
            GROUP BY hour_at, of_shop
        )
        GROUP BY hour_at
    )
    ARRAY JOIN shops AS by_shop
)
ARRAY JOIN if(order_shop = '', [''], ['', order_shop]) AS shop
GROUP BY hour_at, shop
COMMENT 'Status credibility at every full hour of the last 30 days, computed when it is asked for: filter by hour_at, or it takes minutes. Grain: hour_at and shop. Zone: UTC. Lateness: a late report corrects past hours.';

CREATE TABLE IF NOT EXISTS credibility_hours
(
    hour_at DateTime64(3, 'UTC') COMMENT 'full hour (UTC)',
    shop String COMMENT 'shop; empty: all shops together',
    sampled UInt64 COMMENT 'orders in the sample',
    sampled_equal UInt64 COMMENT 'of these, where the app showed our phase',
    compared UInt64 COMMENT 'orders compared: the full comparison; 0: there was none to compare',
    compared_equal UInt64 COMMENT 'of these, where the app showed our phase',
    computed_at DateTime64(3, 'UTC') COMMENT 'when this was computed, by the clock of ClickHouse; the last one stands'
)
ENGINE = ReplacingMergeTree(computed_at)
ORDER BY (hour_at, shop)
COMMENT 'Status credibility of each full hour, as v_credibility_live computed it. Filled every minute by credibility_mv. Grain: hour_at and shop. Times UTC. Read through v_credibility.';

CREATE OR REPLACE VIEW v_credibility
(
    hour_at DateTime64(3, 'UTC') COMMENT 'full hour (UTC)',
    shop String COMMENT 'shop; empty: all shops together',
    sampled UInt64 COMMENT 'orders in the sample: of all shops together the 200 with the smallest place',
    sampled_equal UInt64 COMMENT 'of these, where the app showed our phase',
    credibility Nullable(Float64) COMMENT 'sampled_equal / sampled, 0..1; null: none of this shop is in the sample',
    compared UInt64 COMMENT 'orders compared: the full comparison',
    compared_equal UInt64 COMMENT 'of these, where the app showed our phase',
    credibility_full Nullable(Float64) COMMENT 'compared_equal / compared, 0..1; null: none to compare',
    computed_at DateTime64(3, 'UTC') COMMENT 'when this was computed, by the clock of ClickHouse'
)
AS
SELECT
    hour_at,
    shop,
    sampled,
    sampled_equal,
    sampled_equal / nullIf(sampled, 0) AS credibility,
    compared,
    compared_equal,
    compared_equal / nullIf(compared, 0) AS credibility_full,
    computed_at
FROM
(
    SELECT
        *,
        max(computed_at) OVER (PARTITION BY hour_at) AS newest_at
    FROM credibility_hours FINAL
)
WHERE computed_at = newest_at
COMMENT 'Status credibility at every full hour. Grain: hour_at and shop. Zone: UTC. Lateness: within a minute the two newest hours, and with every new hour all of the last 24 hours, are computed again; v_credibility_live says it at once.';

CREATE OR REPLACE VIEW v_credibility_due
(
    from_at Nullable(DateTime64(3, 'UTC')) COMMENT 'first full hour that is computed next (UTC); null: nobody spoke of an order yet',
    until_at Nullable(DateTime64(3, 'UTC')) COMMENT 'last full hour that is computed next (UTC)'
)
AS
WITH
    (SELECT max(hour_at) FROM v_full_hours) AS newest,
    (SELECT maxOrNull(hour_at) FROM credibility_hours) AS stored,
    (SELECT minOrNull(occurred_at) FROM order_reports WHERE reporter = 'app') AS first_word
SELECT
    if(isNull(first_word), NULL, greatest(
        newest - toIntervalHour(719),
        multiIf(
            isNull(stored), toDateTime64(toStartOfHour(assumeNotNull(first_word)), 3, 'UTC'),
            stored < newest, least(assumeNotNull(stored) + toIntervalHour(1), newest - toIntervalHour(23)),
            newest - toIntervalHour(1)))) AS from_at,
    if(isNull(from_at), NULL, assumeNotNull(from_at) + toIntervalHour(47)) AS until_at
COMMENT 'Which full hours credibility_mv computes next: new ones, the day before a new one, else the newest two; at most 48 at a time. Grain: one row. Zone: UTC.';

CREATE MATERIALIZED VIEW IF NOT EXISTS credibility_mv
REFRESH EVERY 1 MINUTE APPEND TO credibility_hours
AS
WITH
    (SELECT from_at FROM v_credibility_due) AS due_from,
    (SELECT until_at FROM v_credibility_due) AS due_until
SELECT
    hours.hour_at AS hour_at,
    live.shop AS shop,
    live.sampled AS sampled,
    live.sampled_equal AS sampled_equal,
    live.compared AS compared,
    live.compared_equal AS compared_equal,
    now64(3, 'UTC') AS computed_at
FROM (SELECT hour_at FROM v_full_hours WHERE hour_at BETWEEN due_from AND due_until) AS hours
LEFT JOIN
(
    SELECT hour_at, shop, sampled, sampled_equal, compared, compared_equal
    FROM v_credibility_live
    WHERE hour_at BETWEEN due_from AND due_until
) AS live ON live.hour_at = hours.hour_at
COMMENT 'Fills credibility_hours from v_credibility_live. SYSTEM REFRESH VIEW credibility_mv computes what is due now.';
