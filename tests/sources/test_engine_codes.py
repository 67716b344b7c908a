"""Codes: phases with exceptions and parts, refunds with lead, raise and lower, families, unknown ones."""

import tomllib
from typing import Any

import pytest

from pipeline.domain.adapters.codes import (
    MOST_CODE,
    Code,
    PhaseRead,
    Phases,
    RefundRead,
    Refunds,
    compiled_codes,
)
from pipeline.domain.adapters.document import CodeTable, SourceDocument
from pipeline.domain.adapters.values import Values

DOCUMENT = SourceDocument.model_validate(
    tomllib.loads("""
schema_version = 1
name = "shop"
title = "A shop"
reporter = "platform"
platform = "tmall"
[codes.status]
at = "status"
kind = "phase"
means = { 0 = "hold", NEW = "to_ship", GONE = "shipped", ALL = "unknown", ODD = "neutral" }
[codes.older]
at = "older"
kind = "phase"
means = { OPEN = "unpaid" }
[codes.gate]
at = "gate"
kind = "gate"
means = { 1 = "neutral", 2 = "neutral", 3 = "neutral" }
[codes.lines]
at = "lines[].status"
kind = "phase"
[codes.lines.means]
U = "unpaid"
H = "hold"
N = "to_ship"
P = "part_shipped"
G = "shipped"
S = "signed"
F = "finished"
C = "closed"
ALL = "unknown"
[codes.refund]
at = "refund"
kind = "refund"
[codes.refund.means]
NO = "none"
ASKED = "pending"
YES = "refundable"
REFUSED = "not_refundable"
PAID = "refunded"
ODD = "neutral"
ALL = "unknown"
[codes.old_refund]
at = "old_refund"
kind = "refund"
means = { ASKED = "pending" }
[phase.plain]
lead = ["status", "older"]
parts = "lines"
[phase.ruled]
lead = "status"
[[phase.ruled.rule]]
when = { status = ["NEW"], gate = ["1"] }
is = "unpaid"
[[phase.ruled.rule]]
when = { status = ["NEW"], gate = ["absent"] }
is = "hold"
[[phase.ruled.rule]]
when = { status = ["GONE"] }
is = "part_shipped"
same = ["due", "paid"]
[refund.plain]
lead = ["refund", "old_refund"]
fields = ["gate"]
[refund.ruled]
lead = "refund"
[[refund.ruled.rule]]
step = "lead"
when = { refund = ["NO"], gate = ["1"] }
is = "pending"
[[refund.ruled.rule]]
step = "raise"
when = { refund = ["ASKED", "NO"], status = ["NEW"] }
proofs = ["not_shipped"]
[[refund.ruled.rule]]
step = "raise"
when = { refund = ["ASKED"], gate = ["1"] }
proofs = ["goods_counted", "not_shipped"]
[[refund.ruled.rule]]
step = "raise"
when = { gate = ["2"] }
[[refund.ruled.rule]]
step = "raise"
when = { gate = ["3"] }
proofs = ["carrier_returned"]
[[refund.ruled.rule]]
step = "lower"
when = { status = ["0"] }
is = "not_refundable"
[[refund.ruled.rule]]
step = "lower"
when = { status = ["GONE"] }
is = "refunded"
[[message]]
name = "m"
silent = "a test"
""")
)
VALUES = Values(frozenset({""}), "UTC")
CODES = compiled_codes(DOCUMENT, VALUES)


def phase(name: str, **item: Any) -> PhaseRead:
    return Phases(DOCUMENT.phase[name], CODES, VALUES).read(item, item)


def refund(name: str, **item: Any) -> RefundRead:
    return Refunds(DOCUMENT.refund[name], CODES).read(item, item)


def lines(*codes: str) -> list[dict[str, str]]:
    return [{"status": code} for code in codes]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("NEW", "NEW"),
        (" NEW ", "NEW"),
        (0, "0"),
        ("0", "0"),
        (2.0, "2"),
        (True, "true"),
        ("", ""),
        (None, ""),
    ],
)
def test_a_code_is_text_and_a_zero_is_a_code(value: Any, code: str) -> None:
    assert CODES["status"].of({"status": value}, None) == code


