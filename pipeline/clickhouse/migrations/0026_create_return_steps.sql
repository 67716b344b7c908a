CREATE TABLE IF NOT EXISTS return_steps
(
    event_id String COMMENT 'id derived from the cause: a replay repeats it',
    cause_id String COMMENT 'id of what brought this event about',
    occurred_at DateTime64(3, 'UTC') COMMENT 'when it happened, by the event clock (UTC)',
    observed_at DateTime64(3, 'UTC') COMMENT 'when we decided it (UTC)',
    type LowCardinality(String) COMMENT 'return.begun, return.step_settled or return.step_handed_over',
    order_id String COMMENT 'order number',
    refund_id String COMMENT 'number of the refund request',
    shop LowCardinality(String) COMMENT 'shop of the order; empty: not told',
    step LowCardinality(String)
        COMMENT 'freeze_commission, attach_quality_reports, push_return_address, notify_restock; empty when begun',
    command_id String COMMENT 'id of the steps command, the same at every attempt; empty when begun',
    how LowCardinality(String) COMMENT 'confirmed or not_needed; empty unless settled',
    because String
        COMMENT 'unconfirmed, no_quality_reports_told, no_stock_told, no_warehouse; empty unless handed over',
    attempts Nullable(Int64) COMMENT 'how often the command was given; null unless handed over',
    source_topic LowCardinality(String) COMMENT 'topic this row was read from',
    source_partition UInt32 COMMENT 'partition of that topic',
    source_offset Int64 COMMENT 'offset in that partition; of two rows with one key the higher one stands',
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3)
        COMMENT 'when this row was written, by the clock of ClickHouse'
)
ENGINE = ReplacingMergeTree(source_offset)
ORDER BY (order_id, event_id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Returns: begun, and what became of each of their four steps. Grain: event_id. Times UTC. Read FINAL, or through v_returns.';
