CREATE OR REPLACE VIEW v_orders
(
    order_id String COMMENT 'order number',
    platform LowCardinality(String) COMMENT 'tmall, jd, pdd, douyin, own_shop, other',
    shop LowCardinality(String) COMMENT 'shop; empty: not told',
    phase LowCardinality(String) COMMENT 'back-end phase: not_shipped, shipped, signed, closed',
    platform_phase LowCardinality(String) COMMENT 'the platform''s own last known word',
    is_open Bool COMMENT 'promises not yet fulfilled, and not closed',
    verdict LowCardinality(String) COMMENT 'open, kept, broken, or none: nothing was owed',
    rule LowCardinality(String) COMMENT 'rule that gave the verdict',
    ordered_at Nullable(DateTime64(3, 'UTC')) COMMENT 'order placed (UTC)',
    paid_at Nullable(DateTime64(3, 'UTC')) COMMENT 'paid (UTC)',
    promised_ship_at Nullable(DateTime64(3, 'UTC')) COMMENT 'shipping promised by (UTC), as it stands',
    first_promised_ship_at Nullable(DateTime64(3, 'UTC'))
        COMMENT 'shipping promised by (UTC), as first promised',
    promised_sign_at Nullable(DateTime64(3, 'UTC')) COMMENT 'delivery promised by (UTC)',
    outbound_at Nullable(DateTime64(3, 'UTC')) COMMENT 'left the warehouse (UTC)',
    first_scan_at Nullable(DateTime64(3, 'UTC')) COMMENT 'first carrier scan (UTC)',
    signed_at Nullable(DateTime64(3, 'UTC')) COMMENT 'signed for (UTC)',
    closed_at Nullable(DateTime64(3, 'UTC')) COMMENT 'closed or cancelled (UTC)',
    deadline_at Nullable(DateTime64(3, 'UTC')) COMMENT 'deadline still ahead, or the one missed (UTC)',
    settled_at Nullable(DateTime64(3, 'UTC'))
        COMMENT 'kept: last fulfilment; broken: first missed deadline (UTC)',
    overdue_since_at Nullable(DateTime64(3, 'UTC')) COMMENT 'first passed deadline of what is still owed (UTC)',
    next_deadline_at Nullable(DateTime64(3, 'UTC')) COMMENT 'next deadline ahead of what is still owed (UTC)',
    owed LowCardinality(String) COMMENT 'which promise is still owed: ship or sign; empty: neither',
    paid_fen Nullable(Int64) COMMENT 'amount paid, in fen',
    lines UInt32 COMMENT 'order lines or parcels told of',
    as_of Nullable(DateTime64(3, 'UTC')) COMMENT 'judged exactly at this instant (history); null: by the clock',
    words Array(Tuple(reporter LowCardinality(String), line String, phase LowCardinality(String),
        raw_code String, mapping LowCardinality(String), said_at Nullable(DateTime64(3, 'UTC'))))
        COMMENT 'each reporter''s last word; ARRAY JOIN it',
    observed_at DateTime64(3, 'UTC') COMMENT 'when the newest report in it was received (UTC)',
    ingested_at DateTime64(3, 'UTC') COMMENT 'when this account was written, by the clock of ClickHouse'
)
AS
SELECT
    order_id, platform, shop, phase, platform_phase, is_open, verdict, rule,
    ordered_at, paid_at, promised_ship_at, first_promised_ship_at, promised_sign_at,
    outbound_at, first_scan_at, signed_at, closed_at, deadline_at, settled_at,
    overdue_since_at, next_deadline_at, owed,
    paid_fen, lines, as_of,
    JSONExtract(words, 'Array(Tuple(reporter LowCardinality(String), line String, phase LowCardinality(String), raw_code String, mapping LowCardinality(String), said_at Nullable(DateTime64(3, ''UTC''))))') AS words,
    observed_at, ingested_at
FROM orders_current FINAL
COMMENT 'Every order as it stands now. Grain: order_id. Zone: UTC. Lateness: a late report replaces the row within seconds of its arrival.';

CREATE OR REPLACE VIEW v_order_timeline
(
    order_id String COMMENT 'order number',
    at DateTime64(3, 'UTC') COMMENT 'when it happened, by the source (UTC)',
    observed_at DateTime64(3, 'UTC') COMMENT 'when we received or decided it (UTC)',
    source String COMMENT 'who says so: a reporter, platform, cs, sku, or order_hub',
    what String COMMENT 'kind of the entry: order.reported, refund.reported, ticket.reported, sku.ordered, order.phase_changed, promise.judged',
    detail String COMMENT 'what it says, in short',
    raw_code String COMMENT 'the code exactly as received; empty: none',
    mapping String COMMENT 'field map, or rule of a verdict',
    event_id String COMMENT 'id of the event'
)
AS
SELECT
    order_id,
    occurred_at AS at,
    observed_at,
    toString(reporter) AS source,
    'order.reported' AS what,
    arrayStringConcat(arrayFilter(part -> part != '', [
        toString(phase),
        if(line = '', '', concat('line ', line)),
        if(isNull(units), '', concat('units ', toString(units))),
        if(isNull(ordered_at), '', concat('ordered ', toString(ordered_at))),
        if(isNull(paid_at), '', concat('paid ', toString(paid_at))),
        if(isNull(promised_ship_at), '', concat('ship by ', toString(promised_ship_at))),
        if(isNull(promised_sign_at), '', concat('deliver by ', toString(promised_sign_at))),
        if(isNull(outbound_at), '', concat('outbound ', toString(outbound_at))),
        if(isNull(first_scan_at), '', concat('first scan ', toString(first_scan_at))),
        if(isNull(signed_at), '', concat('signed ', toString(signed_at))),
        if(isNull(closed_at), '', concat('closed ', toString(closed_at))),
        if(cannot_supply, 'cannot supply', ''),
        if(cash_on_delivery, 'cash on delivery', '')
    ]), ', ') AS detail,
    toString(raw_code) AS raw_code,
    toString(mapping) AS mapping,
    event_id
