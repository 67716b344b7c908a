CREATE TABLE IF NOT EXISTS waybill_facts
(
    event_id String COMMENT 'id derived from the cause: a replay repeats it',
    cause_id String COMMENT 'id of what brought this event about',
    occurred_at DateTime64(3, 'UTC') COMMENT 'when it happened, by the source (UTC)',
    observed_at DateTime64(3, 'UTC') COMMENT 'when we received it (UTC)',
    type LowCardinality(String) COMMENT 'waybill.linked or waybill.tracked',
    waybill String COMMENT 'number of the parcel with its carrier',
    order_id String COMMENT 'order that is in the parcel; empty unless linked',
    platform LowCardinality(String)
        COMMENT 'platform of that order; empty unless linked',
    shop LowCardinality(String) COMMENT 'shop of that order; empty unless linked, or not told',
    reporter LowCardinality(String) COMMENT 'who linked them: platform, erp, wms; empty unless linked',
    carrier LowCardinality(String) COMMENT 'carrier; empty: not told',
    mapping LowCardinality(String) COMMENT 'field map and its version, as name@version',
    phase LowCardinality(String)
        COMMENT 'the carrier''s word; unknown: a code no map knows; empty unless tracked',
    raw_code LowCardinality(String) COMMENT 'the newest code exactly as the carrier wrote it',
    flags Array(LowCardinality(String))
        COMMENT 'what else the code says: station, forwarded, problem, stalled, refused, address, returning, customs, proxy, unproven, lost',
    version Nullable(Int64) COMMENT 'time of the newest entry of the track, milliseconds since 1970 UTC',
    first_scan_at Nullable(DateTime64(3, 'UTC')) COMMENT 'first carrier scan (UTC), if there was one',
    last_scan_at Nullable(DateTime64(3, 'UTC')) COMMENT 'newest carrier scan (UTC), if there was one',
    signed_at Nullable(DateTime64(3, 'UTC'))
        COMMENT 'signed for by the addressee (UTC); a locker or station is no signature',
    source_topic LowCardinality(String) COMMENT 'topic this row was read from',
    source_partition UInt32 COMMENT 'partition of that topic',
    source_offset Int64 COMMENT 'offset in that partition; of two rows with one key the higher one stands',
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3)
        COMMENT 'when this row was written, by the clock of ClickHouse',
    INDEX by_order order_id TYPE bloom_filter GRANULARITY 4
)
ENGINE = ReplacingMergeTree(source_offset)
ORDER BY (waybill, event_id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Which orders are in a parcel, and what its carrier said: one row a fact. Grain: event_id. Times UTC. Read FINAL.';
