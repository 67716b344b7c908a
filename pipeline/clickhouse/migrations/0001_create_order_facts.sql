CREATE TABLE IF NOT EXISTS order_reports
(
    event_id String COMMENT 'id derived from the cause: a replay repeats it',
    cause_id String COMMENT 'id of what brought this event about',
    occurred_at DateTime64(3, 'UTC') COMMENT 'when it happened, by the source (UTC)',
    observed_at DateTime64(3, 'UTC') COMMENT 'when we received it (UTC)',
    order_id String COMMENT 'order number',
    platform LowCardinality(String)
        COMMENT 'tmall, jd, pdd, douyin, own_shop, or other for a shop told only by a file',
    shop LowCardinality(String) COMMENT 'shop of the order; empty: not told',
    reporter LowCardinality(String) COMMENT 'who speaks: platform, erp, wms, cs, carrier, app, file',
    mapping LowCardinality(String) COMMENT 'field map and its version, as name@version',
    phase LowCardinality(String)
        COMMENT 'the reporter''s word; unknown: a code no map knows; empty: this report says no phase',
    raw_code LowCardinality(String) COMMENT 'the status exactly as the reporter wrote it',
    version Nullable(Int64) COMMENT 'the reporter''s own version of what it said; orders its words',
    version_is_time Bool COMMENT 'version is milliseconds since 1970 UTC',
    line String COMMENT 'order line or waybill; empty: the whole order',
    units Nullable(Int64) COMMENT 'platform: pieces ordered; WMS: pieces in this parcel',
    ordered_at Nullable(DateTime64(3, 'UTC')) COMMENT 'order placed (UTC), if this report says so',
    paid_at Nullable(DateTime64(3, 'UTC')) COMMENT 'paid (UTC), if this report says so',
    promised_ship_at Nullable(DateTime64(3, 'UTC'))
        COMMENT 'shipping promised by (UTC), if this report says so',
    promised_sign_at Nullable(DateTime64(3, 'UTC'))
        COMMENT 'delivery promised by (UTC), if this report says so',
    outbound_at Nullable(DateTime64(3, 'UTC')) COMMENT 'left the warehouse (UTC), if this report says so',
    first_scan_at Nullable(DateTime64(3, 'UTC')) COMMENT 'first carrier scan (UTC), if this report says so',
    signed_at Nullable(DateTime64(3, 'UTC')) COMMENT 'signed for (UTC), if this report says so',
    closed_at Nullable(DateTime64(3, 'UTC')) COMMENT 'closed or cancelled (UTC), if this report says so',
    cannot_supply Bool COMMENT 'the merchant could not supply; closes nothing',
    policy_promise Bool COMMENT 'the policy''s shipping deadline holds where the platform gave none',
    cash_on_delivery Bool COMMENT 'paid on delivery',
    paid_fen Nullable(Int64) COMMENT 'amount paid, in fen',
    judged_at Nullable(DateTime64(3, 'UTC')) COMMENT 'the order is judged no earlier than this (UTC)',
    as_of Nullable(DateTime64(3, 'UTC')) COMMENT 'the order is judged exactly at this instant (UTC)',
    extra Map(String, String) COMMENT 'carried for people, read by no rule',
    source_topic LowCardinality(String) COMMENT 'topic this row was read from',
    source_partition UInt32 COMMENT 'partition of that topic',
    source_offset Int64 COMMENT 'offset in that partition; of two rows with one key the higher one stands',
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3)
        COMMENT 'when this row was written, by the clock of ClickHouse'
)
ENGINE = ReplacingMergeTree(source_offset)
ORDER BY (order_id, event_id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Everything a reporter said about an order, one row a report. Grain: event_id. Times UTC. Read FINAL, or through v_order_timeline.';

CREATE TABLE IF NOT EXISTS refund_reports
(
    event_id String COMMENT 'id derived from the cause: a replay repeats it',
    cause_id String COMMENT 'id of what brought this event about',
    occurred_at DateTime64(3, 'UTC') COMMENT 'when it happened, by the source (UTC)',
    observed_at DateTime64(3, 'UTC') COMMENT 'when we received it (UTC)',
    order_id String COMMENT 'order number',
    platform LowCardinality(String)
        COMMENT 'tmall, jd, pdd, douyin, own_shop, or other for a shop told only by a file',
    shop LowCardinality(String) COMMENT 'shop of the order; empty: not told',
    refund_id String COMMENT 'number of the refund request',
    mapping LowCardinality(String) COMMENT 'field map and its version, as name@version',
    raw_codes Map(String, String) COMMENT 'status field to code, exactly as received',
    amount_fen Int64 COMMENT 'amount asked for, in fen',
    version Nullable(Int64) COMMENT 'the reporter''s own version of what it said; orders its words',
    source_topic LowCardinality(String) COMMENT 'topic this row was read from',
    source_partition UInt32 COMMENT 'partition of that topic',
    source_offset Int64 COMMENT 'offset in that partition; of two rows with one key the higher one stands',
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3)
        COMMENT 'when this row was written, by the clock of ClickHouse'
)
ENGINE = ReplacingMergeTree(source_offset)
ORDER BY (order_id, event_id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Refund requests as the platform tells them, one row a report. Grain: event_id. Times UTC. Read FINAL.';

CREATE TABLE IF NOT EXISTS ticket_reports
(
    event_id String COMMENT 'id derived from the cause: a replay repeats it',
    cause_id String COMMENT 'id of what brought this event about',
    occurred_at DateTime64(3, 'UTC') COMMENT 'when it happened, by the source (UTC)',
    observed_at DateTime64(3, 'UTC') COMMENT 'when we received it (UTC)',
    order_id String COMMENT 'order number',
    shop LowCardinality(String) COMMENT 'shop of the order; empty: not told',
    ticket_id String COMMENT 'number of the ticket',
    mapping LowCardinality(String) COMMENT 'field map and its version, as name@version',
    topic LowCardinality(String) COMMENT 'what the ticket is about',
    complaint Bool COMMENT 'a complaint, not a question',
    open Bool COMMENT 'the ticket is still open',
    version Nullable(Int64) COMMENT 'the reporter''s own version of what it said; orders its words',
    source_topic LowCardinality(String) COMMENT 'topic this row was read from',
    source_partition UInt32 COMMENT 'partition of that topic',
    source_offset Int64 COMMENT 'offset in that partition; of two rows with one key the higher one stands',
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3)
        COMMENT 'when this row was written, by the clock of ClickHouse'
)
ENGINE = ReplacingMergeTree(source_offset)
ORDER BY (order_id, event_id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Customer-service tickets on orders, one row a report. Grain: event_id. Times UTC. Read FINAL.';
