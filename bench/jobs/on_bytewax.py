"""The keyed-state job on Bytewax: state in memory, snapshots in its recovery store (SQLite)."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import bytewax.operators as op  # type: ignore[import-not-found]
import orjson
from bytewax.connectors.kafka import KafkaSource  # type: ignore[import-not-found]
from bytewax.dataflow import Dataflow  # type: ignore[import-not-found]
from bytewax.operators import StatefulBatchLogic
from bytewax.outputs import DynamicSink, StatelessSinkPartition  # type: ignore[import-not-found]
from bytewax.recovery import RecoveryConfig, init_db_dir  # type: ignore[import-not-found]
from bytewax.run import cli_main  # type: ignore[import-not-found]

from bench.measure import JobArguments, Meter, job_arguments

EPOCH = timedelta(seconds=10)
"""Bytewax's own default: how often state is written to the recovery store."""

BATCH = 1000
"""Bytewax's own default, which its documentation calls fit for throughput."""


class _Account(StatefulBatchLogic):  # type: ignore[misc]
    """Count and sum of one key."""

    def __init__(self, state: tuple[int, int] | None) -> None:
        self.count, self.units = state or (0, 0)

    def on_batch(self, values: list[int]) -> tuple[Iterable[Any], bool]:
        self.count += len(values)
        self.units += sum(values)
        return (), False

    def snapshot(self) -> tuple[int, int]:
        return self.count, self.units


class _Nowhere(StatelessSinkPartition):  # type: ignore[misc]
    def write_batch(self, items: list[Any]) -> None:
        """Drop them: a dataflow must have an output, this job has none."""


class _NoSink(DynamicSink):  # type: ignore[misc]
    def build(self, step_id: str, worker_index: int, worker_count: int) -> _Nowhere:
        return _Nowhere()


def run(job: JobArguments) -> None:
    """Count and sum every event per key; ends at the end of the topic with its last snapshot."""
    init_db_dir(job.state, 1)
    meter = Meter(job)

    def decode(messages: list[Any]) -> Iterable[tuple[str, int]]:
        if not meter.running and messages:
            meter.start()
        for message in messages:
            event = orjson.loads(message.value)
            yield event["sku"], event["units"]

    flow = Dataflow("keyed_state")
    source = KafkaSource([job.cluster], [job.topic], tail=False, batch_size=BATCH)
    decoded = op.flat_map_batch("decode", op.input("orders", flow, source), decode)
    op.output("nowhere", op.stateful_batch("account", decoded, _Account), _NoSink())
    cli_main(flow, epoch_interval=EPOCH, recovery_config=RecoveryConfig(str(job.state)))
    meter.stop()


if __name__ == "__main__":
    run(job_arguments())
