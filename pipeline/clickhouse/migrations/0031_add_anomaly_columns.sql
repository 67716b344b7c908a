ALTER TABLE anomalies
    ADD COLUMN IF NOT EXISTS corrects LowCardinality(String)
        COMMENT 'corrected: the end that was announced before; empty otherwise' AFTER because,
    ADD COLUMN IF NOT EXISTS attempts Nullable(Int64)
        COMMENT 'handed over: how often healers tried; null otherwise' AFTER corrects;

ALTER TABLE anomalies
    COMMENT COLUMN type 'anomaly.opened, anomaly.ended, anomaly.corrected or anomaly.handed_over',
    COMMENT COLUMN anomaly_id 'the same in the row that opens an anomaly and in all that follow',
    COMMENT COLUMN end 'healed, resolved, failed, cleared, withdrawn; empty unless ended, or corrected to an end',
    COMMENT COLUMN because 'why it ended, was corrected or was handed over; empty when opened';

ALTER TABLE anomalies
    MODIFY COMMENT 'Life of the anomalies, one row when one is opened, ended, corrected or handed to a person. Grain: event_id. Times UTC. Read FINAL, or through v_anomalies.';
