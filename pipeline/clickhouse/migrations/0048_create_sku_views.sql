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
    light LowCardinality(String) COMMENT 'green; yellow: low, or a warehouse is silent; red: suspended, oversold or leaking; grey: never counted',
    oversold Int64 COMMENT 'orders beyond what is there',
    velocity_per_h Float64 COMMENT 'pieces reserved an hour, over the last 24 h of the event clock',
    hours_of_cover Nullable(Float64) COMMENT 'hours until nothing is available at that pace; null: unknown, or nothing is sold',
    late Int64 COMMENT 'facts that came too late for their window, or to be told from repetitions',
    as_of DateTime64(3, 'UTC') COMMENT 'when its account last changed, by the event clock (UTC)'
)
AS
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
    pace.units / 24 AS velocity_per_h,
    if(pace.units > 0, greatest(0, account.available) / (pace.units / 24), NULL) AS hours_of_cover,
    account.late AS late,
    account.occurred_at AS as_of
FROM skus_current AS account FINAL
LEFT JOIN
(
    SELECT sku, sum(units) AS units
    FROM sku_facts FINAL
    WHERE type = 'stock.reserved'
        AND occurred_at > (SELECT assumeNotNull(clock_at) FROM v_clock) - toIntervalDay(1)
        AND occurred_at <= (SELECT assumeNotNull(clock_at) FROM v_clock)
    GROUP BY sku
) AS pace ON pace.sku = account.sku
COMMENT 'Each SKU as it stands. Grain: sku. Units are pieces. Zone: UTC. Lateness: changes within seconds of a fact; pace by the event clock.';

CREATE OR REPLACE VIEW v_sku_places
(
    sku String COMMENT 'stock keeping unit',
    warehouse String COMMENT 'warehouse',
    ledger_units Nullable(Int64) COMMENT 'on hand by the ledger: its last count and what moved since; null: it never counted',
    ledger_counted_at Nullable(DateTime64(3, 'UTC')) COMMENT 'when the ledger counted last (UTC)',
    cloud_units Nullable(Int64) COMMENT 'on hand by the warehouse itself; null: it never counted',
    cloud_counted_at Nullable(DateTime64(3, 'UTC')) COMMENT 'when the warehouse counted last (UTC)',
    deviation Nullable(Int64) COMMENT 'cloud minus ledger; null: not both have counted',
    leaking Bool COMMENT 'calibrated beyond its budget or always one way: a person must look',
    silent Bool COMMENT 'the warehouse did not count it for three times as long as it promised',
    held_back Bool COMMENT 'silent, and its stock is not sold',
    trust Nullable(Float64) COMMENT '1: its count is fresh, falling to 0 within 24 h; 0: silent; null: it never counted'
)
AS
SELECT
    sku,
    JSONExtractString(place, 'warehouse') AS warehouse,
    JSONExtract(place, 'ledger_units', 'Nullable(Int64)') AS ledger_units,
    parseDateTime64BestEffortOrNull(JSONExtractString(place, 'ledger_counted_at'), 3, 'UTC') AS ledger_counted_at,
    JSONExtract(place, 'cloud_units', 'Nullable(Int64)') AS cloud_units,
    parseDateTime64BestEffortOrNull(JSONExtractString(place, 'cloud_counted_at'), 3, 'UTC') AS cloud_counted_at,
    JSONExtract(place, 'deviation', 'Nullable(Int64)') AS deviation,
    JSONExtractBool(place, 'leaking') AS leaking,
    JSONExtractBool(place, 'silent') AS silent,
    JSONExtractBool(place, 'held_back') AS held_back,
    multiIf(
        isNull(cloud_counted_at), NULL,
        silent, 0,
        least(1, greatest(0,
            1 - dateDiff('second', cloud_counted_at, (SELECT assumeNotNull(clock_at) FROM v_clock)) / 86400))
    ) AS trust
FROM skus_current FINAL
ARRAY JOIN JSONExtractArrayRaw(places) AS place
COMMENT 'Each SKU in each warehouse. Grain: sku and warehouse. Units are pieces. Zone: UTC. Lateness: none, shown on arrival.';

CREATE OR REPLACE VIEW v_sku_reservations
(
    sku String COMMENT 'stock keeping unit',
    platform String COMMENT 'platform',
    units Int64 COMMENT 'pieces that its orders reserve',
    orders Int64 COMMENT 'so many orders'
)
AS
SELECT
    sku,
    JSONExtractString(platform_, 'platform') AS platform,
    JSONExtractInt(platform_, 'units') AS units,
    JSONExtractInt(platform_, 'orders') AS orders
