"""Files of every kind become rows with the line numbers people see, or one sentence that refuses them."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest

from pipeline.domain.mapping import Mapping, load_mapping, read_row
from pipeline.importer import FileRefused, check, find_mapping
from pipeline.importer.readers import FileRow, open_file
from schemas.raw import RawHeaders
from schemas.vocabulary import Phase

MAPPING = """
name = "shop"
zone = "Asia/Shanghai"
[file]
optional = ["签收时间"]
[order]
id = ["订单编号", "order no"]
[times]
ordered_at = "下单时间"
signed_at = "签收时间"
"""
HEADER = "订单编号,下单时间,签收时间,备注"
TEXT = f"{HEADER}\n1,2026-01-01,2026-01-02,甲\n2,2026-01-01,,乙\n"


def mapping(**settings: object) -> Mapping:
    return load_mapping(MAPPING.encode(), settings={k.replace("__", "."): v for k, v in settings.items()})


def rows(path: Path, used: Mapping | None = None) -> list[FileRow]:
    file = open_file(path, used or mapping())
    found = list(file.rows())
    file.check_columns()
    return found


def written(tmp_path: Path, content: bytes | str, name: str = "orders.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def refusal(path: Path, used: Mapping | None = None) -> str:
    with pytest.raises(FileRefused) as caught:
        check([path], used or mapping())
    return str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le-bom"])
def test_every_encoding_gives_the_same_rows(tmp_path: Path, encoding: str) -> None:
    content = b"\xff\xfe" + TEXT.encode("utf-16-le") if "le" in encoding else TEXT.encode(encoding)
    found = rows(written(tmp_path, content))
    assert [row.cells["备注"] for row in found] == ["甲", "乙"]
    assert [row.cells["订单编号"] for row in found] == ["1", "2"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_by_the_header(tmp_path: Path, delimiter: str) -> None:
    path = written(tmp_path, TEXT.replace(",", delimiter))
    assert [row.cells["订单编号"] for row in rows(path)] == ["1", "2"]


def test_a_stated_delimiter_wins(tmp_path: Path) -> None:
    said = refusal(written(tmp_path, TEXT), mapping(file__delimiter=";"))
    assert 'the column "订单编号" or "order no" is not there' in said


def test_lines_are_counted_as_an_editor_does_with_quotes_breaks_and_blank_lines(tmp_path: Path) -> None:
    path = written(tmp_path, f'{HEADER}\r\n1,2026-01-01,,"a\r\nb, ""c"""\r\n\r\n,,,\r\n2,2026-01-01,,x\r\n')
    assert [(row.line, row.cells["备注"]) for row in rows(path)] == [(2, 'a\r\nb, "c"'), (6, "x")]


def test_the_header_may_stand_lower_and_below_is_where_rows_begin(tmp_path: Path) -> None:
    path = written(tmp_path, "report of today\n\n" + TEXT)
    assert [row.line for row in rows(path, mapping(file__header_row=3))] == [4, 5]
    assert "orders.csv, line 2: there are no column names on this line" in refusal(
        path, mapping(file__header_row=2)
    )


def test_column_names_match_whatever_their_width_case_and_blanks(tmp_path: Path) -> None:
    path = written(tmp_path, "ＯＲＤＥＲ　Ｎｏ , 下单 时间\n7,2026-01-01\n")
    assert rows(path)[0].cells == {"订单编号": "7", "下单时间": "2026-01-01"}


def test_a_missing_column_is_named_with_file_line_key_and_what_there_is(tmp_path: Path) -> None:
    said = refusal(written(tmp_path, "订单编号,下单日期\n1,2026-01-01\n"))
    assert said.startswith(
        'orders.csv, line 1: the column "下单时间" is not there (mapping shop, key times.ordered_at);'
        " did you mean `下单日期`? The file has: 订单编号, 下单日期."
    )


def test_an_optional_column_may_lack(tmp_path: Path) -> None:
    assert len(rows(written(tmp_path, "订单编号,下单时间\n1,2026-01-01\n"))) == 1


