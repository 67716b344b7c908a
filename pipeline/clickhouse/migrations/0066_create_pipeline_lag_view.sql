CREATE OR REPLACE VIEW v_pipeline_lag
(
    partition UInt32 COMMENT 'the partition of orders that is furthest behind',
    clock_at DateTime64(3, 'UTC') COMMENT 'how far its event clock has come (UTC)',
    lag_s Float64 COMMENT 'seconds from there to now, by the clock of ClickHouse; below 0: its clock is ahead'
)
AS
SELECT
    partition,
    max(event_clock.clock_at) AS clock_at,
    (toUnixTimestamp64Milli(now64(3)) - toUnixTimestamp64Milli(clock_at)) / 1000 AS lag_s
FROM event_clock
WHERE agent = 'order_hub'
GROUP BY partition
ORDER BY clock_at, partition
LIMIT 1
COMMENT 'How far the slowest partition of orders is behind the present. A tick of the wall clock goes through the pipeline every few seconds, so that a quiet night is no lag (CERTAINTY_CLOCK=wall; with event time alone it says how long ago that time was). Grain: one row; none before the first event. Zone: UTC. Lateness: none, it is measured when asked.';
