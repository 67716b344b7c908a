CREATE TABLE IF NOT EXISTS desk_answers
(
    event_id String COMMENT 'id derived from the cause: a replay repeats it',
    cause_id String COMMENT 'id of what brought this event about',
    occurred_at DateTime64(3, 'UTC') COMMENT 'when it was answered, by the event clock (UTC)',
    observed_at DateTime64(3, 'UTC') COMMENT 'when we decided it (UTC)',
    order_id String COMMENT 'order number',
    shop LowCardinality(String) COMMENT 'shop of the order; empty: not told',
    command_key String COMMENT 'key of the press: however often it is delivered, it is answered once',
    command LowCardinality(String) COMMENT 'type of the command that is answered',
    pressed_by String COMMENT 'account of the person, by reference',
    answer LowCardinality(String) COMMENT 'accepted, told, refused or too_late',
    reasons Array(LowCardinality(String)) COMMENT 'why it says no, or what it adds',
    may_ship Nullable(Bool) COMMENT 'the order may ship now; null unless that was asked',
    address_id String COMMENT 'accepted change of address: the known address; empty otherwise',
    spot String COMMENT 'accepted change of address: province, city, district as JSON; empty otherwise',
    choice LowCardinality(String) COMMENT 'accepted difference: which choice; empty otherwise',
    amount_fen Nullable(Int64) COMMENT 'accepted difference, in fen; null otherwise',
    parcels String COMMENT 'tracked: JSON array of waybill, carrier, phase, flags, last_scan_at',
    source_topic LowCardinality(String) COMMENT 'topic this row was read from',
    source_partition UInt32 COMMENT 'partition of that topic',
    source_offset Int64 COMMENT 'offset in that partition; of two rows with one key the higher one stands',
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3)
        COMMENT 'when this row was written, by the clock of ClickHouse'
)
ENGINE = ReplacingMergeTree(source_offset)
ORDER BY (order_id, event_id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'The one answer to each press of a button at the desk. Grain: event_id, one a command_key. Times UTC. Read FINAL.';