def test_a_column_that_is_there_twice_is_refused_only_when_it_is_needed(tmp_path: Path) -> None:
    path = written(tmp_path, "订单编号,下单时间,备注,备注\n1,2026-01-01,a,b\n")
    assert rows(path)[0].cells == {"订单编号": "1", "下单时间": "2026-01-01", "备注": "a", "备注 (2)": "b"}
    said = refusal(written(tmp_path, "订单编号,下单时间,下单时间\n1,2026-01-01,2026-01-01\n"))
    assert 'the column "下单时间" (times.ordered_at) is there more than once, in B and C' in said


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("1,2026-01-01,,甲," + "x," * 195 + "x", "the row has 200 cells, but the header has 4 columns"),
        ("1,2026-01-01", 'the row has only 2 cells, but the header has 4 columns: it ends before "签收时间"'),
        ('1,2026-01-01,"a"b,x', "a quoted cell is damaged: ',' expected after '\"'"),
    ],
)
def test_a_damaged_row_is_set_aside_and_its_neighbours_are_not(
    tmp_path: Path, line: str, problem: str
) -> None:
    checked = check([written(tmp_path, f"{TEXT}{line}\n9,2026-01-01,,x\n")], mapping())
    assert (checked.summary.imported, checked.summary.unreadable) == (3, 1)
    assert (checked.summary.errors[0].line, checked.summary.errors[0].reason) == (4, problem)


def test_empty_cells_beyond_the_header_do_not_matter(tmp_path: Path) -> None:
    assert rows(written(tmp_path, TEXT.replace("甲", "甲,,")))[0].problem == ""


