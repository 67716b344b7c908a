"""`--suggest` writes a mapping that judges as the file means it, and says where it has guessed."""

from pathlib import Path

import openpyxl
import pytest

from pipeline.domain.mapping import MappingDocument, load_mapping
from pipeline.importer import FileRefused, check
from pipeline.importer.suggest import suggestion

LATE = (
    "订单号,下单时间,最迟发货时间,发货时间,状态\n"
    "Z1,2026-03-05 08:03,2026-03-06 08:03,2026-03-09 09:00,已发货\n"
    "Z2,2026-03-05 08:03,2026-03-06,,买家申请退款\n"
    "Z3,2026-03-05 08:03,-,, 已 发货\n"
)


def suggested(tmp_path: Path, text: str, encoding: str = "utf-8") -> str:
    path = tmp_path / "orders.csv"
    path.write_text(text, encoding=encoding)
    said = suggestion(path)
    if 'id = ""' not in said:
        assert check([path], load_mapping(said.encode())).summary.unreadable == 0
    return said


def document(said: str) -> MappingDocument:
    return load_mapping(said.encode()).document


def times_of(said: str) -> dict[str, str]:
    times = document(said).times
    columns = {name: getattr(times, name) for name in type(times).model_fields}
    return {name: column.column[0] for name, column in columns.items() if column}


def promises_of(said: str) -> dict[str, str]:
    promise = document(said).promise
    return {
        kind: f"{one.column[0]} by {one.by}"
        for kind, one in (("ship", promise.ship), ("sign", promise.sign))
        if one and one.column
    }


def test_a_time_to_ship_by_is_a_promise_and_never_the_time_of_shipping(tmp_path: Path) -> None:
    said = suggested(tmp_path, LATE)
    assert times_of(said) == {"ordered_at": "下单时间", "outbound_at": "发货时间"}
    assert promises_of(said) == {"ship": "最迟发货时间 by timestamp"}


@pytest.mark.parametrize(
    ("name", "promise"),
    [
        ("承诺发货时间", "ship"),
        ("最晚发货时间", "ship"),
        ("应发货时间", "ship"),
        ("发货截止时间", "ship"),
        ("last_ship_time", "ship"),
        ("exp_ship_time", "ship"),
        ("Ship By", "ship"),
        ("Latest Shipped Date", "ship"),
        ("承诺送达时间", "sign"),
        ("应签收时间", "sign"),
        ("promised_delivered_at", "sign"),
        ("Deliver-by", "sign"),
        ("预计发货时间", ""),
        ("预计签收时间", ""),
        ("计划出库时间", ""),
        ("最迟揽收时间", ""),
        ("最晚付款时间", ""),
        ("estimated_delivered_date", ""),
        ("Expected Ship Date", ""),
    ],
)
def test_what_lies_ahead_is_a_promise_or_an_estimate_and_no_milestone(
    tmp_path: Path, name: str, promise: str
) -> None:
    said = suggested(tmp_path, f"订单号,下单时间,{name}\n1,2026-03-05 08:03,2026-03-06 08:03\n")
    assert times_of(said) == {"ordered_at": "下单时间"}
    assert promises_of(said) == ({promise: f"{name} by timestamp"} if promise else {})


@pytest.mark.parametrize("name", ["发货时间", "供应商发货时间", "Shipped By Warehouse At", "shipped_at"])
def test_names_that_only_look_like_promises_are_milestones(tmp_path: Path, name: str) -> None:
    said = suggested(tmp_path, f"订单号,下单时间,{name}\n1,2026-03-05 08:03,2026-03-06 08:03\n")
    assert times_of(said) == {"ordered_at": "下单时间", "outbound_at": name}


def test_an_estimate_is_shown_as_a_remark_that_can_be_made_a_promise(tmp_path: Path) -> None:
    said = suggested(tmp_path, "订单号,下单时间,预计送达时间\n1,2026-03-05,2026-03-06\n")
    assert "# [promise.sign]   # an estimate is no promise" in said
    before, section, after = said.partition("# [promise.sign]")
    taken = before + section[2:] + after.replace("# column", "column").replace("# by", "by")
    assert promises_of(taken) == {"sign": "预计送达时间 by date"}


