CREATE TABLE IF NOT EXISTS sku_commands
(
    event_id String COMMENT 'id derived from the cause: a replay repeats it',
    cause_id String COMMENT 'id of what brought this event about',
    occurred_at DateTime64(3, 'UTC') COMMENT 'when it happened, by the event clock (UTC)',
    observed_at DateTime64(3, 'UTC') COMMENT 'when we received or decided it (UTC)',
    type LowCardinality(String)
        COMMENT 'sku.suspend, sku.release, sku.allocate, sku.notify_procurement, or their answer: stock.command_confirmed',
    sku String COMMENT 'stock keeping unit',
    storefront LowCardinality(String) COMMENT 'who must carry it out, or did; empty: procurement',
    command_id String COMMENT 'the same at every attempt, and in its answer',
    attempt Nullable(Int64) COMMENT 'number of the attempt; null: an answer',
    reasons Array(LowCardinality(String)) COMMENT 'suspend: why; empty otherwise',
    shown_units Nullable(Int64) COMMENT 'allocate: pieces to show; null otherwise',
    available Nullable(Int64) COMMENT 'notify: what is available; null otherwise',
    safety_stock Nullable(Int64) COMMENT 'notify: the safety stock; null otherwise',
    source_topic LowCardinality(String) COMMENT 'topic this row was read from',
    source_partition UInt32 COMMENT 'partition of that topic',
    source_offset Int64 COMMENT 'offset in that partition; of two rows with one key the higher one stands',
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3)
        COMMENT 'when this row was written, by the clock of ClickHouse'
)
ENGINE = ReplacingMergeTree(source_offset)
ORDER BY (sku, event_id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'What storefronts and procurement must do, one row an attempt, and what storefronts answered. Grain: event_id. Units are pieces, times UTC. Read FINAL.';
