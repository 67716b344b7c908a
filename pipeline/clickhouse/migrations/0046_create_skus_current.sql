CREATE TABLE IF NOT EXISTS skus_current
(
    event_id String COMMENT 'id derived from the cause: a replay repeats it',
    cause_id String COMMENT 'id of what brought this event about',
    occurred_at DateTime64(3, 'UTC') COMMENT 'when it happened, by the event clock (UTC)',
    observed_at DateTime64(3, 'UTC') COMMENT 'when we received or decided it (UTC)',
    sku String COMMENT 'stock keeping unit',
    on_hand Nullable(Int64) COMMENT 'pieces in all warehouses by the ledger; null: no ledger ever counted it',
    reserved Int64 COMMENT 'pieces that are still to leave for orders',
    safety_stock Int64 COMMENT 'pieces that are never sold',
    sellable Nullable(Int64) COMMENT 'on hand minus reserved; null: unknown',
    available Nullable(Int64) COMMENT 'sellable minus safety stock; null: unknown',
    in_transit Int64 COMMENT 'pieces between two warehouses',
    returning Int64 COMMENT 'pieces that customers send back',
    suspended Bool COMMENT 'it is not for sale',
    suspended_since Nullable(DateTime64(3, 'UTC')) COMMENT 'since when (UTC); null: it is for sale',
    reasons Array(LowCardinality(String)) COMMENT 'why: sold_out, deviation:<warehouse>; empty: every reason is gone',
    light LowCardinality(String) COMMENT 'green, yellow, red, grey',
    oversold Int64 COMMENT 'orders beyond what is there',
    late Int64 COMMENT 'facts that came too late for their window, or to be told from repetitions',
    places String COMMENT 'each warehouse, as a JSON array; read v_sku_places',
    platforms String COMMENT 'what each platform reserves, as a JSON array; read v_sku_reservations',
    fronts String COMMENT 'the last command to each storefront, as a JSON array; read v_sku_suspensions',
    source_topic LowCardinality(String) COMMENT 'topic this row was read from',
    source_partition UInt32 COMMENT 'partition of that topic',
    source_offset Int64 COMMENT 'offset in that partition; of two rows with one key the higher one stands',
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3)
        COMMENT 'when this row was written, by the clock of ClickHouse'
)
ENGINE = ReplacingMergeTree(source_offset)
ORDER BY sku
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'The current account of each SKU. Grain: sku. Units are pieces, times UTC. Read FINAL, or through v_skus.';
