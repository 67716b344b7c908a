ALTER TABLE findings
    ADD COLUMN IF NOT EXISTS handed_by String
        COMMENT 'taken: who gave it to them, by reference; empty: they took it themselves' AFTER by;

ALTER TABLE anomalies_current
    ADD COLUMN IF NOT EXISTS handed_by Array(String)
        COMMENT 'who gave it to them, by reference; empty: they took it themselves, or nobody has it' AFTER taken_by;

CREATE OR REPLACE VIEW v_anomalies
(
    anomaly_id String COMMENT 'id of the anomaly',
    kind LowCardinality(String) COMMENT 'kind, such as unknown_code',
    subject String COMMENT 'what it is about: code:<source>|<field>|<code>, order:<order number>, ...',
    order_id String COMMENT 'order number of a subject order:... or refund:...; empty: about something else',
    severity LowCardinality(String) COMMENT 'notice, warning, critical',
    evidence Map(String, String) COMMENT 'what was seen first',
    occurred_at DateTime64(3, 'UTC') COMMENT 'when it happened, by the source (UTC)',
    opened_at DateTime64(3, 'UTC') COMMENT 'the same as detected_at',
    detected_at DateTime64(3, 'UTC') COMMENT 'when it was first noticed (UTC)',
    last_seen_at DateTime64(3, 'UTC') COMMENT 'when it was last noticed (UTC)',
    heal_deadline_at DateTime64(3, 'UTC') COMMENT 'healers have until then (UTC)',
    sightings UInt64 COMMENT 'how often it was noticed',
    attempts UInt64 COMMENT 'how often healers tried',
    taken_by String COMMENT 'who takes care of it, by reference: the first who took it or was given it; empty: nobody',
    handed_by String COMMENT 'who gave it to them, by reference; empty: they took it themselves, or nobody has it',
    handed_over_at Nullable(DateTime64(3, 'UTC')) COMMENT 'when a person was asked (UTC); null: nobody was',
    is_open Bool COMMENT 'it has not ended',
    end LowCardinality(String) COMMENT 'healed, resolved, failed, cleared, withdrawn; empty: open',
    because String COMMENT 'why it ended; empty: open',
    ended_at Nullable(DateTime64(3, 'UTC')) COMMENT 'when its end was noticed (UTC); null: open'
)
AS
SELECT
    standing.anomaly_id AS anomaly_id,
    standing.kind AS kind,
    standing.subject AS subject,
    multiIf(
        startsWith(standing.subject, 'order:'), substring(standing.subject, 7),
        startsWith(standing.subject, 'refund:'),
            if(empty(told.evidence['order_id']), splitByChar('|', substring(standing.subject, 8))[1], told.evidence['order_id']),
        '') AS order_id,
    standing.severity AS severity,
    told.evidence AS evidence,
    ifNull(told.opened_occurred_at, standing.detected_at) AS occurred_at,
    standing.detected_at AS opened_at,
    standing.detected_at AS detected_at,
    standing.last_seen_at AS last_seen_at,
    standing.heal_deadline_at AS heal_deadline_at,
    toUInt64(standing.sightings) AS sightings,
    toUInt64(standing.attempts) AS attempts,
    standing.taken_by AS taken_by,
    standing.given_by AS handed_by,
    told.handed_over_at AS handed_over_at,
    standing.end = '' AS is_open,
    standing.end AS end,
    if(standing.end = '', '', told.because) AS because,
    standing.ended_at AS ended_at
FROM
(
    SELECT
        subject, anomaly_id, kind, severity, detected_at, last_seen_at, heal_deadline_at,
        sightings, attempts, taken_by, given_by, end, ended_at
    FROM anomalies_current FINAL
    ARRAY JOIN
        anomaly_id, kind, severity, detected_at, last_seen_at, heal_deadline_at,
        sightings, attempts, taken_by,
        -- Of rows written before there was a hand-over the array is empty.
        arrayResize(handed_by, length(anomaly_id)) AS given_by,
        end, ended_at
) AS standing
LEFT JOIN
(
    SELECT
        anomaly_id,
        anyIf(row.evidence, row.type = 'anomaly.opened') AS evidence,
        minOrNullIf(row.occurred_at, row.type = 'anomaly.opened') AS opened_occurred_at,
        minOrNullIf(row.observed_at, row.type = 'anomaly.handed_over') AS handed_over_at,
        argMaxIf(row.because, row.source_offset, row.type IN ('anomaly.ended', 'anomaly.corrected')) AS because
    FROM (SELECT * FROM anomalies FINAL) AS row
    GROUP BY anomaly_id
) AS told ON told.anomaly_id = standing.anomaly_id
COMMENT 'Everything that was noticed, as it stands. Grain: anomaly_id. Zone: UTC. Lateness: a late finding changes it within seconds; what it shows never to have been an anomaly of its own is not here, or has the end withdrawn.';
