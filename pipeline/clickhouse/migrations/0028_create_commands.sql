CREATE TABLE IF NOT EXISTS commands
(
    event_id String COMMENT 'id derived from the cause: a replay repeats it',
    cause_id String COMMENT 'id of what brought this event about',
    occurred_at DateTime64(3, 'UTC') COMMENT 'when it happened, by the event clock (UTC)',
    observed_at DateTime64(3, 'UTC') COMMENT 'when we decided it (UTC)',
    type LowCardinality(String)
        COMMENT 'coupon.sent, correction.requested, confirmation.asked, refund.sent, return.freeze_commission, ...',
    order_id String COMMENT 'order number',
    shop LowCardinality(String) COMMENT 'shop of the order; empty: not told',
    details String
        COMMENT 'everything else the command says, as one JSON object with sorted names; what was not said is not in it',
    source_topic LowCardinality(String) COMMENT 'topic this row was read from',
    source_partition UInt32 COMMENT 'partition of that topic',
    source_offset Int64 COMMENT 'offset in that partition; of two rows with one key the higher one stands',
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3)
        COMMENT 'when this row was written, by the clock of ClickHouse'
)
ENGINE = ReplacingMergeTree(source_offset)
ORDER BY (order_id, event_id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'What others must do, one row an attempt: who carries it out does so once for the id of the command. Grain: event_id. Times UTC. Read FINAL.';
