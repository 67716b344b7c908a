"""Which orders will miss their shipping deadline, and the sentence that says so."""

from typing import Any

import pytest

from dashboard.queries.forecast import Forecast
from dashboard.view_models.forecast import forecast_view
from dashboard.words import Words
from pipeline.domain.forecast import HORIZON_MS, KNOWN_MS, Left, Waiting, will_miss

CLOCK = 10**12
HOUR = 3_600_000
WORDS = Words("en", "Asia/Shanghai")


def paced(count: int, warehouse: str = "east") -> list[Left]:
    return [Left(warehouse, CLOCK - HOUR)] * count


def test_an_order_misses_when_its_turn_comes_after_its_deadline_and_not_on_the_instant() -> None:
    waiting = [Waiting("A", "east", CLOCK + HOUR), Waiting("B", "east", CLOCK + 2 * HOUR)]
    assert will_miss(waiting, paced(4), CLOCK) == {"A": False, "B": False}, "one an hour, both just in time"
    waiting = [Waiting("A", "east", CLOCK + HOUR - 1), Waiting("B", "east", CLOCK + 2 * HOUR)]
    assert will_miss(waiting, paced(4), CLOCK) == {"A": True, "B": False}


def test_overdue_orders_come_first_and_are_not_forecast() -> None:
    waiting = [Waiting("A", "east", CLOCK + HOUR), Waiting("late", "east", CLOCK - 1)]
    assert will_miss(waiting, paced(4), CLOCK) == {"A": True}
    assert will_miss(waiting, paced(8), CLOCK) == {"A": False}


def test_only_the_next_four_hours_are_forecast() -> None:
    waiting = [Waiting("on it", "east", CLOCK + HORIZON_MS), Waiting("after", "east", CLOCK + HORIZON_MS + 1)]
    assert will_miss(waiting, paced(1), CLOCK) == {"on it": False}
    assert will_miss([Waiting("now", "east", CLOCK)], paced(1000), CLOCK) == {"now": True}


@pytest.mark.parametrize(
    ("age_ms", "said"),
    [(HORIZON_MS - 1, False), (HORIZON_MS, True), (KNOWN_MS - 1, True), (KNOWN_MS, None), (-1, None)],
)
def test_the_pace_is_of_four_hours_and_unknown_after_a_day_of_silence(age_ms: int, said: bool | None) -> None:
    waiting = [Waiting("A", "east", CLOCK + HORIZON_MS)]
    assert will_miss(waiting, [Left("east", CLOCK - age_ms)], CLOCK) == {"A": said}


def test_each_warehouse_has_a_queue_and_a_pace_of_its_own() -> None:
    waiting = [Waiting(f"{house} {n}", house, CLOCK + HOUR) for house in ("east", "west", "") for n in (1, 2)]
    said = will_miss(waiting, [*paced(8), *paced(4, "west")], CLOCK)
    assert said == {"east 1": False, "east 2": False, "west 1": False, "west 2": True, " 1": None, " 2": None}


def view(**told: Any) -> tuple[str, str, str]:
    base = {"clock_at": "2026-11-11T07:30:00Z", "due_orders": 812, "missing_orders": 0, "unknown_orders": 0}
    shown = forecast_view(Forecast.model_validate(base | told), WORDS)
    return shown.text, shown.light, shown.link


def test_the_sentence_says_how_many_and_leads_to_them() -> None:
    assert view(missing_orders=43) == (
        "43 will miss the deadline in 4 h, of 812 due.",
        "yellow",
        "orders?set=will_miss",
    )
    assert view() == ("None of the 812 due in 4 h will miss its deadline.", "green", "")
    assert view(due_orders=0) == ("No order is to be shipped within the next 4 h.", "green", "")


def test_what_cannot_be_computed_is_no_data() -> None:
    for shown in (forecast_view(None, WORDS), forecast_view(Forecast(), WORDS)):
        assert (shown.text, shown.light, shown.link) == ("Next 4 h: no data.", "grey", "")
    text, light, link = view(unknown_orders=812)
    assert ("no data" in text, light, link) == (True, "grey", "")
    text, light, _ = view(unknown_orders=811)
    assert (text, light) == (
        "None of the 1 due in 4 h will miss its deadline. No data for 811 more.",
        "green",
    )
