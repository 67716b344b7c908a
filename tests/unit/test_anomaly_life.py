"""Anomalies of one subject: opened once, ended once, healed in time or handed to a person."""

from datetime import timedelta

import pytest

from pipeline.domain.anomaly_marks import MARKS_MOST
from pipeline.domain.anomaly_state import LifePolicy
from pipeline.domain.instants import to_ms
from schemas.anomaly import AnomalyEnded, AnomalyOpened
from schemas.anomaly_life import AnomalyCorrected, HandedOver
from schemas.base import derived_id
from schemas.vocabulary import AnomalyEnd, AnomalyKind
from tests.life_builders import MS, SUBJECT, Keeper, at, attempted, gone, resolved, seen, taken

HOUR = timedelta(hours=1)
STALLED = AnomalyKind.STALLED


def test_the_first_sighting_opens_an_anomaly_with_what_was_seen() -> None:
    (opened,) = Keeper().hears(seen("a", 0)).events
    assert isinstance(opened, AnomalyOpened)
    assert (opened.kind, opened.subject, opened.severity) == ("promise_at_risk", SUBJECT, "warning")
    assert (opened.evidence, opened.cause_id) == ({"seen": "a"}, seen("a", 0).event_id)
    assert opened.anomaly_id == derived_id(SUBJECT, f"promise_at_risk|{to_ms(at(0))}")


def test_however_often_it_is_noticed_it_is_opened_once_and_counted() -> None:
    keeper = Keeper().hears(*(seen(f"s{number}", number) for number in range(50)))
    assert keeper.told == ["anomaly.opened"]
    (standing,) = keeper.standing
    assert (standing.sightings, standing.last_seen_at) == (50, at(49))


def test_a_flood_is_counted_in_a_bounded_state() -> None:
    keeper = Keeper().hears(*(seen(f"s{number}", number / 60) for number in range(1000)))
    assert keeper.told == ["anomaly.opened"]
    assert keeper.standing[0].sightings == 1000
    assert keeper.state is not None
    assert len(keeper.state.kinds["promise_at_risk"].marks) <= MARKS_MOST


def test_many_attempts_and_takes_are_kept_in_a_bounded_state_too() -> None:
    findings = [
        finding
        for number in range(100)
        for finding in (seen(f"s{number}", number / 60), attempted(f"h{number}", number / 60))
    ]
    keeper = Keeper().hears(*findings)
    assert (keeper.standing[0].sightings, keeper.standing[0].attempts) == (100, 100)
    assert keeper.told == ["anomaly.opened", "anomaly.handed_over"]


def test_old_episodes_leave_a_bounded_state_and_their_findings_open_nothing_again() -> None:
    story = [f(f"{f.__name__}{number}", number) for number in range(400) for f in (seen, gone)]
    keeper = Keeper().hears(*story)
    assert keeper.count(AnomalyOpened) == keeper.count(AnomalyEnded) == 400
    assert keeper.state is not None
    assert len(keeper.state.kinds["promise_at_risk"].marks) <= MARKS_MOST
    assert len(keeper.state.kinds["promise_at_risk"].said) <= 2 * MARKS_MOST
    assert keeper.hears(*story[:20]).count(AnomalyOpened) == 400
    assert keeper.count(AnomalyCorrected) == 0


@pytest.mark.parametrize("how", ["healed", "failed", "cleared", "withdrawn"])
def test_each_end_ends_it_once(how: str) -> None:
    keeper = Keeper().hears(seen("a", 0), gone("g", 9, how), gone("g", 9, how), gone("h", 10, "cleared"))
    assert keeper.told == ["anomaly.opened", "anomaly.ended"]
    opened, ended = keeper.events
    assert isinstance(opened, AnomalyOpened)
    assert isinstance(ended, AnomalyEnded)
    assert (ended.anomaly_id, ended.end, ended.because) == (opened.anomaly_id, how, f"it is {how}")
    assert ended.observed_at == at(9)


def test_what_a_person_mended_is_resolved() -> None:
    keeper = Keeper().hears(seen("a", 0), resolved("r", 9))
    assert keeper.ends == ["resolved"]


def test_an_end_without_an_opening_ends_nothing() -> None:
    assert Keeper().hears(gone("g", 9), attempted("h", 9), taken("t", 9)).told == []


def test_an_end_that_arrives_before_its_opening_ends_it_all_the_same() -> None:
    keeper = Keeper().hears(gone("g", 9), seen("a", 0))
    assert keeper.told == ["anomaly.opened", "anomaly.ended"]
    assert keeper.ends == ["healed"]


