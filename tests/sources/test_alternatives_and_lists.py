"""How a document names alternatives and lists: several paths, parts that agree or differ, presence."""

import orjson
import pytest

from pipeline.domain.adapters import Adapter, DocumentError, load_adapter
from schemas.order import OrderReported
from schemas.raw import RawHeaders

DOCUMENT = """
schema_version = 1
name = "made"
title = "Made for a test"
reporter = "platform"
platform = "jd"
empty = ["", "never"]

[codes.state]
at = "lines[].state"
kind = "phase"
means = { 1 = "to_ship", 2 = "shipped" }

[phase.order]
lead = "state"

[[message]]
name = "order"
open = ["json", "each:page.orders|one|."]
when = { "order_id|orderId" = "present" }
[[message.tells]]
fact = "order"
phase = "order"
[message.tells.fields]
order_id = ["order_id", "orderId"]
version = ["modified", "created"]
has_gift = { at = "gifts[].id", is = "present" }
"""


def made(text: str = DOCUMENT) -> Adapter:
    return load_adapter(text, origin="made.toml")


def orders(message: object, text: str = DOCUMENT) -> list[OrderReported]:
    headers = RawHeaders("made", "shop", 1_798_761_600_000, "delivery")
    facts = made(text).read(orjson.dumps(message), headers).facts
    return [fact for fact in facts if isinstance(fact, OrderReported)]


def order(**fields: object) -> OrderReported:
    (told,) = orders({"order_id": "1", "created": 1_772_334_000} | fields)
    return told


@pytest.mark.parametrize(
    "message",
    [{"page": {"orders": [{"order_id": "1"}]}}, {"one": {"orderId": "1"}}, {"order_id": "1"}],
)
def test_the_same_items_are_found_under_any_of_the_names_that_a_reply_may_give_them(message: object) -> None:
    assert [told.order_id for told in orders(message)] == ["1"]


def test_the_first_name_that_holds_something_counts() -> None:
    message = {"page": {"orders": [{"order_id": "1"}]}, "one": {"order_id": "2"}}
    assert [told.order_id for told in orders(message)] == ["1"]


def test_an_alternative_that_is_no_path_is_refused() -> None:
    with pytest.raises(DocumentError, match=r'path "on\.\.e" cannot be read'):
        made(DOCUMENT.replace("|one|", "|on..e|"))


@pytest.mark.parametrize(
    ("modified", "version"), [("never", 1_772_334_000_000), (1_772_337_600, 1_772_337_600_000)]
)
def test_a_path_whose_value_means_nothing_leaves_the_word_to_the_next(modified: object, version: int) -> None:
    assert order(modified=modified).version == version


def test_a_count_that_is_empty_is_no_count_even_where_something_is_taken_off() -> None:
    text = DOCUMENT + 'units = { at = "num", minus = "back" }'
    (told,) = orders({"order_id": "1", "num": "", "back": 2}, text)
    assert told.units is None
    (told,) = orders({"order_id": "1", "num": 3, "back": 2}, text)
    assert told.units == 1


@pytest.mark.parametrize(
    ("states", "phase", "unknown"),
    [
        ([1, 1], "to_ship", ""),
        ([1, "1"], "to_ship", ""),
        ([1, 2], None, ""),  # they differ: nothing is said
        ([1, 9], "unknown", "9"),  # an unknown code is never lost among known ones
        ([], None, ""),
    ],
)
def test_a_list_of_parts_says_what_all_of_them_say(
    states: list[object], phase: str | None, unknown: str
) -> None:
    told = order(lines=[{"state": state} for state in states])
    assert told.phase == phase
    assert told.raw_code == ("" if phase is None else unknown or "1")


@pytest.mark.parametrize(("gifts", "has_gift"), [([{"id": 7}], True), ([{"id": ""}], None), ([], None)])
def test_a_flag_of_presence_is_true_where_something_is_there(gifts: object, has_gift: bool | None) -> None:
    assert order(gifts=gifts).has_gift is has_gift
