CREATE TABLE IF NOT EXISTS sku_facts
(
    event_id String COMMENT 'id derived from the cause: a replay repeats it',
    cause_id String COMMENT 'id of what brought this event about',
    occurred_at DateTime64(3, 'UTC') COMMENT 'when it happened, by the source (UTC)',
    observed_at DateTime64(3, 'UTC') COMMENT 'when we received it (UTC)',
    type LowCardinality(String) COMMENT 'stock.counted, stock.moved or sku.ordered',
    sku String COMMENT 'stock keeping unit',
    warehouse LowCardinality(String) COMMENT 'warehouse of a count or movement; empty for demand',
    counter LowCardinality(String) COMMENT 'who counted: ledger or cloud; empty unless counted',
    units Int64
        COMMENT 'counted: pieces there; moved: pieces come (positive) or gone (negative); ordered: pieces asked for',
    reason LowCardinality(String) COMMENT 'why stock moved; empty unless moved',
    movement_id String COMMENT 'number of the movement; empty unless moved',
    order_id String COMMENT 'order that asks; empty unless ordered',
    platform LowCardinality(String) COMMENT 'platform of that order; empty unless ordered',
    shop LowCardinality(String) COMMENT 'shop of that order; empty unless ordered',
    mapping LowCardinality(String) COMMENT 'field map and its version, as name@version',
    version Nullable(Int64) COMMENT 'the reporter''s own version of what it said; orders its words',
    source_topic LowCardinality(String) COMMENT 'topic this row was read from',
    source_partition UInt32 COMMENT 'partition of that topic',
    source_offset Int64 COMMENT 'offset in that partition; of two rows with one key the higher one stands',
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3)
        COMMENT 'when this row was written, by the clock of ClickHouse',
    INDEX by_order order_id TYPE bloom_filter GRANULARITY 4
)
ENGINE = ReplacingMergeTree(source_offset)
ORDER BY (sku, event_id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Counts, movements and demand of SKUs, one row a fact. Grain: event_id. Units are pieces, times UTC. Read FINAL.';