@pytest.mark.parametrize(
    ("cells", "by", "why"),
    [
        (["2026-03-06", "2026/3/7"], "date", "cells looked at: 2, with a time of day: 0; so it"),
        (
            ["2026-03-06 00:00:00", "2026-03-07 00:00"],
            "date",
            "cells looked at: 2, with a time of day: 0; so it",
        ),
        (
            ["2026-03-06", "2026年3月7日 8:30"],
            "timestamp",
            "cells looked at: 2, with a time of day: 1; so it",
        ),
        (["2026-03-06T00:00:01+08:00"], "timestamp", "cells looked at: 1, with a time of day: 1; so it"),
        (["", "-"], "date", "no cell of the first rows tells which"),
    ],
)
def test_date_or_timestamp_is_chosen_by_the_cells_and_the_reason_said(
    tmp_path: Path, cells: list[str], by: str, why: str
) -> None:
    rows = "".join(f"{n},2026-03-05,{cell}\n" for n, cell in enumerate(cells))
    said = suggested(tmp_path, f"订单号,下单时间,承诺发货时间\n{rows}")
    assert promises_of(said) == {"ship": f"承诺发货时间 by {by}"}
    assert f'by = "{by}"   # {why}' in said


def test_the_words_of_the_status_column_are_listed_and_the_known_ones_filled_in(tmp_path: Path) -> None:
    said = suggested(tmp_path, LATE)
    status = document(said).status
    assert status is not None
    assert status.words == {"已发货": "shipped"}
    assert '# "买家申请退款" = ""   # rows: 1' in said


def test_without_rows_no_words_are_made_up(tmp_path: Path) -> None:
    status = document(suggestion_of_header(tmp_path, "订单号,下单时间,状态\n")).status
    assert status is not None
    assert status.words == {}


def suggestion_of_header(tmp_path: Path, text: str) -> str:
    (tmp_path / "header.csv").write_text(text)
    return suggestion(tmp_path / "header.csv")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_column_names_are_found_below_a_title(tmp_path: Path, delimiter: str) -> None:
    text = f"2026年3月 订单状态导出\n\n导出时间,2026-03-10 09:00\n{LATE}".replace(",", delimiter)
    said = suggested(tmp_path, text, "gb18030")
    assert document(said).file.header_row == 4
    assert promises_of(said) == {"ship": "最迟发货时间 by timestamp"}


def test_column_names_on_the_first_line_need_no_word_in_the_mapping(tmp_path: Path) -> None:
    assert "header_row" not in suggested(tmp_path, LATE)


def test_a_header_of_unknown_words_is_not_mistaken_for_the_status_words_below_it(tmp_path: Path) -> None:
    said = suggested(tmp_path, "Bestellnummer;Betrag;Status\nDE-1;34,50;shipped\nDE-2;1,00;delivered\n")
    assert "# Columns of orders.csv, line 1: Bestellnummer, Betrag, Status" in said


def test_a_workbook_is_looked_at_in_the_same_way(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for cells in (["今日订单"], *(line.split(",") for line in LATE.splitlines())):
        book.active.append(cells)  # type: ignore[union-attr]
    path = tmp_path / "orders.xlsx"
    book.save(path)
    said = suggestion(path)
    assert "# Columns of orders.xlsx, line 2: 订单号, 下单时间" in said
    assert check([path], load_mapping(said.encode())).summary.imported == 3


def test_the_order_number_itself_is_taken_before_names_that_contain_it(tmp_path: Path) -> None:
    said = suggested(tmp_path, "子订单编号,订单编号,下单时间\n1,2,2026-03-05\n")
    assert document(said).order.id == ("订单编号",)


def test_a_sheet_without_column_names_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "orders.xlsx"
    openpyxl.Workbook().save(path)
    with pytest.raises(FileRefused, match=r"orders\.xlsx: there are no column names on its first 1000 lines"):
        suggestion(path)
