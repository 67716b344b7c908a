CREATE OR REPLACE VIEW v_anomalies
(
    anomaly_id String COMMENT 'id of the anomaly',
    kind LowCardinality(String) COMMENT 'kind, such as unknown_code',
    subject String COMMENT 'what it is about: code:<source>|<field>|<code>, order:<order number>, ...',
    severity LowCardinality(String) COMMENT 'notice, warning, critical',
    evidence Map(String, String) COMMENT 'what was seen first',
    occurred_at DateTime64(3, 'UTC') COMMENT 'when it happened, by the source (UTC)',
    opened_at DateTime64(3, 'UTC') COMMENT 'when it was noticed (UTC)',
    is_open Bool COMMENT 'it has not ended',
    end LowCardinality(String) COMMENT 'healed, resolved, failed, cleared, withdrawn; empty: open',
    because String COMMENT 'why it ended; empty: open',
    ended_at Nullable(DateTime64(3, 'UTC')) COMMENT 'when its end was noticed (UTC); null: open',
    sightings Nullable(UInt64)
        COMMENT 'unknown_code: records received with the code, after the end before and up to its own; null: not counted for this kind'
)
AS
SELECT
    told.anomaly_id AS anomaly_id,
    told.kind AS kind,
    told.subject AS subject,
    told.severity AS severity,
    told.evidence AS evidence,
    told.occurred_at AS occurred_at,
    told.opened_at AS opened_at,
    isNull(told.ended_at) AS is_open,
    told.end AS end,
    told.because AS because,
    told.ended_at AS ended_at,
    if(told.kind = 'unknown_code',
        arrayCount(
            at -> (isNull(told.ended_before_at) OR at > told.ended_before_at)
                AND (isNull(told.ended_at) OR at <= told.ended_at),
            seen.seen_at),
        NULL) AS sightings
FROM
(
    SELECT
        *,
        max(ended_at) OVER (
            PARTITION BY subject, kind ORDER BY opened_at, anomaly_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS ended_before_at
    FROM
    (
        SELECT
            row.anomaly_id AS anomaly_id,
            any(row.kind) AS kind,
            any(row.subject) AS subject,
            anyIf(row.severity, row.type = 'anomaly.opened') AS severity,
            anyIf(row.evidence, row.type = 'anomaly.opened') AS evidence,
            anyIf(row.occurred_at, row.type = 'anomaly.opened') AS occurred_at,
            anyIf(row.observed_at, row.type = 'anomaly.opened') AS opened_at,
            anyIf(row.end, row.type = 'anomaly.ended') AS end,
            anyIf(row.because, row.type = 'anomaly.ended') AS because,
            maxOrNullIf(row.observed_at, row.type = 'anomaly.ended') AS ended_at
        FROM (SELECT * FROM anomalies FINAL) AS row
        GROUP BY row.anomaly_id
        HAVING countIf(row.type = 'anomaly.opened') > 0
    )
) AS told
LEFT JOIN
(
    SELECT subject, groupArray(observed_at) AS seen_at
    FROM v_parked_records
    GROUP BY subject
) AS seen ON seen.subject = told.subject
COMMENT 'Everything that was noticed, with its one end. Grain: anomaly_id. Zone: UTC. Lateness: none, shown when decided.';
