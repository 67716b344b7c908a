"""The orders of a SKU and its on-time rate: both sides of the target, and no data where none is settled."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest

from dashboard.queries.chosen import EVERYTHING, Chosen
from dashboard.queries.sku_orders import OnTime, SkuOrder
from dashboard.view_models.lists import csv_of
from dashboard.view_models.scopes import scope_note
from dashboard.view_models.sku_orders import COLUMNS, on_time_facts, sku_order_records, sku_order_table
from dashboard.words import Words

WORDS = Words("en", "Asia/Shanghai")
NOW = datetime(2026, 11, 11, 8, 0, tzinfo=UTC)


def row(**changes: Any) -> SkuOrder:
    base: dict[str, Any] = {"order_id": "O1", "platform": "jd", "shop": "east", "stage": "to_ship"}
    base |= {"overdue": False, "at_risk": False, "promise": "ship", "deadline_at": NOW, "seconds_left": 60}
    return SkuOrder.model_validate(base | {"ordered_at": NOW, "units": 2, "in_bundle": False} | changes)


@pytest.mark.parametrize(
    ("kept", "broken", "light", "told", "note"),
    [
        (92, 8, "green", "92.0 %", "target 92 %"),
        (919, 81, "yellow", "91.9 %", "target 92 %"),
        (30, 0, "green", "100.0 %", "target 92 %"),
        (29, 0, "green", "100.0 %", "target 92 % · small sample, n = 29"),
        (0, 1, "yellow", "0.0 %", "target 92 % · small sample, n = 1"),
    ],
)
def test_the_rate_stands_beside_its_target_and_numbers(
    kept: int, broken: int, light: str, told: str, note: str
) -> None:
    facts = on_time_facts(OnTime(kept=kept, broken=broken), "TEA", Chosen("jd", "east", "7d"), "7 d", WORDS)
    cells = dict(facts.pairs)
    rate = cells["On-time rate"]
    assert (rate.text, rate.light, rate.note, facts.note) == (told, light, note, "7 d")
    assert (cells["Promise kept"].text, cells["Promise broken"].text) == (f"{kept:,}", f"{broken:,}")
    behind = "orders?set=broken&sku=TEA&platform=jd&warehouse=east&window=7d"
    assert cells["Promise broken"].link == behind


@pytest.mark.parametrize("found", [None, OnTime()])
def test_without_a_settled_promise_there_is_no_data_and_no_zero(found: OnTime | None) -> None:
    ((name, cell),) = on_time_facts(found, "TEA", EVERYTHING, "", WORDS).pairs
    assert (name, cell.text, cell.light) == ("On-time rate", "no data", "grey")


def test_each_order_leads_to_its_story_with_step_and_deadline() -> None:
    late = row(overdue=True, seconds_left=-60, in_bundle=True)
    table = sku_order_table([late, row(at_risk=True), row(seconds_left=None, deadline_at=None)], WORDS)
    assert [cells[0].text for cells in table.rows] == ["Overdue", "At risk", "promise open"]
    assert [cells[0].light for cells in table.rows] == ["red", "yellow", ""]
    first = dict(zip(COLUMNS, table.rows[0], strict=True))
    assert first["order"].link == "order?order=O1"
    assert (first["stage"].text, first["left"].text) == ("to ship", "1 min 00 s over")
    assert (first["needed"].text, first["deadline"].text) == ("2 (in a bundle)", "2026-11-11 16:00:00")
    assert [cells[7].text for cells in table.rows[1:]] == ["1 min 00 s left", "–"]


def test_the_file_has_zoned_times_and_no_live_formula() -> None:
    written = csv_of(COLUMNS, sku_order_records([row(shop="=1+1")], WORDS), WORDS)
    assert written.startswith(b"\xef\xbb\xbf")
    head, line = csv.reader(io.StringIO(written.decode("utf-8-sig"), newline=""))
    told = dict(zip(head, line, strict=True))
    assert (told["Shop"], told["Deadline"], told["Pieces"]) == ("'=1+1", "2026-11-11T16:00:00+08:00", "2")


@pytest.mark.parametrize(
    ("chosen", "obeyed", "told"),
    [
        (Chosen(), (), ""),
        (Chosen("jd"), ("platform",), "JD"),
        (Chosen("jd"), (), "not filtered by platform"),
        (Chosen("jd", "-", "7d"), ("warehouse",), "not named yet · not filtered by platform, period"),
        (Chosen(window="1h"), ("window", "platform"), "1 h"),
    ],
)
def test_a_card_says_what_it_is_narrowed_to_and_what_it_does_not_obey(
    chosen: Chosen, obeyed: tuple[str, ...], told: str
) -> None:
    assert scope_note(chosen, WORDS, *obeyed) == told
