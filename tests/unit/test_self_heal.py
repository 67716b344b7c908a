"""The self-heal rate: what counts, in which window, and what counts nowhere."""

import pytest

from pipeline.domain.self_heal import Ended, SelfHeal, as_ended, self_heal
from schemas.vocabulary import AnomalyEnd
from tests.life_builders import Keeper, gone, seen

HOUR = 3_600_000
CLOCK = 100 * HOUR
DAY = 24 * HOUR
NONE = SelfHeal(0, 0)


def ended(end: str, at_ms: int = CLOCK - HOUR, detected_ms: int = CLOCK - 2 * HOUR) -> Ended:
    return Ended(detected_ms, detected_ms + 2 * HOUR, AnomalyEnd(end), at_ms)


def still_open(deadline_ms: int) -> Ended:
    return Ended(deadline_ms - 2 * HOUR, deadline_ms)


@pytest.mark.parametrize(
    ("end", "counts"),
    [
        ("healed", SelfHeal(1, 1)),
        ("resolved", SelfHeal(0, 1)),
        ("failed", SelfHeal(0, 1)),
        ("cleared", NONE),
        ("withdrawn", NONE),
    ],
)
def test_each_end_counts_as_section_10_says(end: str, counts: SelfHeal) -> None:
    assert self_heal([ended(end)], CLOCK, DAY) == counts


def test_an_open_one_counts_once_its_heal_deadline_has_passed_not_on_the_instant() -> None:
    assert self_heal([still_open(CLOCK)], CLOCK, DAY) == NONE
    assert self_heal([still_open(CLOCK - 1)], CLOCK, DAY) == SelfHeal(0, 1)


def test_an_end_on_the_clock_is_in_the_window_and_one_a_whole_window_ago_is_not() -> None:
    assert self_heal([ended("healed", CLOCK)], CLOCK, DAY) == SelfHeal(1, 1)
    assert self_heal([ended("healed", CLOCK - DAY + 1, 0)], CLOCK, DAY) == SelfHeal(1, 1)
    assert self_heal([ended("healed", CLOCK - DAY, 0)], CLOCK, DAY) == NONE


def test_a_deadline_a_whole_window_ago_is_not_in_the_window() -> None:
    assert self_heal([still_open(CLOCK - DAY + 1)], CLOCK, DAY) == SelfHeal(0, 1)
    assert self_heal([still_open(CLOCK - DAY)], CLOCK, DAY) == NONE


def test_an_end_after_the_clock_is_not_there_yet() -> None:
    """Its deadline passed an hour ago, and it heals an hour from now."""
    late = Ended(CLOCK - 3 * HOUR, CLOCK - HOUR, AnomalyEnd.HEALED, CLOCK + HOUR)
    assert self_heal([late], CLOCK, DAY) == SelfHeal(0, 1)
    assert self_heal([late], CLOCK + HOUR, DAY) == SelfHeal(1, 1)


def test_one_that_healed_after_its_deadline_counts_once_by_its_end() -> None:
    late = Ended(CLOCK - 5 * HOUR, CLOCK - 3 * HOUR, AnomalyEnd.HEALED, CLOCK - HOUR)
    assert self_heal([late], CLOCK, DAY) == SelfHeal(1, 1)
    assert self_heal([late], CLOCK, HOUR) == NONE


def test_one_that_went_away_after_its_deadline_counts_only_as_long_as_it_was_open() -> None:
    late = Ended(CLOCK - 5 * HOUR, CLOCK - 3 * HOUR, AnomalyEnd.CLEARED, CLOCK)
    assert self_heal([late], CLOCK - 1, DAY) == SelfHeal(0, 1)
    assert self_heal([late], CLOCK, DAY) == NONE


def test_what_is_withdrawn_counts_nowhere_not_even_before_it_was_withdrawn() -> None:
    never = Ended(CLOCK - 5 * HOUR, CLOCK - 3 * HOUR, AnomalyEnd.WITHDRAWN, CLOCK)
    assert self_heal([never], CLOCK - 1, DAY) == NONE


def test_one_that_is_detected_after_the_clock_is_not_there_yet() -> None:
    assert self_heal([Ended(CLOCK + 1, CLOCK - HOUR)], CLOCK, DAY) == NONE


def test_nothing_counted_is_no_data_and_not_zero() -> None:
    assert self_heal([], CLOCK, DAY).rate is None
    assert self_heal([ended("failed")], CLOCK, DAY).rate == 0
    assert (
        self_heal([ended("healed"), ended("healed"), ended("failed"), ended("cleared")], CLOCK, DAY).rate
        == 2 / 3
    )


def test_what_the_keeper_describes_can_be_counted() -> None:
    keeper = Keeper().hears(seen("a", 0), gone("g", 9), seen("b", 12))
    counted = [as_ended(standing) for standing in keeper.standing]
    clock = counted[1].heal_deadline_ms
    assert self_heal(counted, clock, DAY) == SelfHeal(1, 1)
    assert self_heal(counted, clock + 1, DAY) == SelfHeal(1, 2)
