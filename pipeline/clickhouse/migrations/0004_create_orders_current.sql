CREATE TABLE IF NOT EXISTS orders_current
(
    event_id String COMMENT 'id derived from the cause: a replay repeats it',
    cause_id String COMMENT 'id of what brought this event about',
    occurred_at DateTime64(3, 'UTC') COMMENT 'when it happened, by the source (UTC)',
    observed_at DateTime64(3, 'UTC') COMMENT 'when we received it (UTC)',
    order_id String COMMENT 'order number',
    platform LowCardinality(String)
        COMMENT 'tmall, jd, pdd, douyin, own_shop, or other for a shop told only by a file',
    shop LowCardinality(String) COMMENT 'shop of the order; empty: not told',
    phase LowCardinality(String) COMMENT 'back-end phase: closed > signed > shipped > not_shipped',
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
    as_of Nullable(DateTime64(3, 'UTC'))
        COMMENT 'judged exactly at this instant (history); null: judged by the running clock',
    words String COMMENT 'each reporter''s last word, as JSON; v_orders gives it as an array of tuples',
    source_topic LowCardinality(String) COMMENT 'topic this row was read from',
    source_partition UInt32 COMMENT 'partition of that topic',
    source_offset Int64 COMMENT 'offset in that partition; of two rows with one key the higher one stands',
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3)
        COMMENT 'when this row was written, by the clock of ClickHouse'
)
ENGINE = ReplacingMergeTree(source_offset)
ORDER BY (order_id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Current account of each order: the last one stands. Grain: order_id. Times UTC. Read FINAL, or through v_orders.';