def test_a_quote_that_is_never_closed_refuses_the_file(tmp_path: Path) -> None:
    said = refusal(written(tmp_path, TEXT + '3,2026-01-01,"oh,x\n' + "4,2026-01-01,,x\n" * 9))
    assert said.startswith('orders.csv, line 4: a quote (") is opened and never closed')


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "orders.csv: the file is empty"),
        (b" \n\n", "orders.csv: the file is empty: it holds blanks only"),
        (HEADER.encode(), "orders.csv: the file has no rows under its column names"),
        (bytes(range(256)) * 4, "orders.csv: this is a binary file, not a table"),
        (b"%PDF-1.7", "orders.csv: this is no order file but a PDF"),
        (b"\x1f\x8b\x08", "orders.csv: this is no order file but packed with gzip"),
        (b"PK\x03\x04junk", "orders.csv: this is no Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "this is no Excel workbook, or a damaged one"),
        (b"<html><table>", "orders.csv, line 1: this is an HTML or XML page"),
        (b'[{"a": 1}]', "orders.csv, line 1: a JSON list"),
        (TEXT.encode() + b"3,\xff\xff,,\n", "does not fit the encoding utf-8 (from byte"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_refused_in_one_sentence(
    tmp_path: Path, content: bytes, said: str
) -> None:
    assert said in refusal(written(tmp_path, content))


def test_a_file_of_which_no_row_can_be_read_is_refused(tmp_path: Path) -> None:
    said = refusal(written(tmp_path, f"{HEADER}\n1,x,,\n2,y,,\n"))
    assert said.startswith("orders.csv: none of its 2 rows can be read with the mapping shop; line 2: column")


def test_a_folder_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    assert "this is a folder" in refusal(tmp_path)
    assert "no such file" in refusal(tmp_path / "none.csv")


def workbook(tmp_path: Path, merged: str = "") -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "订单"
    for cells in (
        ["今日订单"],
        ["订单编号", "下单时间", "签收时间", "数"],
        ["A1", datetime(2026, 1, 1, 8, 30, tzinfo=UTC).replace(tzinfo=None), date(2026, 1, 2), 1.5],
        [1001, "2026-01-01", None, True],
        [123456789012345678, "2026-01-01", None, 2.0],
        [None, None, None, None],
        ["A2", "2026/1/1", None, None],
    ):
        sheet.append(cells)
    if merged:
        sheet.merge_cells(merged)
    book.create_sheet("其他")
    path = tmp_path / "orders.xlsx"
    book.save(path)
    return path


def test_excel_cells_become_text_by_a_stated_rule(tmp_path: Path) -> None:
    found = rows(workbook(tmp_path), mapping(file__header_row=2))
    assert [(row.line, *row.cells.values()) for row in found] == [
        (3, "A1", "2026-01-01 08:30:00", "2026-01-02", "1.5"),
        (4, "1001", "2026-01-01", "", "TRUE"),
        (5, "1.23456789012346E+17", "2026-01-01", "", "2"),
        (7, "A2", "2026/1/1", "", ""),
    ]


def test_an_order_number_that_excel_rounded_is_told_with_its_row(tmp_path: Path) -> None:
    checked = check([workbook(tmp_path)], mapping(file__header_row=2))
    assert (checked.summary.imported, checked.summary.unreadable) == (3, 1)
    assert checked.summary.errors[0].line == 5
    assert "the spreadsheet has rounded this order number" in checked.summary.errors[0].reason


def test_merged_cells_in_the_data_are_refused_with_sheet_line_and_cells(tmp_path: Path) -> None:
    said = refusal(workbook(tmp_path, "B4:B5"), mapping(file__header_row=2))
    assert said.startswith('orders.xlsx, sheet "订单", line 4: the cells B4:B5 are merged')


def test_merged_column_names_are_refused_too(tmp_path: Path) -> None:
    said = refusal(workbook(tmp_path, "C2:D2"), mapping(file__header_row=2))
    assert said.startswith('orders.xlsx, sheet "订单", line 2: the cells C2:D2 are merged')


def test_merged_cells_above_the_header_do_not_matter(tmp_path: Path) -> None:
    assert len(rows(workbook(tmp_path, "A1:D1"), mapping(file__header_row=2))) == 4


def test_a_sheet_is_taken_by_name_and_a_wrong_name_lists_the_sheets(tmp_path: Path) -> None:
    path = workbook(tmp_path)
    assert 'there is no sheet "x" ([file] sheet); the workbook has 订单, 其他' in refusal(
        path, mapping(file__sheet="x")
    )
    assert 'sheet "其他", line 1: there are no column names' in refusal(path, mapping(file__sheet="其他"))


def test_ndjson_keeps_long_numbers_and_names_inner_columns_by_dots(tmp_path: Path) -> None:
    used = mapping(order__id="trade.no", times__signed_at="none")
    lines = [
        {"trade": {"no": 1234567890123456789}, "下单时间": "2026-01-01", "none": None},
        {"trade": {"no": "2"}, "下单时间": "2026-01-01", "list": [1, 2], "ok": True},
    ]
    text = (
        "\n".join(json.dumps(line) for line in lines) + '\n\n[1]\n{"trade": \n{"x": NaN}\n{"x": "\\ud800"}\n'
    )
    found = rows(written(tmp_path, text, "orders.ndjson"), used)
    assert found[0].cells["trade.no"] == "1234567890123456789"
    assert found[1].cells == {"trade.no": "2", "下单时间": "2026-01-01", "list": '["1", "2"]', "ok": "true"}
    assert [(row.line, bool(row.problem)) for row in found[2:]] == [
        (4, True),
        (5, True),
        (6, True),
        (7, True),
    ]
    assert found[2].text == "[1]"


def test_ndjson_without_a_needed_column_is_refused(tmp_path: Path) -> None:
    said = refusal(written(tmp_path, '{"订单编号": "1"}\n', "orders.ndjson"))
    assert said.startswith('orders.ndjson, on no line: the column "下单时间" is not there')


def test_the_mapping_for_chinese_exports_reads_one(tmp_path: Path) -> None:
    text = (
        "订单编号,店铺,下单时间,付款时间,最晚发货时间,发货时间,签收时间,订单状态,买家实付金额\n"
        '="2026010112345678901",旗舰店,2026/1/1 9:05,2026/1/1 9:06,2026-01-03 09:05:00,2026-01-02 18:00:00,'
        '2026年1月4日 12:30,交易成功,"￥1,299.00"\n'
        "2026010112345678902,旗舰店,2026/1/1 9:05,-,2026-01-03 09:05:00,0000-00-00 00:00:00,无,缺货,0\n"
        "2026010112345678903,旗舰店,2026/1/1 9:05,-,2026-01-03 09:05:00,,,买家申请退款,5\n"
    )
    path = written(tmp_path, text.encode("gb18030"))
    used = find_mapping("chinese-export")
    checked = check([path], used)
    assert (checked.summary.imported, dict(checked.summary.unknown_status)) == (3, {"买家申请退款": 1})
    headers = RawHeaders("order_file", "x", 1_795_000_000_000, "x")
    sold, short, _ = (read_row(used, row.cells, headers) for _, _, row in checked.rows())
    assert (sold.order_id, sold.shop, sold.phase) == ("2026010112345678901", "旗舰店", Phase.FINISHED)
    assert sold.signed_at == datetime(2026, 1, 4, 4, 30, tzinfo=UTC)
    assert sold.promised_ship_at == datetime(2026, 1, 3, 1, 5, tzinfo=UTC)
    assert sold.paid_fen == 129900
    assert (short.cannot_supply, short.outbound_at, short.phase) == (True, None, None)
