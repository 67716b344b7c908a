CREATE TABLE IF NOT EXISTS refund_findings
(
    event_id String COMMENT 'id derived from the cause: a replay repeats it',
    cause_id String COMMENT 'id of what brought this event about',
    occurred_at DateTime64(3, 'UTC') COMMENT 'when it happened, by the event clock (UTC)',
    observed_at DateTime64(3, 'UTC') COMMENT 'when we decided it (UTC)',
    type LowCardinality(String) COMMENT 'refund.mismatched, refund.matched, refund.doubted or refund.affirmed',
    subject String
        COMMENT 'refund:<order number>|<refund>, or act:refund|<order number>|<refund> for a sent one',
    order_id String COMMENT 'order number',
    refund_id String COMMENT 'number of the refund request',
    shop LowCardinality(String) COMMENT 'shop of the order; empty: not told',
    refund_version Nullable(Int64)
        COMMENT 'version that does not fit, or that was sent; null unless it begins',
    reason LowCardinality(String) COMMENT 'no_order or exceeds_paid; empty unless mismatched',
    amount_fen Nullable(Int64) COMMENT 'amount asked for, in fen; null unless mismatched',
    others_fen Nullable(Int64) COMMENT 'what else is asked for or paid back, in fen; null unless mismatched',
    paid_fen Nullable(Int64) COMMENT 'amount paid, in fen; null: not known, or not mismatched',
    rule LowCardinality(String) COMMENT 'rule that would decide now; empty unless doubted',
    verdict LowCardinality(String) COMMENT 'verdict that would be given now; empty unless doubted',
    rules_version LowCardinality(String) COMMENT 'version of the rules; empty unless doubted',
    facts Map(String, String) COMMENT 'facts that the rules looked at; empty unless doubted',
    end LowCardinality(String) COMMENT 'withdrawn or cleared; empty unless it ends',
    because LowCardinality(String) COMMENT 'rule that decides now; empty unless matched',
    source_topic LowCardinality(String) COMMENT 'topic this row was read from',
    source_partition UInt32 COMMENT 'partition of that topic',
    source_offset Int64 COMMENT 'offset in that partition; of two rows with one key the higher one stands',
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3)
        COMMENT 'when this row was written, by the clock of ClickHouse'
)
ENGINE = ReplacingMergeTree(source_offset)
ORDER BY (order_id, event_id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Refunds that do not fit their order, and sent ones that are doubted, one row when it begins and one when it ends. Grain: event_id. Times UTC. Read FINAL.';
