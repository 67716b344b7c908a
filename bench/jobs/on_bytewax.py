"""The keyed-state job on Bytewax: snapshots in its recovery store, and a changelog if one is named.

Bytewax has no changelog of its own: its snapshots (SQLite) live on the worker's disk only. So that state is
as safe as with the other runtimes, every changed account is also written with Bytewax's Kafka sink.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import bytewax.operators as op  # type: ignore[import-not-found]
import orjson
from bytewax.connectors.kafka import KafkaSink, KafkaSinkMessage, KafkaSource  # type: ignore[import-not-found]
from bytewax.dataflow import Dataflow  # type: ignore[import-not-found]
from bytewax.operators import StatefulBatchLogic
from bytewax.outputs import DynamicSink, StatelessSinkPartition  # type: ignore[import-not-found]
from bytewax.recovery import RecoveryConfig, init_db_dir  # type: ignore[import-not-found]
from bytewax.run import cli_main  # type: ignore[import-not-found]

from bench.measure import JobArguments, Meter, job_arguments

EPOCH = timedelta(seconds=10)
"""Bytewax's own default: how often state is written to the recovery store."""

SHIPPED_BATCH = 1_000
"""Records per poll, as Bytewax ships. Larger is faster here: the rows in brackets use TUNED_BATCH."""
TUNED_BATCH = 20_000


class _Account(StatefulBatchLogic):  # type: ignore[misc]
    """Count and sum of one key; tells its new account once a batch."""

    def __init__(self, state: tuple[int, int] | None) -> None:
        self.count, self.units = state or (0, 0)

    def on_batch(self, values: list[int]) -> tuple[Iterable[tuple[int, int]], bool]:
        self.count += len(values)
        self.units += sum(values)
        return ((self.count, self.units),), False

    def snapshot(self) -> tuple[int, int]:
        return self.count, self.units


class _Nowhere(StatelessSinkPartition):  # type: ignore[misc]
    def write_batch(self, items: list[Any]) -> None:
        """Drop them: a dataflow must have an output, this job has none."""


class _NoSink(DynamicSink):  # type: ignore[misc]
    def build(self, step_id: str, worker_index: int, worker_count: int) -> _Nowhere:
        return _Nowhere()


def build(job: JobArguments, meter: Meter) -> Any:  # bytewax.Dataflow; Bytewax is not in this environment
    """Return the dataflow; batch operators throughout, which are its fastest."""

    def decode(messages: list[Any]) -> Iterable[tuple[str, int]]:
        if not meter.running and messages:
            meter.start()
        for message in messages:
            event = orjson.loads(message.value)
            yield event["sku"], event["units"]

    def to_record(item: tuple[str, tuple[int, int]]) -> Any:
        return KafkaSinkMessage(item[0].encode(), orjson.dumps(item[1]))

    batch = SHIPPED_BATCH if job.name.startswith("bytewax-") and job.name[8:].isdigit() else TUNED_BATCH
    flow = Dataflow("keyed_state")
    source = KafkaSource([job.cluster], [job.topic], tail=False, batch_size=batch)
    decoded = op.flat_map_batch("decode", op.input("orders", flow, source), decode)
    accounts = op.stateful_batch("account", decoded, _Account)
    if job.changelog:
        sink = KafkaSink([job.cluster], job.changelog)
        op.output("changelog", op.map("to_record", accounts, to_record), sink)
    else:
        op.output("nowhere", accounts, _NoSink())
    return flow


def run(job: JobArguments) -> None:
    """Count and sum every event per key; ends at the end of the topic with its last snapshot."""
    init_db_dir(job.state, 1)
    meter = Meter(job)
    cli_main(build(job, meter), epoch_interval=EPOCH, recovery_config=RecoveryConfig(str(job.state)))
    meter.stop()


if __name__ == "__main__":
    run(job_arguments())
