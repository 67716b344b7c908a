"""The keyed-state job on Quix Streams: RocksDB state with a changelog topic."""

from typing import Any

from quixstreams import Application, State  # type: ignore[import-not-found]

from bench.measure import JobArguments, Meter, job_arguments


class _Measured(Application):  # type: ignore[misc]
    """Notes the time as soon as the last checkpoint is committed, before clients are closed."""

    meter: Meter

    def _run_dataframe(self, sink: Any = None) -> None:
        super()._run_dataframe(sink)
        self.meter.stop()


def run(job: JobArguments) -> None:
    """Count and sum every event per key; ends after the last event's checkpoint."""
    app = _Measured(
        broker_address=job.cluster,
        consumer_group=job.name,
        auto_offset_reset="earliest",
        state_dir=job.state,
        loglevel="WARNING",
        auto_create_topics=True,
    )
    app.meter = meter = Meter(job)
    seen = 0

    def fold(event: dict[str, Any], state: State) -> None:
        nonlocal seen
        if seen == 0:
            meter.start()
        seen += 1
        count, units = state.get("account", (0, 0))
        state.set("account", (count + 1, units + event["units"]))
        if seen == job.events:
            app.stop()

    topic = app.topic(job.topic, value_deserializer="json", key_deserializer="bytes")
    app.dataframe(topic).update(fold, stateful=True)
    app.run()


if __name__ == "__main__":
    run(job_arguments())
