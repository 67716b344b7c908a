"""The page of one SKU through Streamlit's own test runner: every state that it can be in."""

import csv
import io
from typing import Any

import pytest
from fake_board import FakeReader
from fake_skus import EVERY, FINE, ORDERS, STOPPED
from pages import blocks, column, components, look_again, opened, texts

from dashboard.queries.sku import (
    DEVIATIONS_SQL,
    PLACES_SQL,
    RESERVATIONS_SQL,
    SKUS_SQL,
    SUSPENSIONS_SQL,
    Sku,
)
from dashboard.queries.sku_orders import ON_TIME_SQL, SKU_ORDERS_SQL
from dashboard.view_models.lists import csv_of
from dashboard.view_models.sku import FILE_COLUMNS, list_records
from dashboard.words import Words

EMPTY: dict[str, Any] = {name: [] for name in EVERY}


def facts(block: dict[str, Any]) -> dict[str, str]:
    return {name: cell["text"] for name, cell in block["pairs"]}


def test_the_list_leads_to_each_sku_and_can_show_one_light_only(store: FakeReader) -> None:
    listed = blocks(opened("sku"))["skus"]
    assert [row[1]["link"] for row in listed["rows"]] == [
        "sku?sku=K-stopped",
        "sku?sku=K-new",
        "sku?sku=K-fine",
    ]
    assert column(listed, 7) == ["sold out · stock in east deviates", "–", "–"]
    assert column(blocks(opened("sku", light="grey"))["skus"], 1) == ["K-new"]
    store.state = {"skus": EMPTY}
    assert blocks(look_again(opened("sku")))["skus"]["empty"] == "No SKU is known yet."


def test_the_list_says_how_many_it_leaves_out_and_offers_a_file_of_all(store: FakeReader) -> None:
    page = opened("sku")
    assert "3 in all · as of" in texts(page)
    assert [one.proto.label for one in page.get("download_button")] == ["CSV"]
    store.state = {"skus": {"skus": [FINE | {"total": 1340}]}}
    assert "showing 1 of 1,340" in texts(look_again(opened("sku")))
    store.state = {"skus": EMPTY}
    assert not look_again(opened("sku")).get("download_button")


def test_the_file_of_skus_says_unknown_and_no_data_where_the_screen_does() -> None:
    words = Words("en", "Asia/Shanghai")
    rows = [Sku.model_validate(row) for row in EVERY["skus"]]
    rows[1] = rows[1].model_copy(update={"velocity_per_h": None})
    text = csv_of(FILE_COLUMNS, list_records(rows, words), words).decode("utf-8-sig")
    _, stopped, uncounted, fine = csv.reader(io.StringIO(text, newline=""))
    assert stopped == [
        "Alarm",
        "K-stopped",
        "120",
        "20",
        "'-3",
        "2.5",
        "38.0",
        "sold out · stock in east deviates",
    ]
    assert uncounted == ["Unknown", "K-new", "unknown", "20", "unknown", "no data", "no data", "–"]
    assert fine[0] == "Good"


def test_what_nobody_knows_is_said_to_be_unknown(store: FakeReader) -> None:
    page = opened("sku", sku=" K-0 ")
    assert "Nothing is known of SKU K-0." in texts(page)
    assert list(blocks(page)) == ["fresh"]


def test_without_a_count_every_figure_is_unknown_and_none_is_zero(store: FakeReader) -> None:
    store.state = {"skus": EMPTY | {"skus": EVERY["skus"]}}
    parts = blocks(opened("sku", sku="K-new"))
    assert parts["sku"]["light"] == "grey"
    assert parts["sku"]["text"] == "It was never counted, so nothing is known."
    told = facts(parts["figures"])
    assert {told[name] for name in ("On hand", "Sellable", "Available")} == {"unknown"}
    assert told["Cover"] == "no data"
    assert [parts[name]["empty"] for name in ("places", "moved", "apart")] == ["no data"] * 3
    assert [parts[name]["steps"] for name in ("moved", "apart")] == [[], []]


