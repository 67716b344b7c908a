"""The at-risk list on the screen and as a file."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

from dashboard.queries.board import AtRiskList, AtRiskRow, Within, read_at_risk, read_board
from dashboard.view_models.lists import COLUMNS, csv_file, csv_name, list_line, table_rows
from dashboard.words import Words

WORDS = Words("en", "Asia/Shanghai")
ROW: dict[str, Any] = {
    "order_id": "TM1",
    "platform": "tmall",
    "shop": "旗舰店",
    "phase": "not_shipped",
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


def test_the_file_opens_in_excel_with_zoned_times_and_without_live_formulas() -> None:
    starts = ("=1+1", "+1", "-1", "@x", "\tx", "plain")
    written = csv_file([row(shop=shop) for shop in starts], WORDS)
    assert written.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(written.decode("utf-8-sig"), newline="")))
    assert len(lines[0]) == len(COLUMNS)
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
