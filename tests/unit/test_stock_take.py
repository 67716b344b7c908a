"""`certainty stock reconcile`: files of any spelling, bad lines by number, nothing half applied."""

from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from pipeline.cli import build
from pipeline.importer.refused import FileRefused
from pipeline.importer.stock_take import read_mapping, read_stock_take

CHINESE = "货号,仓库,实盘\nSKU-1,main,3\nSKU-2,main,0\n"
MAPPING = "sku=货号,warehouse=仓库,units=实盘"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_is_read_by_the_names_of_its_columns(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "take.csv"
    file.write_text(CHINESE, encoding=encoding)
    good, bad = read_stock_take(file, read_mapping(MAPPING), "")
    assert [one[1:] for one in good] == [("SKU-1", "main", 3), ("SKU-2", "main", 0)]
    assert bad == []


def test_a_workbook_says_the_same_and_numbers_are_whole(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["sku", "units"], ["SKU-1", 3], ["SKU-2", 2.5]):
        book.active.append(row)
    book.save(tmp_path / "take.xlsx")
    good, bad = read_stock_take(tmp_path / "take.xlsx", read_mapping(""), "main")
    assert [one[1:] for one in good] == [("SKU-1", "main", 3)]
    assert bad == [(3, "'2.5' is no number of pieces")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("sku,warehouse,units\n,main,3\n", (2, "sku is empty")),
        ("sku,warehouse,units\nA,main,-1\n", (2, "'-1' is no number of pieces")),
        ("sku,warehouse,units\nA,main,many\n", (2, "'many' is no number of pieces")),
        ("sku,warehouse,units\nA,main\n", (2, "units is empty")),
        ("sku,warehouse,units\nA,m,1\n\nA,m,2\n", (4, "A in m is in line 2 already")),
    ],
)
def test_a_bad_line_is_named_with_its_reason(tmp_path: Path, content: str, reason: tuple[int, str]) -> None:
    file = tmp_path / "take.csv"
    file.write_text(content, encoding="utf-8")
    assert read_stock_take(file, read_mapping(""), "")[1] == [reason]


def test_what_cannot_be_used_is_refused_in_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "take.csv"
    file.write_text(CHINESE, encoding="utf-8")
    with pytest.raises(FileRefused, match="there is no column 'sku' for sku; the file has '货号'"):
        read_stock_take(file, read_mapping(""), "")
    with pytest.raises(FileRefused, match="there is no field colour"):
        read_mapping("colour=x")
    told = CliRunner().invoke(build(), ["stock", "reconcile", str(tmp_path / "none.csv")])
    assert (told.exit_code, told.stderr.count("\n")) == (2, 1)
    told = CliRunner().invoke(build(), ["stock", "reconcile", str(file), "--at", "yesterday"])
    assert (told.exit_code, told.stderr.count("\n")) == (2, 1)
