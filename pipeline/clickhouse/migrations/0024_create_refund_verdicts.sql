CREATE TABLE IF NOT EXISTS refund_verdicts
(
    event_id String COMMENT 'id derived from the cause: a replay repeats it',
    cause_id String COMMENT 'id of what brought this event about',
    occurred_at DateTime64(3, 'UTC') COMMENT 'when it was decided, by the event clock (UTC)',
    observed_at DateTime64(3, 'UTC') COMMENT 'when we decided it (UTC)',
    order_id String COMMENT 'order number',
    refund_id String COMMENT 'number of the refund request',
    platform LowCardinality(String)
        COMMENT 'tmall, jd, pdd, douyin, own_shop, or other for a shop told only by a file',
    shop LowCardinality(String) COMMENT 'shop of the order; empty: not told',
    version Int64 COMMENT 'version of the refund report that was judged',
    verdict LowCardinality(String) COMMENT 'hold, manual, cs_confirm, finance, pending, not_refundable',
    previous LowCardinality(String) COMMENT 'earlier verdict where it was another; empty: none',
    rule LowCardinality(String) COMMENT 'rule that decided',
    rules_version LowCardinality(String) COMMENT 'version of the rules',
    mapping LowCardinality(String) COMMENT 'field map of the report and its version, as name@version',
    reason_zh String COMMENT 'reason in Chinese',
    reason_en String COMMENT 'reason in English',
    facts Map(String, String) COMMENT 'facts that the rules looked at up to the one that decided, as text',
    amount_fen Int64 COMMENT 'amount asked for, in fen',
    done Bool COMMENT 'the money is already out',
    requested_at DateTime64(3, 'UTC') COMMENT 'when the request was first received (UTC)',
    source_topic LowCardinality(String) COMMENT 'topic this row was read from',
    source_partition UInt32 COMMENT 'partition of that topic',
    source_offset Int64 COMMENT 'offset in that partition; of two rows with one key the higher one stands',
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3)
        COMMENT 'when this row was written, by the clock of ClickHouse'
)
ENGINE = ReplacingMergeTree(source_offset)
ORDER BY (order_id, event_id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Verdicts of the refund centre, one row whenever a verdict is new. Grain: event_id. Times UTC. Read FINAL, or through v_refunds.';
