CREATE TABLE IF NOT EXISTS anomalies_current
(
    event_id String COMMENT 'id derived from the cause: a replay repeats it',
    cause_id String COMMENT 'id of what brought this event about',
    occurred_at DateTime64(3, 'UTC') COMMENT 'when any of them was last seen (UTC)',
    observed_at DateTime64(3, 'UTC') COMMENT 'when any of them was last seen (UTC)',
    subject String
        COMMENT 'what it is about: code:<source>|<field>|<code>, order:<order number>, refund:<order number>|<refund>, ...',
    anomaly_id Array(String) COMMENT 'id of each anomaly',
    kind Array(LowCardinality(String)) COMMENT 'kind of each',
    severity Array(LowCardinality(String)) COMMENT 'notice, warning, critical',
    detected_at Array(DateTime64(3, 'UTC')) COMMENT 'when each was first noticed (UTC)',
    last_seen_at Array(DateTime64(3, 'UTC')) COMMENT 'when each was last noticed (UTC)',
    heal_deadline_at Array(DateTime64(3, 'UTC')) COMMENT 'healers have until then (UTC)',
    sightings Array(Int64) COMMENT 'how often each was noticed',
    attempts Array(Int64) COMMENT 'how often healers tried',
    taken_by Array(String) COMMENT 'who took it first, by reference; empty: nobody',
    end Array(LowCardinality(String)) COMMENT 'healed, resolved, failed, cleared, withdrawn; empty: open',
    ended_at Array(Nullable(DateTime64(3, 'UTC'))) COMMENT 'when each ended (UTC); null: open',
    source_topic LowCardinality(String) COMMENT 'topic this row was read from',
    source_partition UInt32 COMMENT 'partition of that topic',
    source_offset Int64 COMMENT 'offset in that partition; of two rows with one key the higher one stands',
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3)
        COMMENT 'when this row was written, by the clock of ClickHouse'
)
ENGINE = ReplacingMergeTree(source_offset)
ORDER BY (subject)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Every remembered anomaly of each subject as it stands: the last account of a subject stands, its arrays have one place an anomaly. Grain: subject. Times UTC. Read FINAL, or through v_anomalies.';
