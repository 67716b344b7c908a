CREATE OR REPLACE VIEW v_skus
(
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
    why String COMMENT 'reasons of the suspension; empty: for sale, or about to be',
    light LowCardinality(String) COMMENT 'green; yellow: low, or its count in a warehouse aged; red: suspended, oversold or leaking; grey: never counted',
    oversold Int64 COMMENT 'orders beyond what is there',
    velocity_per_h Nullable(Float64) COMMENT 'pieces reserved an hour, over the last 288 complete windows of 5 min (24 h), or as many as there are since its first fact; null: known for less than an hour',
    velocity_last_h Nullable(Float64) COMMENT 'pieces reserved in the last 12 complete windows of 5 min (1 h); null: known for less than an hour',
    hours_of_cover Nullable(Float64) COMMENT 'hours until nothing is available at the pace of velocity_per_h; null: no stock or no pace is known, or nothing is sold',
    late Int64 COMMENT 'facts that came too late for their window, or to be told from repetitions',
    as_of DateTime64(3, 'UTC') COMMENT 'when its account last changed, by the event clock (UTC)'
)
AS
WITH
    (
        SELECT intDiv(toUnixTimestamp64Milli(assumeNotNull(clock_at)), 300000) * 300000
        FROM v_clock
    ) AS until_ms
SELECT
    account.sku AS sku,
    account.on_hand AS on_hand,
    account.reserved AS reserved,
    account.safety_stock AS safety_stock,
    account.sellable AS sellable,
    account.available AS available,
    account.in_transit AS in_transit,
    account.returning AS returning,
    account.suspended AS suspended,
    account.suspended_since AS suspended_since,
    arrayStringConcat(account.reasons, ', ') AS why,
    account.light AS light,
    account.oversold AS oversold,
    pace.day_per_h AS velocity_per_h,
    pace.last_h AS velocity_last_h,
    if(pace.day_per_h > 0, greatest(0, account.available) / pace.day_per_h, NULL) AS hours_of_cover,
    account.late AS late,
    account.occurred_at AS as_of
FROM skus_current AS account FINAL
LEFT JOIN
(
    SELECT
        known.sku AS sku,
        if(known.hours >= 1, greatest(0, sold.day_units) / known.hours, NULL) AS day_per_h,
        if(known.hours >= 1, toFloat64(greatest(0, sold.hour_units)), NULL) AS last_h
    FROM
    (
        SELECT
            sku,
            least(24, (until_ms - intDiv(toUnixTimestamp64Milli(min(occurred_at)), 300000) * 300000) / 3600000) AS hours
        FROM sku_facts
        GROUP BY sku
    ) AS known
    LEFT JOIN
    (
        SELECT
            sku,
            sum(units) AS day_units,
            sumIf(units, toUnixTimestamp64Milli(occurred_at) >= until_ms - 3600000) AS hour_units
        FROM sku_facts FINAL
        WHERE type = 'stock.reserved'
            AND toUnixTimestamp64Milli(occurred_at) >= until_ms - 86400000
            AND toUnixTimestamp64Milli(occurred_at) < until_ms
        GROUP BY sku
    ) AS sold ON sold.sku = known.sku
) AS pace ON pace.sku = account.sku
COMMENT 'Each SKU as it stands. Grain: sku. Units are pieces. Zone: UTC. Lateness: changes within seconds of a fact; its pace by the complete windows of the event clock, at most 5 min behind it.';
