"""The time line says of a report that it is a repeat, and of nothing else."""

from typing import Any

import pytest

from dashboard.identity import Person, Role
from dashboard.queries.story import ASKED, Story, Told
from dashboard.view_models.story import timeline
from dashboard.words import Words
from tests.builders import after

MEI = Person("mei", Role.AGENT)


def told(hour: float, detail: str = "shipped", **more: Any) -> Told:
    base = {"source": "wms", "what": "order.reported", "raw_code": "95", "mapping": "wms@1"}
    return Told.model_validate(
        base | {"at": after(hour), "observed_at": after(hour), "detail": detail} | more
    )


def marked(*entries: Told, language: str = "en") -> list[str]:
    story = Story("O1", None, entries, dict.fromkeys(ASKED, ()))
    return [entry.again for entry in timeline(story, MEI, Words(language, "UTC")).entries]


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "says again what it said at 2026-03-01 09:00:00: the status stays as it was"),
        ("zh-CN", "重复 2026-03-01 09:00:00 的说法，状态不变"),
    ],
)
def test_every_repeat_is_marked_with_the_time_of_the_first_which_is_not_marked(
    language: str, line: str
) -> None:
    assert marked(told(1), told(2), told(3, mapping="wms@2"), language=language) == ["", line, line]


def test_another_reporter_another_word_or_another_code_is_no_repeat() -> None:
    assert (
        marked(
            told(1),
            told(2, source="erp"),
            told(3, what="parcel.reported"),
            told(4, raw_code="96"),
            told(5, "signed"),
        )
        == [""] * 5
    )


def test_who_goes_back_to_an_older_word_says_something_new() -> None:
    assert marked(told(1, "to_ship"), told(2, "hold"), told(3, "to_ship")) == ["", "", ""]


@pytest.mark.parametrize("name", ["line", "waybill", "invoice", "refund", "complaint", "question"])
def test_words_about_another_thing_do_not_stand_between(name: str) -> None:
    first, other = f"shipped, {name} 1", f"signed, {name} 2"
    again = marked(told(1, first), told(2, other), told(3, first), told(4, other))
    assert [line[:33] for line in again] == [
        "",
        "",
        "says again what it said at 2026-0",
        "says again what it said at 2026-0",
    ]
    assert "09:00:00" in again[2]
    assert "10:00:00" in again[3]


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("order_hub", "order.locked"),
        ("person", "desk.change_address"),
        ("inventory_sentinel", "order.oversold"),
        ("sku", "stock.reserved"),
        ("sku", "stock.moved"),
    ],
)
def test_a_decision_and_a_difference_are_never_repeats(source: str, what: str) -> None:
    assert marked(*(told(hour, "", source=source, what=what) for hour in (1, 2))) == ["", ""]
