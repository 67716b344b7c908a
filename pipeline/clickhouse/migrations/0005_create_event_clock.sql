CREATE TABLE IF NOT EXISTS event_clock
(
    event_id String COMMENT 'id derived from the cause',
    cause_id String COMMENT 'id of what moved the clock',
    agent LowCardinality(String) COMMENT 'whose clock',
    partition UInt32 COMMENT 'partition of the agent''s input',
    clock_at DateTime64(3, 'UTC') COMMENT 'the clock stands here (UTC)',
    observed_at DateTime64(3, 'UTC') COMMENT 'when that was noticed (UTC)',
    source_topic LowCardinality(String) COMMENT 'topic this row was read from',
    source_partition UInt32 COMMENT 'partition of that topic',
    source_offset Int64 COMMENT 'offset in that partition; of two rows with one key the higher one stands',
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3)
        COMMENT 'when this row was written, by the clock of ClickHouse'
)
ENGINE = ReplacingMergeTree(clock_at)
ORDER BY (agent, partition)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'How far the event clock of each partition of each agent has come. Grain: agent and partition. Read FINAL, or max(clock_at).';
