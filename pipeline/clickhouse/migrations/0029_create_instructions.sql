CREATE TABLE IF NOT EXISTS instructions
(
    event_id String COMMENT 'id derived from the cause: a replay repeats it',
    cause_id String COMMENT 'id of what brought this event about',
    occurred_at DateTime64(3, 'UTC') COMMENT 'when it was said (UTC)',
    observed_at DateTime64(3, 'UTC') COMMENT 'when we received it (UTC)',
    type LowCardinality(String)
        COMMENT 'conflict.decided, confirmation.answered, goods.counted, desk.track_order, return.step_confirmed, ...',
    order_id String COMMENT 'order number',
    details String
        COMMENT 'everything else it says, as one JSON object with sorted names; what was not said is not in it',
    source_topic LowCardinality(String) COMMENT 'topic this row was read from',
    source_partition UInt32 COMMENT 'partition of that topic',
    source_offset Int64 COMMENT 'offset in that partition; of two rows with one key the higher one stands',
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3)
        COMMENT 'when this row was written, by the clock of ClickHouse'
)
ENGINE = ReplacingMergeTree(source_offset)
ORDER BY (order_id, event_id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'What people and outside systems told the judges of an order: decisions, answers, presses, confirmations. Grain: event_id. Times UTC. Read FINAL.';
