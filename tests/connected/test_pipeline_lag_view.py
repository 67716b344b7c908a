"""How far the pipeline is behind, on the real store."""

from datetime import UTC, datetime, timedelta

import pytest

from dashboard.queries.board import read_lag
from tests.connected.shelf import Asking, Shelf, clock

pytestmark = pytest.mark.connected


def test_the_slowest_partition_says_how_far_the_pipeline_is_behind(shelf: Shelf) -> None:
    assert read_lag(Asking(shelf)) is None
    now = datetime.now(UTC)
    shelf.put(
        clock(now - timedelta(hours=9), 0),
        clock(now - timedelta(seconds=2), 0),
        clock(now - timedelta(seconds=90), 1),
        clock(now + timedelta(seconds=30), 2),
    )
    lag_s = read_lag(Asking(shelf))
    assert lag_s is not None
    assert 90 <= lag_s < 120
    (row,) = shelf.reader.query("SELECT partition FROM v_pipeline_lag")
    assert row["partition"] == 1
