CREATE TABLE IF NOT EXISTS alarms
(
    event_id String COMMENT 'id derived from the cause: a replay repeats it',
    cause_id String COMMENT 'id of what brought this event about',
    occurred_at DateTime64(3, 'UTC') COMMENT 'when it began or ended, by the event clock (UTC)',
    observed_at DateTime64(3, 'UTC') COMMENT 'when we decided it (UTC)',
    type LowCardinality(String)
        COMMENT 'promise.at_risk, promise.broken, parcel.late_first_scan, parcel.stalled, order.signed_not_received, act.to_review',
    order_id String COMMENT 'order number',
    shop LowCardinality(String) COMMENT 'shop of the order; empty: not told',
    alarm_id String COMMENT 'the same in the row that begins it and in those that end it',
    since_at DateTime64(3, 'UTC') COMMENT 'since when it holds; of an act: when it was done (UTC)',
    end LowCardinality(String)
        COMMENT 'healed, resolved, failed, cleared, withdrawn; empty: this row begins it',
    corrects LowCardinality(String)
        COMMENT 'how it had ended until something was told late; empty: not announced before',
    because String COMMENT 'why it ended; empty: this row begins it',
    promise LowCardinality(String) COMMENT 'ship or sign; empty unless at risk',
    rule LowCardinality(String) COMMENT 'rule that set the deadline; empty unless broken',
    deadline_at Nullable(DateTime64(3, 'UTC'))
        COMMENT 'deadline ahead or missed (UTC); null unless it is about a promise',
    waybill String COMMENT 'parcel; empty unless it is about one parcel',
    worst String
        COMMENT 'parcel of the order that has waited longest after this; empty: none, or not about a parcel',
    carrier_says Nullable(Bool) COMMENT 'the carrier itself says so; null unless stalled',
    waybills Array(String) COMMENT 'parcels said to be signed; empty unless signed_not_received',
    tickets Array(String) COMMENT 'tickets that say not received; empty unless signed_not_received',
    act LowCardinality(String) COMMENT 'what was done: coupon; empty unless an act',
    act_id String COMMENT 'id of what was done; empty unless an act',
    why LowCardinality(String) COMMENT 'promise_not_broken or complained_before; empty unless an act',
    source_topic LowCardinality(String) COMMENT 'topic this row was read from',
    source_partition UInt32 COMMENT 'partition of that topic',
    source_offset Int64 COMMENT 'offset in that partition; of two rows with one key the higher one stands',
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3)
        COMMENT 'when this row was written, by the clock of ClickHouse'
)
ENGINE = ReplacingMergeTree(source_offset)
ORDER BY (order_id, event_id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'What promise care noticed, and acts to review, one row when it begins and one when it ends. Grain: event_id. Times UTC. Read FINAL.';
