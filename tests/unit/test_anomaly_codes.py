"""Anomalies of codes that no map knows: opened once, ended once, and nothing old opens one again."""

from datetime import timedelta

import pytest

from pipeline.domain.anomaly_life import decide_anomaly_life
from pipeline.domain.anomaly_marks import MARKS_MOST
from pipeline.domain.anomaly_state import LifePolicy, LifeState
from pipeline.domain.instants import to_ms
from schemas.anomaly import AnomalyEnded, AnomalyOpened, CodeMended, CodeParked
from schemas.anomaly_life import ClockPassed, HandedOver
from tests.life_builders import CODE, MS, Keeper, at, mended, parked

POLICY = LifePolicy()
OPENED, ENDED = "anomaly.opened", "anomaly.ended"


def told_of(*findings: CodeParked | CodeMended) -> Keeper:
    return Keeper(subject=CODE).hears(*findings)


def a_moment_later(finding: CodeParked) -> CodeParked:
    return finding.model_copy(update={"observed_at": finding.observed_at + MS})


def passed(minutes: float) -> ClockPassed:
    moment = at(minutes)
    return ClockPassed(
        event_id=str(moment), cause_id="hub-0", occurred_at=moment, observed_at=moment, agent="hub"
    )


def test_the_first_record_opens_a_warning_with_what_was_seen() -> None:
    first = parked("a", 0)
    (opened,) = told_of(first).events
    assert isinstance(opened, AnomalyOpened)
    assert (opened.kind, opened.subject, opened.severity) == ("unknown_code", CODE, "warning")
    assert opened.evidence == {
        "source": "tmall",
        "field": "status",
        "code": "MOON",
        "mapping": "tmall@1",
        "record": "raw.tmall.v1[2]@41",
    }
    assert (opened.occurred_at, opened.observed_at) == (at(0) - MS, at(0))
    assert opened.cause_id == first.event_id


def test_however_many_records_say_it_it_is_opened_once_and_they_are_counted() -> None:
    keeper = told_of(*(parked(str(number), number) for number in range(50)))
    assert keeper.told == [OPENED]
    assert (keeper.standing[0].sightings, keeper.standing[0].last_seen_at) == (50, at(49))


def test_a_flood_of_records_is_counted_in_a_bounded_state() -> None:
    keeper = told_of(*(parked(str(number), number / 60) for number in range(500)))
    assert keeper.told == [OPENED]
    assert keeper.standing[0].sightings == 500
    assert keeper.state is not None
    assert len(keeper.state.kinds["unknown_code"].marks) <= MARKS_MOST


def test_a_record_that_is_read_again_in_vain_is_counted_once() -> None:
    keeper = told_of(parked("a", 0), parked("a", 0, "tmall@3"))
    assert (keeper.told, keeper.standing[0].sightings) == ([OPENED], 1)


def test_a_newer_map_that_does_not_know_the_code_either_opens_no_second_one_while_the_first_is_open() -> None:
    assert told_of(parked("a", 0), parked("b", 1, "tmall@3")).told == [OPENED]


def test_a_mended_code_ends_it_once() -> None:
    mending = mended("a", 9)
    keeper = told_of(parked("a", 0), parked("b", 1), mending)
    opened, ended = keeper.events
    assert isinstance(opened, AnomalyOpened)
    assert isinstance(ended, AnomalyEnded)
    assert (ended.anomaly_id, ended.kind, ended.end) == (opened.anomaly_id, "unknown_code", "resolved")
    assert (ended.because, ended.occurred_at) == ("the map knows the code now", at(9))
    assert ended.cause_id == mending.event_id
    keeper.hears(mending, mended("b", 10))
    assert keeper.told == [OPENED, ENDED]


def test_a_mended_code_that_nobody_parked_ends_nothing() -> None:
    keeper = told_of(mended("a", 9))
    assert (keeper.told, keeper.open) == ([], [])


def test_a_mending_that_arrives_before_its_record_ends_it_all_the_same() -> None:
    keeper = told_of(mended("a", 9), parked("a", 0))
    assert (keeper.told, keeper.open) == ([OPENED, ENDED], [])


