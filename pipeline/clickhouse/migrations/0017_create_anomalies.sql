CREATE TABLE IF NOT EXISTS anomalies
(
    event_id String COMMENT 'id derived from the cause: a replay repeats it',
    cause_id String COMMENT 'id of what brought this event about',
    occurred_at DateTime64(3, 'UTC') COMMENT 'opened: when it happened, by the source; ended: when its end was noticed (UTC)',
    observed_at DateTime64(3, 'UTC') COMMENT 'when it was noticed (UTC)',
    type LowCardinality(String) COMMENT 'anomaly.opened or anomaly.ended',
    anomaly_id String COMMENT 'the same in the row that opens an anomaly and in the one that ends it',
    kind LowCardinality(String) COMMENT 'kind of anomaly, such as unknown_code',
    subject String COMMENT 'what it is about: code:<source>|<field>|<code>, order:<order number>, ...',
    severity LowCardinality(String) COMMENT 'notice, warning, critical; empty unless opened',
    evidence Map(String, String) COMMENT 'what was seen; empty unless opened',
    end LowCardinality(String) COMMENT 'healed, resolved, failed, cleared, withdrawn; empty unless ended',
    because String COMMENT 'why it ended; empty unless ended',
    source_topic LowCardinality(String) COMMENT 'topic this row was read from',
    source_partition UInt32 COMMENT 'partition of that topic',
    source_offset Int64 COMMENT 'offset in that partition; of two rows with one key the higher one stands',
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3)
        COMMENT 'when this row was written, by the clock of ClickHouse'
)
ENGINE = ReplacingMergeTree(source_offset)
ORDER BY (subject, event_id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Anomalies, one row when opened and one when ended. Grain: event_id. Times UTC. Read FINAL, or through v_anomalies.';
