CREATE TABLE IF NOT EXISTS invoice_reports
(
    event_id String COMMENT 'id derived from the cause: a replay repeats it',
    cause_id String COMMENT 'id of what brought this event about',
    occurred_at DateTime64(3, 'UTC') COMMENT 'when it happened, by the source (UTC)',
    observed_at DateTime64(3, 'UTC') COMMENT 'when we received it (UTC)',
    order_id String COMMENT 'order number',
    shop LowCardinality(String) COMMENT 'shop of the order; empty: not told',
    invoice_id String COMMENT 'number of the invoice',
    red_lettered Bool COMMENT 'the invoice was taken back',
    mapping LowCardinality(String) COMMENT 'field map and its version, as name@version',
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
COMMENT 'Invoices that were issued or taken back, one row a report. Grain: event_id. Times UTC. Read FINAL, or through v_order_timeline.';
