"""Error cells of Excel (#N/A, #VALUE!) are text, as in a CSV: no promise vanishes by one."""

import re
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest

from pipeline.domain.mapping import load_mapping
from pipeline.importer import FileRefused, check
from pipeline.importer.readers import open_file

MAPPING = load_mapping(
    """
name = "shop"
zone = "Asia/Shanghai"
[file]
sheet = "订单"
[order]
id = "订单编号"
[times]
ordered_at = "下单时间"
outbound_at = "发货时间"
[promise.ship]
column = "承诺发货时间"
by = "timestamp"
""".encode()
)
ROWS = (
    ["订单编号", "下单时间", "承诺发货时间", "发货时间", "备注"],
    ["A1", "2026-03-05", "#N/A", "2026-03-09", "x"],
    ["A2", "2026-03-05", "2026-03-06", "2026-03-05 08:00", "#REF!"],
    [None, None, None, None, None],
    ["#VALUE!", "2026-03-05", None, None, None],
    ["A3", "2026-03-05", "2026-03-06", "#DIV/0!", None],
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A workbook whose first sheet has errors, too."""
    book = openpyxl.Workbook()
    book.active.append(["#NUM!", "not this sheet"])  # type: ignore[union-attr]
    sheet = book.create_sheet("订单")
    for cells in ROWS:
        sheet.append(cells)
    book.save(tmp_path / "orders.xlsx")
    return tmp_path / "orders.xlsx"


def rewritten(path: Path, change: Callable[[str], str]) -> Path:
    """Return a workbook whose second sheet is written in another way."""
    other = path.with_name("other.xlsx")
    with ZipFile(path) as old, ZipFile(other, "w") as new:
        for name in old.namelist():
            text = old.read(name).decode()
            new.writestr(name, change(text) if name.endswith("sheet2.xml") else text)
    return other


def test_error_cells_are_text_and_lines_and_columns_stay(path: Path) -> None:
    assert [(row.line, *row.cells.values()) for row in open_file(path, MAPPING).rows()] == [
        (2, "A1", "2026-03-05", "#N/A", "2026-03-09", "x"),
        (3, "A2", "2026-03-05", "2026-03-06", "2026-03-05 08:00", "#REF!"),
        (5, "#VALUE!", "2026-03-05", "", "", ""),
        (6, "A3", "2026-03-05", "2026-03-06", "#DIV/0!", ""),
    ]


def test_an_error_cell_makes_its_row_unreadable_where_the_mapping_reads_it(path: Path) -> None:
    summary = check([path], MAPPING).summary
    assert (summary.imported, summary.unreadable) == (1, 3)
    assert [(problem.line, problem.reason.split(" in any of")[0]) for problem in summary.errors] == [
        (2, 'column "承诺发货时间": "#N/A" is no time'),
        (5, 'column "订单编号": "#VALUE!" is an error of the spreadsheet, no order number'),
        (6, 'column "发货时间": "#DIV/0!" is no time'),
    ]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: re.sub(r' r="[A-Z]*\d+"', "", text),
        lambda text: re.sub(r"<(/?)(?=[a-z])", r"<\1x:", text).replace("xmlns=", "xmlns:x="),
        lambda text: text.replace('t="e"', "t = 'e'"),
    ],
    ids=["no references", "prefixes", "other quotes"],
)
def test_error_cells_are_found_however_the_sheet_is_written(path: Path, change: Callable[[str], str]) -> None:
    plain = list(open_file(path, MAPPING).rows())
    assert list(open_file(rewritten(path, change), MAPPING).rows()) == plain


def test_a_sheet_that_breaks_off_is_refused_and_not_half_read(path: Path) -> None:
    broken = rewritten(path, lambda text: text.replace("</sheetData>", "</sheetDat>"))
    with pytest.raises(FileRefused, match=r'other\.xlsx: the sheet "订单" cannot be read'):
        check([broken], MAPPING)
