CREATE TABLE IF NOT EXISTS conflicts
(
    event_id String COMMENT 'id derived from the cause: a replay repeats it',
    cause_id String COMMENT 'id of what brought this event about',
    occurred_at DateTime64(3, 'UTC') COMMENT 'when it happened, by the event clock (UTC)',
    observed_at DateTime64(3, 'UTC') COMMENT 'when we decided it (UTC)',
    type LowCardinality(String) COMMENT 'order.locked or order.unlocked',
    order_id String COMMENT 'order number',
    shop LowCardinality(String) COMMENT 'shop of the order; empty: not told',
    conflict_id String COMMENT 'the same in the row that locks and in the one that unlocks',
    differs_since_at Nullable(DateTime64(3, 'UTC'))
        COMMENT 'when the newer of the two reports was made (UTC); null unless locked',
    settle_ms Nullable(Int64) COMMENT 'milliseconds they had to agree; null unless locked',
    evidence String
        COMMENT 'what each reporter says: JSON array of reporter, phase, raw_code, mapping, since_at, said_at',
    how LowCardinality(String)
        COMMENT 'agreement, decision, withdrawn (there never was a conflict); empty unless unlocked',
    corrects LowCardinality(String)
        COMMENT 'how it had ended until something was told late; empty: not announced before',
    decided_by String COMMENT 'who decided, by reference; empty unless a decision',
    command_id String COMMENT 'id of that command; empty unless a decision',
    why String COMMENT 'reason that was given; empty unless a decision',
    source_topic LowCardinality(String) COMMENT 'topic this row was read from',
    source_partition UInt32 COMMENT 'partition of that topic',
    source_offset Int64 COMMENT 'offset in that partition; of two rows with one key the higher one stands',
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3)
        COMMENT 'when this row was written, by the clock of ClickHouse'
)
ENGINE = ReplacingMergeTree(source_offset)
ORDER BY (order_id, event_id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Locks of orders whose reporters contradict each other, one row when locked and one when unlocked. Grain: event_id. Times UTC. Read FINAL, or through v_orders_locked.';