@pytest.mark.parametrize(
    ("lang", "why"),
    [("en", "sold out · stock in east deviates"), ("zh-CN", "已售罄 · 仓库 east 库存有偏差")],
)
def test_a_suspended_sku_says_since_when_why_and_who_has_not_carried_it_out(
    store: FakeReader, lang: str, why: str
) -> None:
    parts = blocks(opened("sku", sku="K-stopped", lang=lang))
    assert parts["sku"]["light"] == "red"
    assert "2026-11-11 13:30:00 (UTC+8)" in parts["sku"]["text"]
    assert why in parts["sku"]["text"]
    assert column(parts["suspensions"], 3)[0] == why
    waiting, done = (row[4] for row in parts["suspensions"]["rows"])
    assert (waiting["light"], done.get("light", "")) == ("yellow", "")
    assert done["text"] == "2026-11-11 12:30:00"
    assert dict(parts["figures"]["pairs"])["Available" if lang == "en" else "可用"]["light"] == "red"


def test_orders_beyond_what_is_there_are_red_although_it_is_for_sale(store: FakeReader) -> None:
    store.state = {"skus": {"skus": [FINE | {"oversold": 3, "light": "red"}]}}
    standing = blocks(opened("sku", sku="K-fine"))["sku"]
    assert (standing["light"], standing["text"]) == ("red", "3 orders are beyond what is there.")


def test_a_count_that_has_aged_is_trusted_less_and_a_silent_house_not_at_all(store: FakeReader) -> None:
    places = blocks(opened("sku", sku="K-stopped"))["places"]
    assert column(places, 4) == ["96 %", "25 %", "–"]
    fresh, aged, silent = places["rows"]
    assert (fresh[3]["text"], fresh[3]["light"]) == ("-6", "red")
    assert (aged[2]["note"], aged[3]["light"]) == ("2026-11-10 21:30:00", "green")
    assert (silent[0]["note"], silent[2]["text"]) == ("count aged · held back", "unknown")
    assert (silent[3]["text"], silent[3]["light"]) == ("unknown", "grey")


@pytest.mark.parametrize(("apart", "light"), [(5, "yellow"), (-5, "yellow"), (6, "red"), (-6, "red")])
def test_a_deviation_is_red_from_six_pieces_on(store: FakeReader, apart: int, light: str) -> None:
    store.state = {"skus": {"places": [EVERY["places"][0] | {"deviation": apart}]}}
    assert blocks(opened("sku", sku="K-stopped"))["places"]["rows"][0][3]["light"] == light


def test_the_windows_are_charts_oldest_first_and_one_without_a_count_is_a_gap(store: FakeReader) -> None:
    page = opened("sku", sku="K-stopped")
    parts = blocks(page)
    moved, apart = parts["moved"], parts["apart"]
    assert moved["steps"] == ["10:30", "13:30", "14:30"]
    assert {line["name"]: line["values"] for line in moved["lines"]}["sold"] == [2.0, 7.0, 4.0]
    assert apart["lines"][0]["values"] == [0.0, None, 6.0]
    assert (apart["target"], apart["target_word"]) == (5, "limit 5")
    page.segmented_control(key="length").set_value("5m").run()
    moved = blocks(page)["moved"]
    assert (moved["note"], moved["steps"], moved["lines"][0]["values"]) == ("5 min", ["14:30"], [3.0])


def test_a_part_that_cannot_be_read_greys_alone(store: FakeReader) -> None:
    store.state = {"away": ["v_sku_windows"]}
    parts = blocks(opened("sku", sku="K-stopped"))
    assert "ConnectionError" in parts["moved"]["problem"]
    assert parts["places"]["problem"] == ""
    assert parts["sku"]["light"] == "red"


def test_without_the_store_nothing_is_green(store: FakeReader) -> None:
    store.state = {"away": ["everything"]}
    page = opened("sku", sku=STOPPED["sku"])
    assert "ConnectionError" in texts(page)
    assert components(page) == []


def test_the_open_orders_that_need_it_lead_to_their_stories_and_can_be_had_as_a_file(
    store: FakeReader,
) -> None:
    page = opened("sku", sku="K-fine")
    listed = blocks(page)["sku_orders"]
    assert column(listed, 0) == ["Overdue", "At risk", "promise open"]
    assert [row[1]["link"] for row in listed["rows"]] == [
        "order?order=N0",
        "order?order=N1",
        "order?order=N2",
    ]
    assert "3 in all · as of" in texts(page)
    assert [one.proto.label for one in page.get("download_button")] == ["CSV"]
    store.state = {"skus": {"orders": [ORDERS[0] | {"total": 1340}]}}
    assert "showing 1 of 1,340" in texts(look_again(page))
    store.state = {"skus": {"orders": []}}
    page = look_again(page)
    assert blocks(page)["sku_orders"]["empty"] == "No open order needs it."
    assert not page.get("download_button")


