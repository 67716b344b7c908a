CREATE TABLE IF NOT EXISTS order_decisions
(
    event_id String COMMENT 'id derived from the cause: a replay repeats it',
    cause_id String COMMENT 'id of what brought this event about',
    occurred_at DateTime64(3, 'UTC') COMMENT 'when it happened, by the source (UTC)',
    observed_at DateTime64(3, 'UTC') COMMENT 'when we received it (UTC)',
    type LowCardinality(String) COMMENT 'order.phase_changed or promise.judged',
    order_id String COMMENT 'order number',
    shop LowCardinality(String) COMMENT 'shop of the order; empty: not told',
    phase LowCardinality(String)
        COMMENT 'new phase: not_shipped, shipped, signed, closed; empty unless the phase changed',
    previous LowCardinality(String) COMMENT 'phase before; empty: none',
    verdict LowCardinality(String) COMMENT 'open, kept, broken or none; empty unless a promise was judged',
    corrects LowCardinality(String) COMMENT 'earlier verdict that a late report disproved; empty: none',
    rule LowCardinality(String) COMMENT 'rule that decided; empty unless a promise was judged',
    deadline_at Nullable(DateTime64(3, 'UTC')) COMMENT 'deadline still ahead, or the one missed (UTC)',
    settled_at Nullable(DateTime64(3, 'UTC')) COMMENT 'instant the promise was kept or broken (UTC)',
    source_topic LowCardinality(String) COMMENT 'topic this row was read from',
    source_partition UInt32 COMMENT 'partition of that topic',
    source_offset Int64 COMMENT 'offset in that partition; of two rows with one key the higher one stands',
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3)
        COMMENT 'when this row was written, by the clock of ClickHouse'
)
ENGINE = ReplacingMergeTree(source_offset)
ORDER BY (order_id, event_id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'What the order hub decided, one row a decision: a phase changed, a promise was judged. Grain: event_id. Times UTC. Read FINAL.';
