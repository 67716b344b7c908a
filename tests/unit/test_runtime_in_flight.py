"""Of whom one batch at a time is taken; the queues themselves are tested with the transport."""

from pathlib import Path
from typing import cast

import pytest
from faust.types import TP

from pipeline.cli.assembly import assemble
from pipeline.runtime.in_flight import InFlight
from pipeline.runtime.transport import Transport
from pipeline.settings import Settings
from schemas.topics import FACT_ORDER, FACT_SKU, FACT_WAYBILL, FINDING

P0, P1 = TP("fact.order.v1", 0), TP("fact.order.v1", 1)


@pytest.mark.parametrize(
    ("group", "topics", "buffered"),
    [("core", {FACT_ORDER.name, FACT_SKU.name, FACT_WAYBILL.name, FINDING.name}, 6), ("sink", set(), 2)],
)
def test_agents_of_the_core_get_one_batch_of_a_partition_but_those_in_step_and_the_sink_that_gathers(
    group: str, topics: set[str], buffered: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CERTAINTY_KAFKA_BOOTSTRAP", "nowhere:1")
    monkeypatch.setenv("CERTAINTY_CLICKHOUSE_URL", "http://reader:secret@nowhere:1")
    worker = assemble(Settings(data_dir=tmp_path, partitions=3), group, 0)
    assert cast(Transport, worker.app.transport).one_at_a_time == topics
    # A queue that is full would hold up everybody's delivery: of each partition there is one batch at most.
    assert worker.app.conf.stream_buffer_maxsize == buffered


def test_a_partition_is_busy_until_its_newest_batch_is_done_committed_or_not() -> None:
    flight = InFlight()
    assert not flight.is_busy(P0)
    first, second = flight.add(P0, 3), flight.add(P0, 7)
    first.done = True
    assert (flight.is_busy(P0), flight.is_busy(P1)) == (True, False)
    second.done = True
    assert not flight.is_busy(P0)
    assert (flight.committable(P0), flight.committable(P0), flight.is_busy(P0)) == (7, None, False)
    assert flight.counts() == {}
