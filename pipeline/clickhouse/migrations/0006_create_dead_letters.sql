CREATE TABLE IF NOT EXISTS dead_letters
(
    letter_id String COMMENT 'derived from where the record came from: a replay repeats it',
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
    raw String COMMENT 'the bytes as received; may be no UTF-8',
    source_topic LowCardinality(String) COMMENT 'topic this row was read from',
    source_partition UInt32 COMMENT 'partition of that topic',
    source_offset Int64 COMMENT 'offset in that partition; of two rows with one key the higher one stands',
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3)
        COMMENT 'when this row was written, by the clock of ClickHouse'
)
ENGINE = ReplacingMergeTree(source_offset)
ORDER BY (letter_id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Records that can never work, with their bytes and the reason. Grain: letter_id. Times UTC. Read FINAL, or through v_dead_letters.';
