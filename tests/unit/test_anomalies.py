"""Anomalies of one subject: opened once, ended once, and nothing old opens one again."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.domain.anomalies import AnomalyState, Finding, decide_anomaly
from pipeline.domain.instants import to_ms
from pipeline.domain.policy import AnomalyPolicy
from schemas.anomaly import AnomalyEnded, AnomalyOpened, CodeMended, CodeParked
from schemas.base import Event

POLICY = AnomalyPolicy()
START = datetime(2026, 3, 1, 8, tzinfo=UTC)
MS = timedelta(milliseconds=1)
SUBJECT = "code:tmall|status|MOON"


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def parked(name: str, seen: datetime, mapping: str = "tmall@1") -> CodeParked:
    return CodeParked.model_validate(
        {"event_id": f"parked {name}", "cause_id": name, "occurred_at": seen - MS, "observed_at": seen}
        | {"subject": SUBJECT, "source": "tmall", "field": "status", "code": "MOON", "mapping": mapping}
        | {"origin_topic": "raw.tmall.v1", "origin_partition": 2, "origin_offset": 41}
    )


def mended(name: str, read: datetime) -> CodeMended:
    return CodeMended.model_validate(
        {"event_id": f"mended {name}", "cause_id": name, "occurred_at": START, "observed_at": read}
        | {"subject": SUBJECT, "mapping": "tmall@2"}
    )


@dataclass
class Keeper:
    """The anomalies of one subject, and everything that was said of them."""

    state: AnomalyState | None = None
    due_ms: int | None = None
    events: list[Event] = field(default_factory=list)

    def hears(self, *findings: Finding) -> "Keeper":
        for finding in findings:
            self._decide(finding, to_ms(min(finding.occurred_at, finding.observed_at)))
        return self

    def waits_until(self, moment: datetime) -> "Keeper":
        if self.due_ms is not None and to_ms(moment) > self.due_ms:
            self._decide(None, to_ms(moment))
        return self

    def _decide(self, finding: Finding | None, now_ms: int) -> None:
        outcome = decide_anomaly(self.state, finding, SUBJECT, now_ms, POLICY)
        # What is stored is what is decided on: every state goes through its bytes.
        self.state = outcome.state and AnomalyState.from_bytes(outcome.state.to_bytes())
        assert self.state == outcome.state
        self.due_ms = outcome.due_ms
        self.events += outcome.events

    @property
    def told(self) -> list[str]:
        return [event.type for event in self.events]  # type: ignore[attr-defined]

    @property
    def is_open(self) -> bool:
        return self.state is not None and self.state.is_open


def test_the_first_record_opens_a_warning_with_what_was_seen() -> None:
    (opened,) = Keeper().hears(parked("a", at(0))).events
    assert isinstance(opened, AnomalyOpened)
    assert (opened.kind, opened.subject, opened.severity) == ("unknown_code", SUBJECT, "warning")
    assert opened.evidence == {
        "source": "tmall",
        "field": "status",
        "code": "MOON",
        "mapping": "tmall@1",
        "record": "raw.tmall.v1[2]@41",
    }
    assert (opened.occurred_at, opened.observed_at, opened.cause_id) == (at(0) - MS, at(0), "parked a")


def test_however_many_records_say_it_it_is_opened_once_and_they_are_counted() -> None:
    keeper = Keeper().hears(*(parked(str(n), at(n)) for n in range(50)))
    assert keeper.told == ["anomaly.opened"]
    assert keeper.state is not None
    assert keeper.state.kinds["unknown_code"].sightings == 50


def test_a_newer_map_that_does_not_know_the_code_either_opens_no_second_one_while_the_first_is_open() -> None:
    assert Keeper().hears(parked("a", at(0)), parked("b", at(1), "tmall@3")).told == ["anomaly.opened"]


def test_a_mended_code_ends_it_once() -> None:
    keeper = Keeper().hears(parked("a", at(0)), parked("b", at(1)), mended("a", at(9)))
    opened, ended = keeper.events
    assert isinstance(opened, AnomalyOpened)
    assert isinstance(ended, AnomalyEnded)
    assert (ended.anomaly_id, ended.kind, ended.end) == (opened.anomaly_id, "unknown_code", "resolved")
    assert (ended.because, ended.occurred_at) == ("the map knows the code now", at(9))
    keeper.hears(mended("a", at(9)), mended("b", at(10)))
    assert keeper.told == ["anomaly.opened", "anomaly.ended"]


def test_a_mended_code_that_nobody_parked_ends_nothing() -> None:
    keeper = Keeper().hears(mended("a", at(9)))
    assert (keeper.told, keeper.is_open) == ([], False)


def test_what_was_parked_before_the_mending_does_not_open_it_again_whenever_it_arrives() -> None:
    keeper = Keeper().hears(parked("a", at(0)), mended("a", at(9)))
    keeper.hears(parked("a", at(0)), parked("late", at(5)), parked("on the instant", at(9)))
    assert keeper.told == ["anomaly.opened", "anomaly.ended"]
    assert not keeper.is_open


@pytest.mark.parametrize("mapping", ["tmall@1", "tmall@3"], ids=["the old map is back", "a newer map"])
def test_a_record_received_after_the_mending_opens_another_one(mapping: str) -> None:
    keeper = Keeper().hears(parked("a", at(0)), mended("a", at(9)), parked("b", at(9) + MS, mapping))
    assert keeper.told == ["anomaly.opened", "anomaly.ended", "anomaly.opened"]
    first, _, second = keeper.events
    assert first.anomaly_id != second.anomaly_id  # type: ignore[attr-defined]
    assert keeper.state is not None
    assert keeper.state.kinds["unknown_code"].sightings == 1, "counted anew"


def test_a_mending_older_than_the_newest_record_ends_nothing_yet() -> None:
    keeper = Keeper().hears(parked("a", at(0)), parked("b", at(10)), mended("a", at(9)))
    assert (keeper.told, keeper.is_open) == (["anomaly.opened"], True)
    keeper.hears(mended("b", at(10)))
    assert (keeper.told, keeper.is_open) == (["anomaly.opened", "anomaly.ended"], False)


def test_the_same_cause_gives_the_same_ids() -> None:
    story = (parked("a", at(0)), mended("a", at(9)))
    assert Keeper().hears(*story).events == Keeper().hears(*story).events


def test_an_ended_one_is_forgotten_after_the_retention_and_an_open_one_never() -> None:
    keeper = Keeper().hears(parked("a", at(0)), mended("a", at(9)))
    limit = at(9) + timedelta(milliseconds=POLICY.retention_ms)
    assert keeper.waits_until(limit).state is not None
    on_it = decide_anomaly(keeper.state, None, SUBJECT, to_ms(limit), POLICY)
    assert on_it.state is not None, "even when asked"
    assert keeper.waits_until(limit + MS).state is None
    assert Keeper().hears(parked("a", at(0))).due_ms is None


def test_time_alone_makes_nothing_of_nothing() -> None:
    assert decide_anomaly(None, None, SUBJECT, 0, POLICY).state is None
