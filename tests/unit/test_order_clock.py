"""How often the order hub tells the others what time it is."""

from types import SimpleNamespace
from typing import Any, cast

from agents.order_hub import _tell_time
from pipeline.runtime.batch import Batch


def test_the_clock_is_told_once_a_second_of_event_time() -> None:
    records = [SimpleNamespace(offset=0)]
    batch = Batch("t", 0, cast(Any, records), 4, lambda: None, lambda: None, lambda: True)
    for before_ms, now_ms in ((5_000, 5_000), (5_000, 5_999), (5_999, 6_000), (6_000, 9_000)):
        _tell_time(batch, before_ms, now_ms)
    assert [len(records) for records in batch.outputs.values()] == [2, 2, 2]
