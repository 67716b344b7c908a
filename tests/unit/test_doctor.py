"""The doctor tells workers that work off a backlog from workers that are started again and again."""

import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agents import (
    anomaly_healer,
    clickhouse_sink,
    inventory_sentinel,
    normaliser,
    order_hub,
    parcel_linker,
)
from pipeline.embedded import doctor
from pipeline.embedded.process import UP_LOCK, owned
from pipeline.embedded.topics import SET_PARTITIONS
from pipeline.settings import Settings

PLACE: Any = ("raw.tmall.v1", 0)


class Groups:
    """An admin client of one group with one partition that begins at 7 and ends at 100.

    `committed` is told look by look; -1: nothing is.
    """

    def __init__(self, *committed: int) -> None:
        self._told: Iterator[int] = iter(committed)
        self._last = 0

    def list_group_offsets(self, group: str) -> dict[str, Any]:
        self._last = next(self._told, self._last)
        return {group: {PLACE: SimpleNamespace(offset=self._last)} if self._last >= 0 else {}}


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(doctor, "time", SimpleNamespace(monotonic=lambda: now[0], sleep=sleep))
    monkeypatch.setattr(
        doctor, "_offsets", lambda client, places, first=False: dict.fromkeys(places, 7 if first else 100)
    )


def lag(*committed: int) -> int:
    return doctor._moving_lag(Groups(*committed), "certainty-core", [PLACE])  # type: ignore[arg-type]


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


def test_records_of_which_nobody_ever_committed_one_wait_all_of_them() -> None:
    """Workers that die over and over after a replay commit nothing, and are alive whenever somebody looks."""
    with pytest.raises(doctor.Missing) as missing:
        lag(-1)
    assert missing.value.args[0] == "93 records wait and nothing has moved for 15 s"


def test_the_doctor_looks_at_whatever_the_agents_consume() -> None:
    specs = [normaliser.SPEC, parcel_linker.SPEC, order_hub.SPEC, inventory_sentinel.SPEC]
    specs += [anomaly_healer.SPEC, clickhouse_sink.SPEC]
    for group, read in doctor.READS.items():
        assert set(read) == {topic for spec in specs if spec.group == group for topic in spec.consumes}


def finding(settings: Settings, check: str, monkeypatch: pytest.MonkeyPatch) -> doctor.Finding:
    def missing(_: Settings) -> str:
        raise doctor.Missing("nothing answers", doctor.START)

    monkeypatch.setattr(doctor, "_CHECKS", {check: missing})
    (found,) = doctor.examine(settings)
    return found


@pytest.mark.parametrize(
    ("found", "mend"),
    [
        ("x is missing: `certainty topics create`", "`certainty topics create`"),
        ("x has 4 partitions, not 8", SET_PARTITIONS),
    ],
)
def test_topics_that_differ_are_mended_by_what_differs(
    monkeypatch: pytest.MonkeyPatch, found: str, mend: str
) -> None:
    monkeypatch.setattr(doctor, "_bootstrap", lambda _: "kafka:9092")
    monkeypatch.setattr(doctor, "differences", lambda *_: [found])
    with pytest.raises(doctor.Missing) as missing:
        doctor._topics(Settings())
    assert missing.value.args == (found, mend)


def test_the_remedy_is_one_that_mends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = Settings(data_dir=tmp_path)
    assert finding(ours, "broker", monkeypatch).mend == doctor.START
    with owned(tmp_path / UP_LOCK, "up"):
        mend = finding(ours, "broker", monkeypatch).mend
    assert mend.startswith(f"`certainty up` (process {os.getpid()}) keeps the parts")
    outside = Settings(data_dir=tmp_path, kafka_bootstrap="kafka:9092", clickhouse_url="http://store:8123")
    assert "CERTAINTY_KAFKA_BOOTSTRAP" in finding(outside, "core workers", monkeypatch).mend
    assert "CERTAINTY_CLICKHOUSE_URL" in finding(outside, "migrations", monkeypatch).mend
    assert finding(outside, "board", monkeypatch).mend == doctor.START
