"""The doctor tells workers that work off a backlog from workers that are started again and again."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.embedded import doctor


class Groups:
    """An admin client of one group with one partition that ends at 100; `committed` is told look by look."""

    def __init__(self, *committed: int) -> None:
        self._told: Iterator[int] = iter(committed)
        self._last = 0

    def list_group_offsets(self, group: str) -> dict[str, Any]:
        self._last = next(self._told, self._last)
        return {group: {"place": SimpleNamespace(offset=self._last)}}


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(doctor, "time", SimpleNamespace(monotonic=lambda: now[0], sleep=sleep))
    monkeypatch.setattr(doctor, "_ends", lambda client, places: dict.fromkeys(places, 100))


def lag(*committed: int) -> int:
    return doctor._moving_lag(Groups(*committed), "certainty-core")  # type: ignore[arg-type]


def test_no_backlog_is_well_at_once() -> None:
    assert lag(100) == 0


def test_a_backlog_that_moves_is_told_and_well() -> None:
    assert lag(10, 10, 10, 40) == 60


def test_a_backlog_of_which_nothing_moves_is_missing_its_workers() -> None:
    with pytest.raises(doctor.Missing) as missing:
        lag(10)
    assert missing.value.args[0] == "90 records wait and nothing has moved for 15 s"


def test_a_backlog_that_moves_at_the_last_look_is_well() -> None:
    assert lag(*[10] * 30, 11) == 89