FROM order_reports FINAL
UNION ALL
SELECT
    order_id,
    occurred_at,
    observed_at,
    toString(platform),
    'refund.reported',
    concat('refund ', refund_id, ', ', toString(amount_fen), ' fen'),
    toString(raw_codes),
    toString(mapping),
    event_id
FROM refund_reports FINAL
UNION ALL
SELECT
    order_id,
    occurred_at,
    observed_at,
    'cs',
    'ticket.reported',
    concat(if(complaint, 'complaint ', 'question '), ticket_id, ', ', toString(topic), if(open, ', open', ', closed')),
    '',
    toString(mapping),
    event_id
FROM ticket_reports FINAL
UNION ALL
SELECT
    order_id,
    occurred_at,
    observed_at,
    'sku',
    'sku.ordered',
    concat(sku, ' x ', toString(units)),
    '',
    toString(mapping),
    event_id
FROM sku_facts FINAL
WHERE type = 'sku.ordered'
UNION ALL
SELECT
    order_id,
    occurred_at,
    observed_at,
    'order_hub',
    toString(type),
    if(type = 'order.phase_changed',
        concat(if(previous = '', '', concat(toString(previous), ' -> ')), toString(phase)),
        concat(
            toString(verdict),
            if(corrects = '', '', concat(', corrects ', toString(corrects))),
            if(isNull(deadline_at), '', concat(', deadline ', toString(deadline_at))))),
    '',
    toString(rule),
    event_id
FROM order_decisions FINAL
COMMENT 'Every fact and decision of one order: filter by order_id, ORDER BY at, observed_at. Grain: event_id. Zone: UTC. Lateness: entries come in order of arrival, `at` may lie far back.';

CREATE OR REPLACE VIEW v_unknown_codes
(
    platform LowCardinality(String) COMMENT 'platform of the orders',
    reporter LowCardinality(String) COMMENT 'who wrote the code',
    raw_code LowCardinality(String) COMMENT 'the code that no map knows, exactly as written',
    reports UInt64 COMMENT 'reports that carried it',
    orders UInt64 COMMENT 'orders it was said of',
    first_seen_at DateTime64(3, 'UTC') COMMENT 'first received (UTC)',
    last_seen_at DateTime64(3, 'UTC') COMMENT 'last received (UTC)'
)
AS
SELECT
    platform,
    reporter,
    raw_code,
    count() AS reports,
    uniqExact(order_id) AS orders,
    min(observed_at) AS first_seen_at,
    max(observed_at) AS last_seen_at
FROM order_reports FINAL
WHERE phase = 'unknown'
GROUP BY platform, reporter, raw_code
COMMENT 'Status codes that no field map knows: parked, never guessed. Grain: platform, reporter, raw_code. Zone: UTC. Lateness: none, counted on arrival.';

CREATE OR REPLACE VIEW v_dead_letters
(
    letter_id String COMMENT 'derived from where the record came from',
    origin_topic LowCardinality(String) COMMENT 'topic of the record, or file:<name>',
    origin_partition UInt32 COMMENT 'partition of the record; 0 for a file',
    origin_offset Int64 COMMENT 'offset of the record, or line number in the file',
    origin_key String COMMENT 'key of the record',
    occurred_at DateTime64(3, 'UTC') COMMENT 'timestamp of the record (UTC)',
    observed_at DateTime64(3, 'UTC') COMMENT 'when it was set aside (UTC)',
    agent LowCardinality(String) COMMENT 'who set it aside',
    reason String COMMENT 'what is wrong, where, how to mend it',
    error LowCardinality(String) COMMENT 'class of the error',
    schema_version LowCardinality(String) COMMENT 'version of the schema that refused it',
    raw_text String COMMENT 'the bytes as text; what is no UTF-8 shows as a replacement character',
    raw_base64 String COMMENT 'the bytes in base64'
)
AS
SELECT
    letter_id, origin_topic, origin_partition, origin_offset, origin_key, occurred_at, observed_at,
    agent, reason, error, schema_version,
    toValidUTF8(raw) AS raw_text,
    base64Encode(raw) AS raw_base64
FROM dead_letters FINAL
COMMENT 'Records that can never work. Grain: letter_id (a replay adds none). Zone: UTC. Lateness: none, shown on arrival.';