def test_what_was_parked_before_the_mending_does_not_open_it_again_whenever_it_arrives() -> None:
    keeper = told_of(parked("a", 0), mended("a", 9))
    keeper.hears(parked("a", 0), parked("late", 5), parked("on the instant", 9))
    assert (keeper.told, keeper.open) == ([OPENED, ENDED], [])
    assert keeper.standing[0].sightings == 3


def test_a_record_older_than_the_first_tells_the_anomaly_anew_and_leaves_nothing_open() -> None:
    keeper = told_of(parked("b", 5), mended("b", 9), parked("a", 0))
    assert keeper.told == [OPENED, ENDED, "anomaly.corrected", OPENED, ENDED]
    assert keeper.open == []
    assert keeper.stands == told_of(parked("a", 0), parked("b", 5), mended("b", 9)).stands


@pytest.mark.parametrize("mapping", ["tmall@1", "tmall@3"], ids=["the old map is back", "a newer map"])
def test_a_record_received_after_the_mending_opens_another_one(mapping: str) -> None:
    keeper = told_of(parked("a", 0), mended("a", 9), a_moment_later(parked("b", 9, mapping)))
    assert keeper.told == [OPENED, ENDED, OPENED]
    first, second = keeper.standing
    assert first.anomaly_id != second.anomaly_id
    assert (first.end, second.end) == ("resolved", None)
    assert second.sightings == 1, "counted anew"


def test_a_mending_older_than_the_newest_record_ends_the_first_and_the_newer_record_opens_another() -> None:
    keeper = told_of(parked("a", 0), parked("b", 10), mended("a", 9))
    assert (keeper.told, keeper.open) == ([OPENED, ENDED, OPENED], ["unknown_code"])
    assert keeper.stands == told_of(parked("a", 0), mended("a", 9), parked("b", 10)).stands
    keeper.hears(mended("b", 10))
    assert (keeper.told, keeper.open) == ([OPENED, ENDED, OPENED, ENDED], [])
    assert keeper.ends == ["resolved", "resolved"]


def test_the_same_cause_gives_the_same_ids() -> None:
    story = (parked("a", 0), mended("a", 9))
    assert told_of(*story).events == told_of(*story).events


def test_a_person_is_asked_when_nobody_mended_the_map_for_two_hours_not_on_the_instant() -> None:
    keeper = told_of(parked("a", 0)).waits_until(at(120))
    assert keeper.count(HandedOver) == 0
    keeper.waits_until(at(120) + MS)
    (handed,) = [event for event in keeper.events if isinstance(event, HandedOver)]
    assert (handed.because, handed.attempts) == ("heal_deadline_passed", 0)
    assert keeper.hears(mended("a", 180)).told == [OPENED, "anomaly.handed_over", ENDED]


def test_an_ended_one_is_forgotten_after_the_retention_and_an_open_one_never() -> None:
    keeper = told_of(parked("a", 0), mended("a", 9))
    limit = at(9) + timedelta(milliseconds=POLICY.retention_ms)
    assert keeper.waits_until(limit).state is not None
    on_it = decide_anomaly_life(keeper.state, None, CODE, to_ms(limit), POLICY)
    assert on_it.state is not None, "even when asked"
    assert keeper.waits_until(limit + MS).state is None
    assert told_of(parked("a", 0)).waits_until(at(0) + timedelta(days=400)).open == ["unknown_code"]


def test_time_alone_makes_nothing_of_nothing() -> None:
    nothing = decide_anomaly_life(None, None, CODE, 0, POLICY)
    assert (nothing.state, nothing.events, nothing.due_ms) == (None, (), None)


def test_the_clock_of_those_who_find_is_of_no_subject_and_opens_nothing() -> None:
    nothing = decide_anomaly_life(None, passed(600), "hub", to_ms(at(600)), POLICY)
    assert (nothing.state, nothing.events, nothing.due_ms) == (None, (), None)


def test_a_state_of_codes_is_read_back_from_its_bytes() -> None:
    state = told_of(parked("a", 0), mended("a", 9), parked("b", 12)).state
    assert state is not None
    assert LifeState.from_bytes(state.to_bytes()) == state
