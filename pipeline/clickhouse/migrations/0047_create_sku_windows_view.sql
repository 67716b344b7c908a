CREATE OR REPLACE VIEW v_sku_windows
(
    sku String COMMENT 'stock keeping unit',
    window_start DateTime64(3, 'UTC') COMMENT 'first instant of the window (UTC)',
    length LowCardinality(String) COMMENT '5m or 1h',
    sold Int64 COMMENT 'pieces that order lines named it by, when placed; a bundle by its own SKU',
    reserved Int64 COMMENT 'pieces that orders reserved; a bundle by its components',
    released Int64 COMMENT 'pieces that orders no longer need',
    outbound Int64 COMMENT 'pieces that left for orders',
    returned Int64 COMMENT 'pieces that came back',
    counts UInt64 COMMENT 'counts of any warehouse',
    deviation_max Int64 COMMENT 'largest deviation that was noticed, without its sign',
    suspensions UInt64 COMMENT 'how often it was suspended'
)
AS
SELECT
    sku,
    fromUnixTimestamp64Milli(intDiv(toUnixTimestamp64Milli(at), length_ms) * length_ms, 'UTC') AS window_start,
    length,
    sumIf(units, what = 'sku.ordered') AS sold,
    sumIf(units, what = 'stock.reserved') AS reserved,
    sumIf(units, what = 'stock.released') AS released,
    -sumIf(units, what = 'outbound') AS outbound,
    sumIf(units, what = 'returned') AS returned,
    countIf(what = 'stock.counted') AS counts,
    maxIf(units, what = 'stock.deviated') AS deviation_max,
    countIf(what = 'sku.suspended') AS suspensions
FROM
(
    SELECT sku, occurred_at AS at, toString(type) AS what, units
    FROM sku_facts FINAL
    WHERE type IN ('sku.ordered', 'stock.reserved', 'stock.released')
    UNION ALL
    SELECT sku, tupleElement(first, 1), toString(tupleElement(first, 2)), tupleElement(first, 3)
    FROM
    (
        SELECT sku, argMin((occurred_at, reason, units), source_offset) AS first
        FROM sku_facts FINAL
        WHERE type = 'stock.moved'
        GROUP BY sku, warehouse, movement_id
    )
    WHERE tupleElement(first, 2) IN ('outbound', 'returned')
    UNION ALL
    SELECT sku, occurred_at, 'stock.counted', toInt64(0)
    FROM
    (
        SELECT sku, occurred_at
        FROM sku_facts FINAL
        WHERE type = 'stock.counted'
        GROUP BY sku, warehouse, counter, occurred_at, ifNull(version, 0), units
    )
    UNION ALL
    SELECT sku, occurred_at, toString(type), toInt64(ifNull(abs(deviation), 0))
    FROM sku_decisions FINAL
    WHERE type IN ('stock.deviated', 'sku.suspended')
)
ARRAY JOIN ['5m', '1h'] AS length, [300000, 3600000] AS length_ms
GROUP BY sku, length, length_ms, window_start
COMMENT 'What happened to each SKU in tumbling windows [start, start + length) of event time. Grain: sku, length, window_start; a window in which nothing happened has no row. A movement or count told twice counts once. Zone: UTC. Lateness: every fact counts in the window in which it happened, however late it comes.';