def test_the_on_time_rate_has_its_numbers_and_without_any_no_data(store: FakeReader) -> None:
    told = blocks(opened("sku", sku="K-fine"))["on_time"]
    assert facts(told) == {"On-time rate": "92.0 %", "Promise kept": "92", "Promise broken": "8"}
    assert told["note"] == "All"
    store.state = {"skus": {"on_time": [{"kept": 0, "broken": 0}]}}
    assert facts(blocks(look_again(opened("sku", sku="K-fine")))["on_time"]) == {"On-time rate": "no data"}


def test_what_makes_it_run_out_stands_largest_first_and_leaves_nothing_out(store: FakeReader) -> None:
    told = blocks(opened("sku", sku="K-stopped"))["drivers"]
    assert [(one["label"], one["value"]) for one in told["bars"]][:3] == [
        ("Orders on JD", "-60 · 50 %"),
        ("Transferred away: east", "-24 · 20 %"),
        ("Held back, its count aged: west", "-15 · 12 %"),
    ]
    assert [(one["label"], one["value"]) for one in told["bars"]][-3:] == [
        ("Transferred in: west", "+24"),
        ("Orders called off on Tmall", "+2"),
        ("Ledger corrected up: east", "+2"),
    ]
    assert (len(told["bars"]), told["note"]) == (10, "nothing is left now")
    store.state = {"skus": {"drivers": []}}
    assert blocks(look_again(opened("sku", sku="K-fine")))["drivers"]["empty"] == (
        "Nothing took stock in the last 24 h."
    )
    assert (
        blocks(opened("sku", sku="K-new"))["drivers"]["empty"] == "It was never counted, so nothing is known."
    )


def test_drivers_that_cannot_be_read_are_no_data_and_not_nothing(store: FakeReader) -> None:
    store.state = {"away": ["v_sku_drivers"]}
    told = blocks(opened("sku", sku="K-fine"))["drivers"]
    assert (told["bars"], told["empty"]) == ([], "no data")
    assert "ConnectionError" in told["problem"]


def test_every_part_obeys_the_filters_or_says_which_it_does_not(store: FakeReader) -> None:
    page = opened("sku", sku="K-fine", platform="jd", warehouse="east", window="7d")
    notes = {
        name: block["note"]
        for name, block in blocks(page).items()
        if name not in ("fresh", "sku", "sku_orders", "chips")
    }
    assert notes == {
        "figures": "as of 2026-11-11 15:30:00 · not filtered by platform, warehouse, period",
        "on_time": "JD · east · 7 d",
        "drivers": "at this pace nothing is left at 11-13 05:30 (UTC+8)"
        " · not filtered by platform, warehouse, period",
        "places": "east · not filtered by platform, period",
        "reservations": "JD · not filtered by warehouse, period",
        "moved": "1 h · not filtered by platform, warehouse, period",
        "apart": "1 h · not filtered by platform, warehouse, period",
        "deviations": "east · 7 d · not filtered by platform",
        "suspensions": "JD · 7 d · not filtered by warehouse",
    }
    assert "3 in all · JD · east · not filtered by period · as of" in texts(page)
    assert not [
        note
        for block in blocks(opened("sku", sku="K-fine")).values()
        if "not fil" in (note := block.get("note", ""))
    ]


def test_the_filters_reach_the_store_and_narrow_the_list_of_skus(
    store: FakeReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}
    answer = store.rows
    monkeypatch.setattr(
        store, "rows", lambda sql, told: (asked.update({sql: dict(told)}), answer(sql, told))[1]
    )
    opened("sku", sku="K-fine", platform="jd", warehouse="-", window="7d")
    wanted = {"platform": "jd", "warehouse": "-", "seconds": 604_800}
    for sql in (SKU_ORDERS_SQL, ON_TIME_SQL, PLACES_SQL, RESERVATIONS_SQL, DEVIATIONS_SQL, SUSPENSIONS_SQL):
        assert wanted.items() <= asked[sql].items()
    page = opened("sku", platform="jd", warehouse="east", window="7d")
    assert asked[SKUS_SQL] | wanted | {"warehouse": "east"} == asked[SKUS_SQL]
    assert "3 in all · JD · east · not filtered by period · as of" in texts(page)
