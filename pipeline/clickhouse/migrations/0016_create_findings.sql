CREATE TABLE IF NOT EXISTS findings
(
    event_id String COMMENT 'id derived from the cause: a replay repeats it',
    cause_id String COMMENT 'id of what brought this event about',
    occurred_at DateTime64(3, 'UTC') COMMENT 'when it happened, by the source (UTC)',
    observed_at DateTime64(3, 'UTC') COMMENT 'parked: when we received the record; mended: when it was read again (UTC)',
    type LowCardinality(String) COMMENT 'code.parked or code.mended',
    subject String COMMENT 'what it is about: code:<source>|<field>|<code>',
    source LowCardinality(String) COMMENT 'who wrote the code; empty unless parked',
    field LowCardinality(String) COMMENT 'field that held it; empty unless parked',
    code String COMMENT 'the code that no map knows, exactly as written; empty unless parked',
    mapping LowCardinality(String) COMMENT 'the map that did not know the code, or knows it now, as name@version',
    origin_topic LowCardinality(String) COMMENT 'raw topic of the record that waits; empty unless parked',
    origin_partition Nullable(UInt32) COMMENT 'its partition; null unless parked',
    origin_offset Nullable(Int64) COMMENT 'its offset; null unless parked',
    origin_key String COMMENT 'its key: order number, SKU or waybill; empty unless parked',
    source_topic LowCardinality(String) COMMENT 'topic this row was read from',
    source_partition UInt32 COMMENT 'partition of that topic',
    source_offset Int64 COMMENT 'offset in that partition; of two rows with one key the higher one stands',
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3)
        COMMENT 'when this row was written, by the clock of ClickHouse'
)
ENGINE = ReplacingMergeTree(source_offset)
ORDER BY (subject, event_id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'What agents noticed: codes that no map knows, and records that were read again. Grain: event_id. Times UTC. Read FINAL, or through v_parked_codes.';