def test_what_is_noticed_on_the_instant_of_the_end_is_over_and_a_millisecond_later_it_is_a_new_one() -> None:
    assert Keeper().hears(gone("g", 9), seen("a", 9)).open == []
    later = seen("a", 9).model_copy(update={"observed_at": at(9) + MS})
    assert Keeper().hears(gone("g", 9), later).open == ["promise_at_risk"]


def test_noticed_anew_after_its_end_it_is_another_anomaly() -> None:
    keeper = Keeper().hears(seen("a", 0), gone("g", 9), seen("b", 12))
    assert keeper.told == ["anomaly.opened", "anomaly.ended", "anomaly.opened"]
    assert len({one.anomaly_id for one in keeper.standing}) == 2


def test_an_end_that_arrives_late_between_two_sightings_makes_them_two_anomalies() -> None:
    keeper = Keeper().hears(seen("a", 0), seen("b", 12), gone("g", 9))
    assert keeper.told == ["anomaly.opened", "anomaly.ended", "anomaly.opened"]
    assert [str(one.end) if one.end else "" for one in keeper.standing] == ["healed", ""]


def test_an_earlier_sighting_that_arrives_late_tells_the_anomaly_anew_and_withdraws_the_first_telling() -> (
    None
):
    keeper = Keeper().hears(seen("b", 5), seen("a", 0))
    assert keeper.told == ["anomaly.opened", "anomaly.ended", "anomaly.opened"]
    assert keeper.ends == ["withdrawn"]
    assert len(keeper.open) == 1
    assert keeper.stands == Keeper().hears(seen("a", 0), seen("b", 5)).stands


def test_an_earlier_end_that_arrives_late_corrects_the_announced_one() -> None:
    keeper = Keeper().hears(seen("a", 0), gone("g", 9, "failed"), gone("h", 5, "healed"))
    (corrected,) = [event for event in keeper.events if isinstance(event, AnomalyCorrected)]
    assert (corrected.end, corrected.corrects) == (AnomalyEnd.HEALED, AnomalyEnd.FAILED)
    assert keeper.count(AnomalyEnded) == 1
    assert keeper.stands == Keeper().hears(seen("a", 0), gone("h", 5), gone("g", 9, "failed")).stands


def test_what_is_disproved_after_its_end_is_withdrawn_by_a_correction() -> None:
    keeper = Keeper().hears(seen("a", 0), gone("g", 9, "failed"), gone("w", 30, "withdrawn"))
    assert keeper.told == ["anomaly.opened", "anomaly.ended", "anomaly.corrected"]
    assert [one.end for one in keeper.standing] == ["withdrawn"]


def test_a_correction_that_is_made_twice_is_two_events() -> None:
    kind = AnomalyKind.STALLED
    ended = (resolved("a", 0, kind), gone("a", 1, "withdrawn", kind))
    keeper = Keeper().hears(seen("a", 0, kind), *ended, seen("c", 1, kind), seen("c", 0, kind))
    corrected = [event for event in keeper.events if isinstance(event, AnomalyCorrected)]
    first = corrected[0].anomaly_id
    ends = [str(event.end) for event in corrected if event.anomaly_id == first]
    assert ends == ["withdrawn", "resolved", "withdrawn"]
    assert len({event.event_id for event in corrected}) == len(corrected)


def test_a_withdrawal_reaches_no_further_back_than_the_last_anomaly() -> None:
    keeper = Keeper().hears(seen("a", 0), gone("g", 1), seen("b", 2), gone("w", 3, "withdrawn"))
    assert [str(one.end) for one in keeper.standing] == ["healed", "withdrawn"]


def test_kinds_of_one_subject_live_apart() -> None:
    keeper = Keeper().hears(seen("a", 0), seen("b", 1, STALLED), gone("g", 2))
    assert keeper.open == ["stalled"]


# Healing, and handing over


def test_a_person_is_asked_when_the_heal_deadline_has_passed_not_on_its_instant() -> None:
    keeper = Keeper().hears(seen("a", 0)).waits_until(at(120)).hears(seen("b", 1))
    assert keeper.count(HandedOver) == 0
    keeper.waits_until(at(120) + MS)
    (handed,) = [event for event in keeper.events if isinstance(event, HandedOver)]
    assert (handed.because, handed.attempts) == ("heal_deadline_passed", 0)
    assert keeper.waits_until(at(600)).count(HandedOver) == 1


def test_a_finding_may_set_another_deadline_and_later_sightings_do_not_move_it() -> None:
    keeper = Keeper().hears(seen("a", 0, deadline=30), seen("b", 10, deadline=500)).waits_until(at(30))
    assert keeper.count(HandedOver) == 0
    assert keeper.waits_until(at(30) + MS).count(HandedOver) == 1


