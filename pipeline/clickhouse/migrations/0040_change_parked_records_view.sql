CREATE OR REPLACE VIEW v_parked_records
(
    subject String COMMENT 'code:<source>|<field>|<code>',
    source LowCardinality(String) COMMENT 'who wrote the code',
    field LowCardinality(String) COMMENT 'field that held it',
    code String COMMENT 'the code that no map knew, exactly as written',
    mapping LowCardinality(String) COMMENT 'the map that did not know it, as name@version',
    origin_topic LowCardinality(String) COMMENT 'raw topic of the record; of one read again the last copy',
    origin_partition UInt32 COMMENT 'its partition',
    origin_offset Int64 COMMENT 'its offset',
    origin_key String COMMENT 'its key: order number, SKU or waybill',
    occurred_at DateTime64(3, 'UTC') COMMENT 'when the code was written, by the source (UTC)',
    observed_at DateTime64(3, 'UTC') COMMENT 'when we first received it (UTC)',
    mended_at Nullable(DateTime64(3, 'UTC'))
        COMMENT 'when it was read again with a map that knows the code (UTC); null: it waits'
)
AS
SELECT
    parked_subject AS subject,
    anyIf(findings.source, type = 'code.parked') AS source,
    anyIf(findings.field, type = 'code.parked') AS field,
    anyIf(findings.code, type = 'code.parked') AS code,
    anyIf(findings.mapping, type = 'code.parked') AS mapping,
    anyIf(findings.origin_topic, type = 'code.parked') AS origin_topic,
    assumeNotNull(anyIf(findings.origin_partition, type = 'code.parked')) AS origin_partition,
    assumeNotNull(anyIf(findings.origin_offset, type = 'code.parked')) AS origin_offset,
    anyIf(findings.origin_key, type = 'code.parked') AS origin_key,
    anyIf(findings.occurred_at, type = 'code.parked') AS occurred_at,
    anyIf(findings.observed_at, type = 'code.parked') AS observed_at,
    maxOrNullIf(findings.observed_at, type = 'code.mended') AS mended_at
FROM
(
    SELECT *, subject AS parked_subject
    FROM findings FINAL
    WHERE type IN ('code.parked', 'code.mended')
) AS findings
GROUP BY parked_subject, cause_id
HAVING countIf(type = 'code.parked') > 0
COMMENT 'Records with a code that no map knew, one row for each code in each of them; equal content counts once. Grain: subject and content of the record. Zone: UTC. Lateness: none, shown on arrival.';
