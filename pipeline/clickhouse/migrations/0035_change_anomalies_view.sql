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
    taken_by String COMMENT 'who took it first, by reference; empty: nobody',
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
    told.handed_over_at AS handed_over_at,
    standing.end = '' AS is_open,
    standing.end AS end,
    if(standing.end = '', '', told.because) AS because,
    standing.ended_at AS ended_at
FROM
(
    SELECT
        subject, anomaly_id, kind, severity, detected_at, last_seen_at, heal_deadline_at,
        sightings, attempts, taken_by, end, ended_at
    FROM anomalies_current FINAL
    ARRAY JOIN
        anomaly_id, kind, severity, detected_at, last_seen_at, heal_deadline_at,
        sightings, attempts, taken_by, end, ended_at
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

CREATE OR REPLACE VIEW v_self_heal
(
    window LowCardinality(String) COMMENT '1h, 24h, 7d, 30d before the clock, or all',
    shop String COMMENT 'shop; empty: all shops together, and what is about no order',
    healed UInt64 COMMENT 'healed in the window',
    resolved UInt64 COMMENT 'mended by a person in the window',
    failed UInt64 COMMENT 'what was feared happened in the window',
    open_past_deadline UInt64 COMMENT 'open, and the heal deadline passed in the window',
    counted UInt64 COMMENT 'all four together',
    self_heal Nullable(Float64) COMMENT 'self-heal rate healed / counted, 0..1; null: nothing counted'
)
AS
WITH
    (SELECT clock_at FROM v_clock) AS clock,
    [3600000, 86400000, 604800000, 2592000000, 0] AS lengths_ms,
    ['1h', '24h', '7d', '30d', 'all'] AS names
SELECT
    window,
    shop,
    countIf(counts_as = 'healed') AS healed,
    countIf(counts_as = 'resolved') AS resolved,
    countIf(counts_as = 'failed') AS failed,
    countIf(counts_as = 'open') AS open_past_deadline,
    count() AS counted,
    healed / nullIf(counted, 0) AS self_heal
FROM
(
    SELECT
        counts_as,
        arrayJoin(if(order_shop = '', [''], ['', order_shop])) AS shop,
        arrayJoin(arrayFilter(
            (name, length_ms) -> length_ms = 0
                OR ifNull(toUnixTimestamp64Milli(counts_at) > toUnixTimestamp64Milli(clock) - length_ms, 0),
            names, lengths_ms)) AS window
    FROM
    (
        SELECT
            toString(placed.shop) AS order_shop,
            multiIf(
                anomaly.end = 'withdrawn' OR anomaly.detected_at > clock, '',
                anomaly.end != '' AND anomaly.ended_at <= clock,
                    if(anomaly.end IN ('healed', 'resolved', 'failed'), toString(anomaly.end), ''),
                clock > anomaly.heal_deadline_at, 'open',
                '') AS counts_as,
            if(counts_as = 'open', anomaly.heal_deadline_at, anomaly.ended_at) AS counts_at
        FROM v_anomalies AS anomaly
        LEFT JOIN (SELECT order_id, shop FROM orders_current FINAL) AS placed ON placed.order_id = anomaly.order_id
    )
    WHERE counts_as != ''
)
GROUP BY window, shop
COMMENT 'Self-heal rate: healed / (healed + resolved + failed + open past its heal deadline). Grain: window and shop; without a row nothing counted. Window: (clock - length, clock] by the end, or by the heal deadline while open; seen as of the clock. Withdrawn and cleared count nowhere. Zone: UTC. Lateness: a late finding corrects its window.';
