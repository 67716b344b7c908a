"""What makes a SKU run out, in words: what takes and what adds, and when nothing is left of it."""

from typing import Any

import pytest

from dashboard.blocks import Bars
from dashboard.queries.sku_drivers import Driver
from dashboard.view_models.sku_drivers import driver_bars
from dashboard.words import Words
from tests.builders import START
from tests.unit.test_sku_page import sku

WORDS = Words("en", "Asia/Shanghai")


def cause(units: int, driver: str = "orders", place: str = "jd", **more: Any) -> Driver:
    return Driver.model_validate(
        {"driver": driver, "reason": "", "place": place, "orders": 0} | more | {"units": units}
    )


def shown(*rows: Driver, words: Words = WORDS, **told: Any) -> Bars:
    return driver_bars(rows, sku(**told), START, words)


def test_the_largest_driver_stands_first_and_what_adds_stock_last_with_its_sign() -> None:
    bars = shown(
        cause(-1, "calibrated", "east"),
        cause(5, "safety", ""),
        cause(-40, "moved", "east", reason="transfer_in"),
        cause(15, orders=9),
    ).bars
    assert [(one.label, one.value, one.note) for one in bars] == [
        ("Orders on JD", "-15 · 75 %", "9 orders"),
        ("Safety stock, never sold", "-5 · 25 %", ""),
        ("Transferred in: east", "+40", "adds to stock"),
        ("Ledger corrected up: east", "+1", "adds to stock"),
    ]
    assert [one.fill for one in bars] == [15 / 40, 5 / 40, 1, 1 / 40]


def test_a_reason_without_a_word_stands_for_itself_and_a_platform_that_nobody_told_is_unnamed() -> None:
    bars = shown(cause(2, "moved", "east", reason="gift to 老王"), cause(1, place="")).bars
    assert [one.label for one in bars] == ["gift to 老王: east", "Orders on an unnamed platform"]


@pytest.mark.parametrize("driver", ["orders", "outbound", "counted", "calibrated"])
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_taking_and_giving_back_have_words_of_their_own(driver: str, language: str) -> None:
    took, gave = shown(cause(1, driver), cause(-1, driver), words=Words(language, "UTC")).bars
    assert took.label != gave.label


def test_nothing_is_not_unknown_and_no_answer_is_neither() -> None:
    assert (shown().bars, shown().empty) == ([], "Nothing took stock in the last 24 h.")
    uncounted = {"on_hand": None, "available": None}
    assert shown(**uncounted).empty == "It was never counted, so nothing is known."
    assert shown(cause(3), **uncounted).note == "never counted: what is left is unknown"
    assert driver_bars(None, sku(), START, WORDS).empty == "no data"


@pytest.mark.parametrize(
    ("told", "note"),
    [
        ({"hours_of_cover": 1.5}, "at this pace nothing is left at 03-01 17:30 (UTC+8)"),
        ({"hours_of_cover": 720.0}, "at this pace nothing is left at 03-31 16:00 (UTC+8)"),
        ({"hours_of_cover": 720.1}, "at this pace it lasts more than 30 days"),
        ({"hours_of_cover": 0.0, "available": 0}, "nothing is left now"),
        ({"hours_of_cover": None, "available": -2}, "nothing is left now"),
        ({"hours_of_cover": None}, ""),
    ],
)
def test_it_says_when_nothing_is_left_where_a_pace_is_known(told: dict[str, Any], note: str) -> None:
    assert shown(cause(3), **told).note == note


def test_without_a_clock_no_instant_is_named() -> None:
    assert driver_bars((), sku(hours_of_cover=1.5), None, WORDS).note == ""
