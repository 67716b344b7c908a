ALTER TABLE findings
    ADD COLUMN IF NOT EXISTS kind LowCardinality(String)
        COMMENT 'kind of anomaly; empty: it is about a code, or (taken) about everything of the subject' AFTER origin_key,
    ADD COLUMN IF NOT EXISTS severity LowCardinality(String)
        COMMENT 'notice, warning, critical; empty unless seen' AFTER kind,
    ADD COLUMN IF NOT EXISTS evidence Map(String, String)
        COMMENT 'what was seen; empty unless seen' AFTER severity,
    ADD COLUMN IF NOT EXISTS heal_deadline_at Nullable(DateTime64(3, 'UTC'))
        COMMENT 'healers have until then (UTC); null: two hours, or not seen' AFTER evidence,
    ADD COLUMN IF NOT EXISTS how LowCardinality(String)
        COMMENT 'gone: healed, resolved, failed, cleared, withdrawn; empty otherwise' AFTER heal_deadline_at,
    ADD COLUMN IF NOT EXISTS because String
        COMMENT 'why it is gone or how it was resolved, or what was tried; empty otherwise' AFTER how,
    ADD COLUMN IF NOT EXISTS healer LowCardinality(String)
        COMMENT 'who tried to mend it; empty unless attempted' AFTER because,
    ADD COLUMN IF NOT EXISTS by String
        COMMENT 'who took or resolved it, by reference; empty otherwise' AFTER healer;

ALTER TABLE findings
    COMMENT COLUMN observed_at 'when it was noticed; parked: when we received the record; mended: when it was read again (UTC)',
    COMMENT COLUMN type 'code.parked, code.mended, condition.seen, condition.gone, heal.attempted, anomaly.taken, anomaly.resolved',
    COMMENT COLUMN subject 'what it is about: code:<source>|<field>|<code>, order:<order number>, ...',
    COMMENT COLUMN mapping 'the map that did not know the code, or knows it now, as name@version; empty unless about a code';

ALTER TABLE findings
    MODIFY COMMENT 'What agents and people noticed: what is wrong, what no longer is, codes that no map knows. Grain: event_id. Times UTC. Read FINAL, or through v_anomalies and v_parked_codes.';
