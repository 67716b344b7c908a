"""The at-risk list on the screen and as a file."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

from dashboard.blocks import Cell
from dashboard.queries.board import AtRiskList, AtRiskRow, Within, read_at_risk, read_board
from dashboard.view_models.lists import (
    COLUMNS,
    FILE_COLUMNS,
    at_risk_table,
    csv_file,
    csv_name,
    list_line,
    table_rows,
)
from dashboard.words import Words

WORDS = Words("en", "Asia/Shanghai")
ROW: dict[str, Any] = {
    "order_id": "TM1",
    "platform": "tmall",
    "shop": "旗舰店",
    "warehouses": ["east"],
    "stage": "to_ship",
    "phase": "not_shipped",
    "skus": ["TEA"],
    "in_step_s": 3600,
    "overdue": False,
    "deadline_at": datetime(2026, 11, 11, 4, 0),  # noqa: DTZ001 - as some drivers give it
    "seconds_left": 60,
    "promise": "ship",
}


class Asked:
    """Remembers the question, answers with fixed rows."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.answer = rows
        self.parameters: dict[str, Any] = {}

    def rows(self, _sql: str, parameters: Any) -> list[dict[str, Any]]:
        self.parameters = dict(parameters)
        return self.answer


def row(**changes: Any) -> AtRiskRow:
    return AtRiskRow.model_validate(ROW | changes)


def test_a_cut_list_says_how_many_there_are() -> None:
    assert list_line(AtRiskList(rows=(row(),) * 200, total=1340), WORDS) == "showing 200 of 1,340, late first"
    assert list_line(AtRiskList(rows=(row(),) * 200, total=200), WORDS) == "200 in all, late first"


def test_the_store_says_what_is_overdue_and_a_missing_deadline_is_a_dash() -> None:
    late = {"overdue": True, "seconds_left": 0}
    lost = {"overdue": True, "seconds_left": None, "deadline_at": None}
    cells = table_rows([row(seconds_left=0), row(**late), row(**lost)], WORDS)
    assert [cell["status"] for cell in cells] == ["At risk", "Overdue", "Overdue"]
    assert [cell["left"] for cell in cells] == ["0 s left", "0 s over", "–"]
    assert cells[2]["deadline"] is None
    assert b"None" not in csv_file([row(**lost)], WORDS)


def cells(name: str, **changes: Any) -> Cell:
    return at_risk_table([row(**changes)], WORDS).rows[0][COLUMNS.index(name)]


def test_the_time_in_a_stage_is_no_data_when_unknown_and_never_zero() -> None:
    assert cells("in_step", in_step_s=None) == Cell("no data")
    assert cells("in_step", in_step_s=0) == Cell("0 s", sort=0)
    assert cells("in_step", in_step_s=7500) == Cell("2 h 05 min", sort=7500)
    assert "no data" in csv_file([row(in_step_s=None)], WORDS).decode()


def test_the_list_names_warehouses_stage_and_the_first_sku() -> None:
    assert cells("warehouse", warehouses=["east", "west"]).text == "east, west"
    assert cells("warehouse", warehouses=[]).text == "not named yet"
    assert cells("stage", stage="under_way").text == "under way"
    assert cells("sku", skus=[]) == Cell("not told")
    assert cells("sku", skus=["TEA"]) == Cell("TEA", "sku?sku=TEA")
    assert cells("sku", skus=["MUG", "TEA", "POT"]) == Cell("MUG +2", "sku?sku=MUG")
    assert "MUG, TEA, POT" in csv_file([row(skus=["MUG", "TEA", "POT"])], WORDS).decode()


def test_the_file_opens_in_excel_with_zoned_times_and_without_live_formulas() -> None:
    starts = ("=1+1", "+1", "-1", "@x", "\tx", "plain")
    written = csv_file([row(shop=shop) for shop in starts], WORDS)
    assert written.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(written.decode("utf-8-sig"), newline="")))
    assert len(lines[0]) == len(FILE_COLUMNS)
    shops = [line[COLUMNS.index("shop")] for line in lines[1:]]
    assert shops == ["'=1+1", "'+1", "'-1", "'@x", "'\tx", "plain"]
    assert lines[1][COLUMNS.index("deadline")] == "2026-11-11T12:00:00+08:00"


def test_the_file_name_carries_shop_and_moment() -> None:
    name = csv_name(datetime(2026, 11, 11, 4, 0, tzinfo=UTC), "a/b 店", WORDS)
    assert name == "orders-to-act-on_a-b-店_20261111T120000+0800.csv"


def test_the_filter_and_the_cap_go_to_the_store_as_parameters() -> None:
    store = Asked([ROW | {"total": 7}])
    found = read_at_risk(store, Within(shop="x'; DROP", warehouse="east"), 50)
    assert store.parameters == {"shop": "x'; DROP", "platform": "", "warehouse": "east", "cap": 50}
    assert (found.total, len(found.rows)) == (7, 1)
    assert found.rows[0].deadline_at.tzinfo is UTC


def test_a_store_without_a_board_row_is_no_data() -> None:
    assert read_board(Asked([])) is None