def test_a_code_is_cut_at_its_longest() -> None:
    assert len(CODES["status"].of({"status": "x" * MOST_CODE}, None)) == MOST_CODE
    assert len(CODES["status"].of({"status": "x" * (MOST_CODE + 1)}, None)) == MOST_CODE


def test_a_documented_code_gives_its_phase_and_itself() -> None:
    assert phase("plain", status="NEW") == PhaseRead(phase("plain", status="NEW").phase, "NEW")
    assert phase("plain", status="NEW").phase == "to_ship"
    assert phase("plain", status=0).phase == "hold"


def test_the_first_lead_that_says_something_decides() -> None:
    assert phase("plain", status="GONE", older="OPEN").phase == "shipped"
    assert phase("plain", status="", older="OPEN").phase == "unpaid"


@pytest.mark.parametrize("name", ["plain", "ruled"])
@pytest.mark.parametrize("code", ["STRANGE", "ALL"])
def test_an_unknown_code_and_a_querys_filter_are_unknown_and_parked(name: str, code: str) -> None:
    read = phase(name, status=code)
    assert (read.phase, read.raw_code, read.unknown) == ("unknown", code, (("status", code),))


@pytest.mark.parametrize("name", ["plain", "ruled"])
def test_a_neutral_code_or_none_at_all_says_no_phase(name: str) -> None:
    assert phase(name, status="ODD") == PhaseRead(None, "ODD")
    assert phase(name) == PhaseRead(None, "")


def test_an_exception_decides_before_the_table_and_names_what_decided() -> None:
    assert phase("ruled", status="NEW", gate=1)[:2] == ("unpaid", "NEW/gate=1")
    assert phase("ruled", status="NEW", gate=2)[:2] == ("to_ship", "NEW")
    assert phase("ruled", status="NEW")[:2] == ("hold", "NEW")


def test_an_exception_with_two_amounts_holds_only_where_they_are_equal() -> None:
    assert phase("ruled", status="GONE", due="9.90", paid=9.9).phase == "part_shipped"
    assert phase("ruled", status="GONE", due="9.90", paid="9.91").phase == "shipped"
    assert phase("ruled", status="GONE", paid="9.90").phase == "shipped"
    assert phase("ruled", status="GONE").phase == "shipped", "nothing equals nothing"


def test_an_unknown_code_in_a_field_of_an_exception_parks_the_phase() -> None:
    read = phase("ruled", status="NEW", gate=7)
    assert (read.phase, read.unknown) == ("unknown", (("gate", "7"),))


@pytest.mark.parametrize(
    ("codes", "derived"),
    [
        ("N", "to_ship"),
        ("N N", "to_ship"),
        ("N G", "part_shipped"),
        ("U G", "part_shipped"),
        ("P G", "part_shipped"),
        ("P", "part_shipped"),
        ("G S", "shipped"),
        ("S F", "signed"),
        ("F F", "finished"),
        ("H N", "hold"),
        ("U N", "unpaid"),
        ("C N", "to_ship"),
        ("C G", "shipped"),
        ("C F", "finished"),
        ("C C", "closed"),
        ("C N G", "part_shipped"),
    ],
)
def test_without_a_lead_the_parts_give_the_phase_and_closed_ones_do_not_count(
    codes: str, derived: str
) -> None:
    read = phase("plain", lines=lines(*codes.split()))
    assert (read.phase, read.unknown) == (derived, ())
    assert read.raw_code == ",".join(dict.fromkeys(codes.split()))


@pytest.mark.parametrize("code", ["X", "ALL"])
def test_one_unknown_part_makes_the_whole_unknown(code: str) -> None:
    read = phase("plain", lines=lines("N", code, code))
    assert (read.phase, read.raw_code, read.unknown) == ("unknown", f"N,{code}", (("lines", code),))


def test_a_lead_decides_over_the_parts() -> None:
    assert phase("plain", status="NEW", lines=lines("G")).phase == "to_ship"


