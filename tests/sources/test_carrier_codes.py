"""Every code of platforms.md sections 6 to 8 and of our own contracts, read a second time, by hand."""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.rules.adapters import shipped_adapters
from schemas.logistics import WaybillTracked
from schemas.order import OrderReported
from schemas.raw import RawHeaders

CODES = Path(__file__).parent / "codes"
ADAPTERS = shipped_adapters()
AT = "2026-03-01 12:00:00"
TABLE = {"kuaidi100": "state", "kdniao": "StateEx", "aftership": "subtag"}
CARRIERS = tuple(TABLE)
SHOPS = {"cs": ("order", "status", "updated_at"), "app": ("view", "shown", "at")}


def body(source: str, state: str, entry: str, text: str = "某事") -> bytes:
    """A query's reply of one entry; "" leaves a code out."""
    match source:
        case "kuaidi100":
            told: Any = {
                "nu": "W1",
                "com": "x",
                "state": state,
                "data": [{"ftime": AT, "context": text, "statusCode": entry}],
            }
        case "kdniao":
            told = {
                "EBusinessID": "1",
                "LogisticCode": "W1",
                "StateEx": state,
                "Traces": [{"AcceptTime": AT, "AcceptStation": text, "Action": entry}],
            }
        case _:
            told = {
                "data": {
                    "tracking_number": "W1",
                    "subtag": state,
                    "checkpoints": [{"checkpoint_time": AT, "message": text, "subtag": entry}],
                }
            }
    return json.dumps(told).encode()


def tracked(
    source: str, state: str, entry: str, text: str = "某事"
) -> tuple[WaybillTracked, tuple[tuple[str, str], ...]]:
    understood = ADAPTERS[source].read(body(source, state, entry, text), RawHeaders(source, "", 1, "d"))
    [fact] = understood.facts
    assert isinstance(fact, WaybillTracked)
    return fact, understood.unknown


def document(source: str) -> dict[str, Any]:
    return tomllib.loads((CODES / f"{source}.toml").read_text(encoding="utf-8"))


def documented() -> Iterator[tuple[str, str, str, str]]:
    for source in CARRIERS:
        for phase, flags, codes in document(source)["says"]:
            yield from ((source, code, phase, flags) for code in codes.split())


def undocumented() -> Iterator[tuple[str, str, str]]:
    for source in CARRIERS:
        for phase, codes in document(source)["unknown"]:
            yield from ((source, code, phase) for code in codes.split())


@pytest.mark.parametrize(("source", "code", "phase", "flags"), list(documented()))
def test_a_code_means_what_platforms_md_says_as_a_state_and_in_an_entry(
    source: str, code: str, phase: str, flags: str
) -> None:
    for state, entry in ((code, ""), ("", code), (code, code)):
        fact, unknown = tracked(source, state, entry)
        assert (fact.phase, fact.flags, fact.raw_code) == (phase, tuple(flags.split()), code)
        assert unknown == ()
        assert (fact.signed_at is not None) == (phase == "signed")


@pytest.mark.parametrize(("source", "code", "phase", "flags"), list(documented()))
def test_an_entry_is_a_first_scan_unless_it_waits_ends_or_says_that_nothing_was_heard(
    source: str, code: str, phase: str, flags: str
) -> None:
    is_scan = phase in ("shipped", "signed") and flags != "stalled"
    assert (tracked(source, "", code)[0].first_scan_at is not None) == is_scan


@pytest.mark.parametrize(("source", "code", "phase"), list(undocumented()))
def test_an_unknown_code_is_parked_and_has_its_familys_phase_only_if_the_family_agrees(
    source: str, code: str, phase: str
) -> None:
    for state, entry in ((code, ""), ("", code), (code, code)):
        fact, unknown = tracked(source, state, entry)
        assert (fact.phase, fact.raw_code) == (phase, code)
        assert unknown == ((TABLE[source], code),)


@pytest.mark.parametrize("source", CARRIERS)
def test_a_table_holds_the_documented_codes_and_no_other(source: str) -> None:
    mine = {code for name, code, _, _ in documented() if name == source}
    assert set(ADAPTERS[source].codes[TABLE[source]].means) == mine


@pytest.mark.parametrize("source", ["kuaidi100", "kdniao"])
@pytest.mark.parametrize("text", ["已由驿站代收", "已放入丰巢柜，请及时取件", "请到自提点取件"])
def test_a_bare_three_whose_text_names_a_place_is_at_a_station_and_not_signed(source: str, text: str) -> None:
    for state, entry in (("3", ""), ("", "3"), ("3", "3")):
        fact, _ = tracked(source, state, entry, text)
        assert (fact.phase, fact.flags, fact.signed_at) == ("shipped", ("station",), None)


def test_picked_up_at_kuaidi100_covers_parcels_still_to_be_picked_up_so_the_text_decides() -> None:
    for state, entry in (("1", ""), ("", "1")):
        assert tracked("kuaidi100", state, entry, "等待揽收")[0].phase == "to_ship"
        assert tracked("kuaidi100", state, entry, "等待揽收")[0].first_scan_at is None
        assert tracked("kuaidi100", state, entry, "已揽收")[0].first_scan_at is not None
    assert tracked("kdniao", "1", "", "等待揽收")[0].phase == "shipped", "Kdniao's 1 is a first scan"


@pytest.mark.parametrize(
    ("code", "kuaidi100", "kdniao"),
    [
        ("0", ("shipped", ()), ("to_ship", ())),
        ("2", ("shipped", ("problem",)), ("shipped", ())),
        ("4", ("closed", ("returning",)), ("shipped", ("problem",))),
        ("5", ("shipped", ()), ("shipped", ("forwarded",))),
        ("6", ("shipped", ("returning",)), ("shipped", ("customs",))),
        ("304", ("shipped", ("station",)), ("signed", ("proxy",))),
        ("401", ("closed", ()), ("to_ship", ())),
    ],
)
def test_the_same_digits_mean_something_else_at_the_other_aggregator(
    code: str, kuaidi100: tuple[str, tuple[str, ...]], kdniao: tuple[str, tuple[str, ...]]
) -> None:
    for source, expected in (("kuaidi100", kuaidi100), ("kdniao", kdniao)):
        fact, _ = tracked(source, code, "")
        assert (fact.phase, fact.flags) == expected


def shop_says(source: str, word: str) -> tuple[OrderReported, tuple[tuple[str, str], ...]]:
    kind, field, at = SHOPS[source]
    told = {"kind": kind, "order_id": "A-1", "shop": "s", "platform": "jd", field: word, at: AT}
    understood = ADAPTERS[source].read(json.dumps(told).encode(), RawHeaders(source, "", 1, "d"))
    [fact] = understood.facts
    assert isinstance(fact, OrderReported)
    return fact, understood.unknown


@pytest.mark.parametrize("source", list(SHOPS))
def test_a_word_of_our_own_contract_means_what_its_page_says(source: str) -> None:
    cases = document(source)
    for phase, words in cases["says"]:
        for word in words.split():
            fact, unknown = shop_says(source, word)
            assert (fact.phase, fact.reporter, fact.platform, unknown) == (phase, source, "jd", ())
    for word in cases["unknown"].split():
        fact, unknown = shop_says(source, word)
        assert (fact.phase, unknown) == ("unknown", ((SHOPS[source][1], word),))
    said = {word for _, words in cases["says"] for word in words.split()}
    assert set(ADAPTERS[source].codes[SHOPS[source][1]].means) == said
