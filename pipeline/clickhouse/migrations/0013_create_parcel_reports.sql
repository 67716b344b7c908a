CREATE TABLE IF NOT EXISTS parcel_reports
(
    event_id String COMMENT 'id derived from the cause: a replay repeats it',
    cause_id String COMMENT 'id of what brought this event about',
    occurred_at DateTime64(3, 'UTC') COMMENT 'when it happened, by the source (UTC)',
    observed_at DateTime64(3, 'UTC') COMMENT 'when we received it (UTC)',
    order_id String COMMENT 'order number',
    platform LowCardinality(String)
        COMMENT 'tmall, jd, pdd, douyin, own_shop, or other for a shop told only by a file',
    shop LowCardinality(String) COMMENT 'shop of the order; empty: not told',
    waybill String COMMENT 'number of the parcel with its carrier',
    carrier LowCardinality(String) COMMENT 'carrier; empty: not told',
    mapping LowCardinality(String) COMMENT 'field map and its version, as name@version',
    phase LowCardinality(String)
        COMMENT 'the carrier''s word on this parcel; unknown: a code no map knows',
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
        COMMENT 'when this row was written, by the clock of ClickHouse'
)
ENGINE = ReplacingMergeTree(source_offset)
ORDER BY (order_id, event_id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'What carriers said of the parcels of an order, one row a report. Grain: event_id. Times UTC. Read FINAL, or through v_order_timeline.';