FROM skus_current FINAL
ARRAY JOIN JSONExtractArrayRaw(platforms) AS platform_
COMMENT 'What the orders of each platform reserve of each SKU. Grain: sku and platform; only what is still to leave. Units are pieces.';

CREATE OR REPLACE VIEW v_sku_deviations
(
    sku String COMMENT 'stock keeping unit',
    warehouse LowCardinality(String) COMMENT 'warehouse',
    at DateTime64(3, 'UTC') COMMENT 'when it happened, by the source (UTC)',
    what LowCardinality(String) COMMENT 'stock.deviated or stock.calibrated',
    deviation Nullable(Int64) COMMENT 'deviated: cloud minus ledger; null: calibrated',
    ledger_units Nullable(Int64) COMMENT 'deviated: on hand by the ledger; null: calibrated',
    cloud_units Nullable(Int64) COMMENT 'deviated: on hand by the warehouse; null: calibrated',
    calibrated Nullable(Int64) COMMENT 'calibrated: correction of the ledger; null: deviated',
    reverses Bool COMMENT 'calibrated: a late movement explained an earlier correction'
)
AS
SELECT
    sku,
    warehouse,
    occurred_at AS at,
    type AS what,
    deviation,
    ledger_units,
    cloud_units,
    units AS calibrated,
    ifNull(reverses, false) AS reverses
FROM sku_decisions FINAL
WHERE type IN ('stock.deviated', 'stock.calibrated')
COMMENT 'History of deviations and calibrations. Grain: event. Units are pieces. Zone: UTC.';

CREATE OR REPLACE VIEW v_sku_suspensions
(
    sku String COMMENT 'stock keeping unit',
    storefront LowCardinality(String) COMMENT 'who must carry it out',
    command LowCardinality(String) COMMENT 'sku.suspend, sku.release or sku.allocate',
    command_id String COMMENT 'its idempotency key',
    why String COMMENT 'suspend: reasons; empty otherwise',
    shown_units Nullable(Int64) COMMENT 'allocate: pieces to show; null otherwise',
    sent_at DateTime64(3, 'UTC') COMMENT 'when it was first sent (UTC)',
    attempts Int64 COMMENT 'how often it was sent',
    answered_at Nullable(DateTime64(3, 'UTC')) COMMENT 'when it was first confirmed (UTC); null: not yet'
)
AS
SELECT
    sku,
    anyIf(sku_commands.storefront, type != 'stock.command_confirmed') AS storefront,
    anyIf(sku_commands.type, type != 'stock.command_confirmed') AS command,
    command_id,
    arrayStringConcat(argMinIf(reasons, attempt, type != 'stock.command_confirmed'), ', ') AS why,
    anyIf(sku_commands.shown_units, type = 'sku.allocate') AS shown_units,
    minIf(occurred_at, type != 'stock.command_confirmed') AS sent_at,
    assumeNotNull(maxIf(attempt, type != 'stock.command_confirmed')) AS attempts,
    minOrNullIf(occurred_at, type = 'stock.command_confirmed') AS answered_at
FROM sku_commands FINAL
WHERE type != 'sku.notify_procurement'
GROUP BY sku, command_id
HAVING countIf(type != 'stock.command_confirmed') > 0
COMMENT 'Commands to the storefronts, and when each was carried out. Grain: command_id. Zone: UTC.';

CREATE OR REPLACE VIEW v_oversold_orders
(
    sku String COMMENT 'stock keeping unit',
    order_id String COMMENT 'order number',
    units Nullable(Int64) COMMENT 'pieces it lacked when it was first oversold',
    oversold_at DateTime64(3, 'UTC') COMMENT 'when it was first told to be oversold (UTC)',
    is_oversold Bool COMMENT 'there is still no stock for it',
    changed_at DateTime64(3, 'UTC') COMMENT 'when that last changed (UTC)'
)
AS
SELECT
    sku,
    order_id,
    argMinIf(sku_decisions.units, number, up) AS units,
    minIf(observed_at, up) AS oversold_at,
    ifNull(argMax(up, number), false) AS is_oversold,
    max(observed_at) AS changed_at
FROM sku_decisions FINAL
WHERE type = 'order.oversold'
GROUP BY sku, order_id
COMMENT 'Orders that were ever beyond what is there. Grain: sku and order_id. Units are pieces. Zone: UTC.';