@pytest.mark.parametrize(
    ("code", "standard", "done"),
    [
        ("NO", None, False),
        ("", None, False),
        ("ASKED", "pending", False),
        ("YES", "refundable", False),
        ("REFUSED", "not_refundable", False),
        ("PAID", "not_refundable", True),
        ("ODD", "pending", False),
    ],
)
def test_a_refund_code_gives_its_standard(code: str, standard: str | None, done: bool) -> None:
    read = refund("plain", refund=code)
    assert (read.standard, read.done, read.proofs, read.unknown) == (standard, done, (), ())


def test_a_refund_keeps_every_code_that_was_said() -> None:
    assert refund("plain", refund="ASKED", gate=1).codes == {"refund": "ASKED", "gate": "1"}
    assert refund("plain", old_refund="ASKED").standard == "pending"


@pytest.mark.parametrize(
    "item",
    [{"refund": "STRANGE"}, {"refund": "ALL"}, {"refund": "YES", "gate": 9}, {"refund": "PAID", "gate": 9}],
)
def test_an_unknown_code_in_any_field_parks_the_refund(item: dict[str, Any]) -> None:
    read = refund("plain", **item)
    assert (read.standard, read.done) == ("pending", False)
    assert len(read.unknown) == 1


def test_a_lead_line_decides_instead_of_the_table() -> None:
    assert refund("ruled", refund="NO", gate=1).standard == "pending"
    assert refund("ruled", refund="NO", gate=2).standard is None


def test_a_raise_waits_for_one_of_its_proofs_and_those_of_several_lines_add_up() -> None:
    assert refund("ruled", refund="ASKED", status="NEW").proofs == ("not_shipped",)
    assert refund("ruled", refund="ASKED", status="NEW").standard == "pending"
    assert refund("ruled", refund="ASKED", status="NEW", gate=1).proofs == ("not_shipped", "goods_counted")


def test_a_raise_without_proofs_makes_it_refundable_at_once() -> None:
    read = refund("ruled", refund="ASKED", status="NEW", gate=2)
    assert (read.standard, read.proofs) == ("refundable", ())


def test_a_raise_touches_only_what_is_pending() -> None:
    assert refund("ruled", refund="NO", status="NEW").standard is None
    for code, gate in (("REFUSED", 2), ("YES", 2), ("REFUSED", 3), ("PAID", 3)):
        read = refund("ruled", refund=code, status="NEW", gate=gate)
        assert (read.standard, read.proofs) == (refund("plain", refund=code).standard, ())


def test_a_lower_comes_last_and_overrides_all_but_none_and_refunded() -> None:
    for code in ("ASKED", "YES", "REFUSED"):
        assert refund("ruled", refund=code, status=0, gate=2).standard == "not_refundable"
        lowered = refund("ruled", refund=code, status="GONE")
        assert (lowered.standard, lowered.done) == ("not_refundable", True)
    assert refund("ruled", refund="NO", status=0).standard is None
    assert refund("ruled", refund="PAID", status=0).done
    assert refund("ruled", refund="ASKED", status="NEW").proofs, "a line that does not fit lowers nothing"


FAMILY = {"parent": r"(\d)\d\d", "at": "c", "kind": "track"}


@pytest.mark.parametrize(
    ("means", "word"),
    [
        ({"201": "shipped", "202": "shipped+problem"}, "shipped"),
        ({"201": "shipped", "202": "signed"}, None),
        ({"201": "shipped", "2": "shipped+stalled"}, "shipped"),
        ({"201": "shipped", "2": "signed"}, None),
        ({"301": "shipped", "2": "shipped"}, None),
        ({"201": "shipped", "202": "unknown"}, "shipped"),
    ],
)
def test_an_unknown_child_has_what_its_whole_family_shares(means: dict[str, str], word: str | None) -> None:
    code = Code("c", CodeTable.model_validate({**FAMILY, "means": means}), VALUES)
    assert code.family_word("299") == word
    assert code.family_word("2999") is None
    assert (code.family("299"), code.family("2")) == ("2", None)


def test_without_a_pattern_there_are_no_families() -> None:
    assert CODES["status"].family_word("NEW_1") is None
