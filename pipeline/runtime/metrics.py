"""Every metric of the workers, declared once; no order id or SKU is ever a label."""

from prometheus_client import Counter, Gauge, Histogram

CONSUMED = Counter("certainty_events_consumed_total", "Records taken from a topic", ["agent", "topic"])
SKIPPED = Counter("certainty_duplicates_total", "Records skipped because their offset was applied", ["agent"])
REJECTED = Counter("certainty_dead_letters_total", "Records set aside as poison", ["agent", "error"])
RETRIED = Counter("certainty_retries_total", "Batches tried again because of an outage", ["agent", "error"])
EMITTED = Counter("certainty_events_emitted_total", "Records confirmed by the broker", ["agent", "topic"])
BATCH_SECONDS = Histogram("certainty_batch_seconds", "From the delivery of a batch to its end", ["agent"])
INSERT_SECONDS = Histogram("certainty_clickhouse_insert_seconds", "One insert", ["table"])
INSERT_ROWS = Counter("certainty_clickhouse_rows_total", "Rows inserted", ["table"])
WATERMARK = Gauge("certainty_watermark_timestamp_seconds", "Event clock", ["agent", "partition"])
LEFT_OUT = Counter(
    "certainty_left_out_of_step_total", "Partitions behind that the others no longer waited for", ["topic"]
)
