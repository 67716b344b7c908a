"""Fields: sums of lists, split waybills, what is subtracted, flags, money and versions."""

from typing import Any

import pytest

from pipeline.cli.assembly import receiver_check
from pipeline.domain.adapters import Unreadable, load_adapter
from pipeline.domain.adapters.fields import MOST_WAYBILLS
from schemas.vocabulary import AddressQuality
from tests.sources.documents import AT, CODES, HEAD, ORDER, adapter, read, refusals, telling


def order_with(field: str, item: dict[str, Any], head: str = HEAD) -> Any:
    return read(adapter(head + CODES + ORDER + field + "\n"), {"id": "A", "at": AT, **item})[0]


@pytest.mark.parametrize(
    ("field", "item", "name", "value"),
    [
        ('units = "l[].n"', {"l": [{"n": 2}, {"n": "3.000"}, {"n": ""}]}, "units", 5),
        ('units = "l[].n"', {"l": []}, "units", None),
        ('units = "l[].n"', {"l": [{}, {"n": ""}]}, "units", None),
        ('units = { at = "n", times = 6 }', {"n": 2}, "units", 12),
        ('units = { at = "n", minus = "m" }', {"n": 5, "m": 2}, "units", 3),
        ('units = { at = "n", minus = "m" }', {"n": 5, "m": 5}, "units", 0),
        ('units = { at = "n", minus = "m" }', {"n": 5, "m": ""}, "units", 5),
        ('units = { at = "n", minus = "m" }', {"n": 5}, "units", 5),
        ('units = { at = "n", minus = "m" }', {"n": "", "m": 2}, "units", None),
        ('units = { at = "l[].n", minus = "l[].m" }', {"l": [{"n": 5, "m": 1}, {"n": 1}]}, "units", 5),
        ('paid_fen = "p"', {"p": "59.90"}, "paid_fen", 5990),
        ('paid_fen = { at = "p", unit = "fen" }', {"p": "5990"}, "paid_fen", 5990),
        ('paid_fen = "l[].p"', {"l": [{"p": "1.10"}, {"p": 2}]}, "paid_fen", 310),
        ('has_gift = "g"', {"g": 1}, "has_gift", True),
        ('has_gift = "g"', {"g": 0}, "has_gift", False),
        ('has_gift = "g"', {"g": True}, "has_gift", True),
        ('has_gift = "g"', {"g": ""}, "has_gift", None),
        ('has_gift = "l[].g"', {"l": [{"g": "0"}, {"g": "yes"}]}, "has_gift", True),
        ('has_gift = "l[].g"', {"l": []}, "has_gift", None),
        ('has_gift = { at = "g", is = ["gift", "0"] }', {"g": 0}, "has_gift", True),
        ('has_gift = { at = "g", is = "gift" }', {"g": "1"}, "has_gift", False),
        ("policy_kept = 1", {}, "", None),
        ("cash_on_delivery = { value = true }", {}, "cash_on_delivery", True),
        ('line = "w"', {"w": " sf 12 "}, "line", "SF12"),
        ('line = { at = "w", split = ",;" }', {"w": "a;b,"}, "line", "A"),
        ('paid_at = "l[].t"', {"l": [{"t": ""}, {"t": AT}]}, "paid_at", AT),
    ],
)  # fmt: skip
def test_a_field_is_read_as_what_it_is(field: str, item: dict[str, Any], name: str, value: Any) -> None:
    if not name:
        assert refusals(HEAD + CODES + ORDER + field + "\n")
        return
    told = getattr(order_with(field, item), name)
    assert (told.isoformat().replace("+00:00", "Z") if name == "paid_at" else told) == value


def test_money_is_in_the_documents_unit_unless_a_field_says_otherwise() -> None:
    fen = HEAD + 'money = "fen"\n'
    assert order_with('paid_fen = "p"', {"p": 5990}, fen).paid_fen == 5990
    assert order_with('paid_fen = { at = "p", unit = "yuan" }', {"p": "59.9"}, fen).paid_fen == 5990


def test_a_version_may_be_a_rising_number_that_is_no_time() -> None:
    text = (HEAD + CODES + ORDER).replace(
        'version = "at"', 'version = { at = "v", number = true }\noccurred_at = "at"'
    )
    [fact] = read(adapter(text), {"id": "A", "at": AT, "v": 7})
    assert (fact.version, fact.version_is_time, fact.occurred_at.isoformat()) == (
        7,
        False,
        AT.replace("Z", "+00:00"),
    )


LINK = telling("link", 'order_id = "o"\nwaybill = { at = "w", split = ",; " }')


def test_several_waybills_of_one_text_are_a_link_each_and_the_same_one_once() -> None:
    links = read(adapter(LINK), {"o": "A", "w": "sf1, SF2;sf1"})
    assert [link.waybill for link in links] == ["SF1", "SF2"]
    assert len({link.event_id for link in links}) == 2


def test_an_order_without_a_waybill_has_no_link() -> None:
    assert read(adapter(LINK), {"o": "A", "w": " "}) == []
    assert read(adapter(LINK), {"w": "SF1"}) == []


def test_a_text_names_at_most_so_many_waybills() -> None:
    assert (
        len(read(adapter(LINK), {"o": "A", "w": ",".join(map(str, range(MOST_WAYBILLS)))})) == MOST_WAYBILLS
    )
    with pytest.raises(Unreadable, match=r"field waybill \(w\): .* names more than 200 waybills"):
        read(adapter(LINK), {"o": "A", "w": ",".join(map(str, range(MOST_WAYBILLS + 1)))})


RECEIVER = 'order_id = "id"\nversion = "at"\nprovince = "to.province"\ncity = "to.city"\nphone = "to.phone"\n'


def quality_of(to: Any, more: str = "") -> AddressQuality | None:
    document = load_adapter(telling("order", RECEIVER, more), receiver_check(), origin="shop.toml")
    (report,) = read(document, {"id": "A", "at": AT, "to": to})
    return report.receiver and report.receiver.quality


@pytest.mark.parametrize("to", [None, {}, {"province": "", "city": " "}, {"other": "x"}])
def test_a_report_that_tells_no_part_of_a_receiver_says_nothing_of_it(to: Any) -> None:
    assert quality_of(to) is None
    assert quality_of(to, "empty_is_masked = true") is AddressQuality.MASKED


def test_a_receiver_of_which_a_part_is_missing_is_judged() -> None:
    assert quality_of({"city": "杭州市", "phone": ""}) is AddressQuality.BAD