def test_a_person_is_asked_when_the_attempts_are_used_up_and_once() -> None:
    keeper = Keeper().hears(seen("a", 0), attempted("1", 1), attempted("2", 2), attempted("2", 2))
    assert keeper.count(HandedOver) == 0
    keeper.hears(attempted("3", 3), attempted("4", 4)).waits_until(at(500))
    (handed,) = [event for event in keeper.events if isinstance(event, HandedOver)]
    assert (handed.because, handed.attempts) == ("attempts_used_up", 3)


def test_the_limit_of_attempts_can_differ_by_kind() -> None:
    policy = LifePolicy(attempts_of={AnomalyKind.STALLED: 1})
    keeper = Keeper(policy).hears(seen("a", 0), attempted("1", 1), seen("b", 0, STALLED))
    assert keeper.count(HandedOver) == 0
    assert keeper.hears(attempted("2", 1, STALLED)).count(HandedOver) == 1


def test_attempts_before_the_opening_and_after_the_end_count_for_nothing() -> None:
    findings = [attempted(str(number), minute) for number, minute in enumerate((0, 1, 2, 20, 21))]
    keeper = Keeper().hears(seen("a", 10), *findings, gone("g", 15))
    assert keeper.count(HandedOver) == 0
    assert keeper.standing[0].attempts == 0


def test_what_ended_or_was_taken_is_not_handed_over() -> None:
    assert Keeper().hears(seen("a", 0), gone("g", 9)).waits_until(at(500)).count(HandedOver) == 0
    keeper = Keeper().hears(seen("a", 0), taken("t", 9)).waits_until(at(500)).hears(seen("b", 500))
    assert keeper.count(HandedOver) == 0
    assert keeper.standing[0].taken_by == "t"


def test_what_was_handed_over_may_still_heal() -> None:
    keeper = Keeper().hears(seen("a", 0)).waits_until(at(180)).hears(gone("g", 200))
    assert keeper.told == ["anomaly.opened", "anomaly.handed_over", "anomaly.ended"]


def test_the_first_person_who_took_it_has_it() -> None:
    keeper = Keeper().hears(seen("a", 0), taken("second", 9), taken("first", 5))
    assert keeper.standing[0].taken_by == "first"


def test_who_was_handed_it_stands_with_who_gave_it_and_nobody_can_hand_it_on() -> None:
    keeper = Keeper().hears(seen("a", 0), taken("mei", 5, handed_by="li"), taken("wang", 9, handed_by="mei"))
    assert (keeper.standing[0].taken_by, keeper.standing[0].handed_by) == ("mei", "li")
    own = Keeper().hears(seen("a", 0), taken("mei", 5), taken("wang", 9, handed_by="mei"))
    assert (own.standing[0].taken_by, own.standing[0].handed_by) == ("mei", "")


def test_who_takes_a_subject_takes_everything_open_of_it_in_whatever_order_it_arrives() -> None:
    findings = [seen("a", 0), seen("b", 1, STALLED), taken("all", 5, None)]
    for order in (findings, findings[::-1]):
        assert [one.taken_by for one in Keeper().hears(*order).standing] == ["all", "all"]
    assert Keeper().hears(taken("all", 5, None), seen("late", 6)).standing[0].taken_by == ""


def test_a_subject_of_which_nothing_is_open_is_forgotten_after_its_retention() -> None:
    keeper = Keeper().hears(seen("a", 0), gone("g", 9))
    assert keeper.waits_until(at(9) + timedelta(days=45)).state is not None
    assert keeper.waits_until(at(9) + timedelta(days=45) + MS).state is None


def test_what_is_open_is_never_forgotten() -> None:
    keeper = Keeper().hears(seen("a", 0), taken("t", 1)).waits_until(at(0) + timedelta(days=400))
    assert keeper.open == ["promise_at_risk"]


def test_what_seemed_to_have_failed_is_corrected_when_a_late_report_shows_that_it_was_done_in_time() -> None:
    keeper = Keeper().hears(seen("a", 0), gone("a", 10, "failed"), gone("b", 30, "healed"))
    assert keeper.ends == ["failed"]
    (corrected,) = [event for event in keeper.events if isinstance(event, AnomalyCorrected)]
    assert (corrected.end, corrected.corrects) == (AnomalyEnd.HEALED, AnomalyEnd.FAILED)
    again = Keeper().hears(seen("a", 0), gone("a", 10, "healed"), gone("b", 30, "failed"))
    assert [str(standing.end) for standing in again.standing] == ["healed"], "never the other way round"
