CREATE TABLE IF NOT EXISTS sku_decisions
(
    event_id String COMMENT 'id derived from the cause: a replay repeats it',
    cause_id String COMMENT 'id of what brought this event about',
    occurred_at DateTime64(3, 'UTC') COMMENT 'when it happened, by the event clock (UTC)',
    observed_at DateTime64(3, 'UTC') COMMENT 'when we received or decided it (UTC)',
    type LowCardinality(String)
        COMMENT 'stock.deviated, stock.calibrated, sku.suspended, sku.released, order.oversold or storefront.silent',
    sku String COMMENT 'stock keeping unit',
    warehouse LowCardinality(String) COMMENT 'deviated, calibrated: where; empty otherwise',
    deviation Nullable(Int64) COMMENT 'deviated: cloud count minus ledger; null otherwise',
    ledger_units Nullable(Int64) COMMENT 'deviated: on hand by the ledger; null otherwise',
    cloud_units Nullable(Int64) COMMENT 'deviated: on hand by the warehouse; null otherwise',
    units Nullable(Int64) COMMENT 'calibrated: correction of the ledger; oversold: pieces of the order; null otherwise',
    reverses Nullable(Bool) COMMENT 'calibrated: a late movement explained an earlier correction; null otherwise',
    number Nullable(Int64) COMMENT 'number of the suspension, or of what was told of orders; null otherwise',
    reasons Array(LowCardinality(String)) COMMENT 'suspended: sold_out, deviation:<warehouse>; empty otherwise',
    available Nullable(Int64) COMMENT 'suspended: sellable without the safety stock; null: unknown',
    suspended_at Nullable(DateTime64(3, 'UTC')) COMMENT 'released: since when it was suspended (UTC); null otherwise',
    order_id String COMMENT 'oversold: which order; empty otherwise',
    up Nullable(Bool) COMMENT 'oversold: there is no stock for it (true), or there is again (false); null otherwise',
    sellable Nullable(Int64) COMMENT 'oversold: on hand minus reserved; null otherwise',
    storefront LowCardinality(String) COMMENT 'silent: which storefront; empty otherwise',
    command_id String COMMENT 'silent: the command that it never confirmed; empty otherwise',
    attempts Nullable(Int64) COMMENT 'silent: how often it was sent; null otherwise',
    source_topic LowCardinality(String) COMMENT 'topic this row was read from',
    source_partition UInt32 COMMENT 'partition of that topic',
    source_offset Int64 COMMENT 'offset in that partition; of two rows with one key the higher one stands',
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3)
        COMMENT 'when this row was written, by the clock of ClickHouse'
)
ENGINE = ReplacingMergeTree(source_offset)
ORDER BY (sku, event_id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'What the inventory sentinel decided, one row a decision. Grain: event_id. Units are pieces, times UTC. Read FINAL.';
