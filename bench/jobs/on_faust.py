"""The keyed-state job on stock Faust: a RocksDB table with a changelog topic."""

import asyncio
import os
import sys
from typing import Any

import orjson

from bench.measure import JobArguments, Meter, job_arguments

COMMIT_POLL_S = 0.01


def build(job: JobArguments) -> Any:  # faust.App; Faust ships no types
    """Return the app: buffers, lingering and compression as measured to be best for stock Faust."""
    import faust  # noqa: PLC0415  reads its environment when imported

    app = faust.App(
        job.name,
        broker=f"kafka://{job.cluster}",
        store="rocksdb://?driver=rocksdict",
        datadir=job.state,
        autodiscover=False,
        topic_partitions=job.partitions,
        topic_replication_factor=1,
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
        table_standby_replicas=0,
        stream_buffer_maxsize=65536,
        broker_max_poll_records=5000,
        broker_commit_every=10000,
        producer_linger=0.02,
        producer_max_batch_size=262144,
        producer_compression_type="lz4",
        web_enabled=False,
    )
    # Raw bytes and orjson in the agent: faster than Faust's own codec, and the decoder of the others.
    orders = app.topic(job.topic, value_type=bytes, value_serializer="raw", key_type=bytes)
    accounts = app.Table("accounts", partitions=job.partitions)
    meter = Meter(job)

    @app.agent(orders)
    async def account(stream: Any) -> None:
        seen = 0
        async for value in stream:
            if seen == 0:
                meter.start()
            seen += 1
            event = orjson.loads(value)
            count, units = accounts.get(event["sku"]) or (0, 0)
            accounts[event["sku"]] = (count + 1, units + event["units"])
            if seen == job.events:
                app.loop.create_task(_finish(app, meter))

    return app


async def _finish(app: Any, meter: Meter) -> None:
    """Commit until every event is committed, which includes flushing the changelog."""
    while sum(offset or 0 for offset in app.consumer._committed_offset.values()) < meter.job.events:
        await app.consumer.commit()
        await asyncio.sleep(COMMIT_POLL_S)
    meter.stop()
    # A clean stop would wait for rebalance timers; everything that counts is confirmed.
    os._exit(0)


def run(job: JobArguments) -> None:
    """Count and sum every event per key; ends once all offsets are committed."""
    app = build(job)
    sys.argv = ["faust", "--loop=uvloop", f"--datadir={job.state}", "worker", "-l", "warn", "--without-web"]
    app.main()


if __name__ == "__main__":
    run(job_arguments())
