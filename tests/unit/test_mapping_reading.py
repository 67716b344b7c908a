"""A row becomes the fact its mapping says, on both sides of every rule."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.domain.mapping import Mapping, UnreadableRow, load_mapping, read_record, read_row
from pipeline.importer import find_mapping
from schemas.order import OrderReported
from schemas.raw import RawHeaders
from schemas.vocabulary import Phase, Reporter

RECEIVED_MS = 1_795_000_000_000
BASE = """
name = "shop"
zone = "Asia/Shanghai"
[order]
id = "no"
prefix = "T-"
paid = "paid"
units = "units"
[times]
ordered_at = "ordered"
paid_at = "paid at"
outbound_at = "out"
signed_at = "signed"
[promise.ship]
column = "ship by"
by = "timestamp"
[promise.sign]
column = "sign by"
by = "date"
[status]
column = "status"
[status.words]
"已发货" = "shipped"
Done = "signed"
gone = "closed"
"sold out" = "cannot_supply"
"""
ROW = {"no": "1", "ordered": "2026-01-02 10:00:00", "status": "已发货"}


def mapping(extra: str = "", **settings: Any) -> Mapping:
    return load_mapping(
        (BASE + extra).encode(), settings={k.replace("__", "."): v for k, v in settings.items()}
    )


def headers(as_of: str = "") -> RawHeaders:
    as_of_ms = round(datetime.fromisoformat(as_of).timestamp() * 1000) if as_of else None
    return RawHeaders("order_file", "shop", RECEIVED_MS, "x-2", b"", as_of_ms)


def fact(used: Mapping | None = None, as_of: str = "", **cells: str) -> OrderReported:
    row = ROW | {name.replace("_", " "): text for name, text in cells.items()}
    return read_row(used or mapping(), row, headers(as_of))


def reason(used: Mapping | None = None, **cells: str) -> str:
    with pytest.raises(UnreadableRow) as caught:
        fact(used, **cells)
    return str(caught.value)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_row_becomes_a_fact_of_the_file_reporter() -> None:
    told = fact(paid="¥1,234.5", units="2", signed="2026-01-05", sign_by="2026-01-05")
    assert (told.order_id, told.shop, told.reporter, told.phase) == (
        "T-1",
        "shop",
        Reporter.FILE,
        Phase.SHIPPED,
    )
    assert (told.paid_fen, told.units, told.raw_code) == (123450, 2, "已发货")
    assert told.ordered_at == utc("2026-01-02 02:00:00")
    assert told.signed_at == utc("2026-01-04 16:00:00")
    assert told.occurred_at == told.signed_at
    assert told.judged_at == told.observed_at == datetime.fromtimestamp(RECEIVED_MS / 1000, UTC)
    assert told.as_of is None
    assert told.mapping.startswith("shop@")


def test_a_promised_date_lasts_to_the_end_of_that_local_day_and_a_timestamp_is_itself() -> None:
    told = fact(sign_by="2026-01-05", ship_by="2026-01-05")
    assert told.promised_sign_at == utc("2026-01-05 15:59:59.999")
    assert told.promised_ship_at == utc("2026-01-04 16:00:00")
    assert fact(sign_by="2026-01-05 08:00:00").promised_sign_at == utc("2026-01-05 15:59:59.999")


def test_a_promise_can_be_computed_from_payment_and_waits_for_it() -> None:
    used = mapping(promise__ship={"from": "paid_at", "hours": 48})
    assert fact(used).promised_ship_at is None
    assert fact(used, paid_at="2026-01-02 11:00:00").promised_ship_at == utc("2026-01-04 03:00:00")


def test_a_promise_of_none_promises_nothing() -> None:
    told = fact(mapping(promise__ship="none"), ship_by="2026-01-05")
    assert told.promised_ship_at is None


@pytest.mark.parametrize(
    ("dates", "text", "expected"),
    [
        (["%d.%m.%Y %H:%M"], "03.02.2026 08:30", "2026-02-03 00:30"),
        (["%m/%d/%Y %I:%M %p"], "2/3/2026 12:30 am", "2026-02-02 16:30"),
        (["%m/%d/%Y %I:%M %p"], "2/3/2026 12:30 PM", "2026-02-03 04:30"),
        (["%d-%b-%y"], "03-Feb-26", "2026-02-02 16:00"),
        (["%Y年%m月%d日 %H:%M"], "2026年2月3日 08:30", "2026-02-03 00:30"),
        (["%Y/%m/%d %H:%M"], "２０２６/2/3  8：30", "2026-02-03 00:30"),
        (["excel"], "46056.3541666667", "2026-02-03 00:30"),
        (["unix_s"], "1770078600", "2026-02-03 00:30"),
        (["unix_ms"], "1770078600123", "2026-02-03 00:30:00.123"),
        (["%d.%m.%Y"], "2026-02-03 08:30:00", "2026-02-03 00:30"),
        (["iso"], "2026-02-03T08:30:00+01:00", "2026-02-03 07:30"),
        (["iso"], "2026-02-03 08:30:00.123999", "2026-02-03 00:30:00.123"),
        (["%Y%m%d%H%M%S%z"], "20260203083000+0100", "2026-02-03 07:30"),
    ],
)
def test_every_kind_of_date_is_read(dates: list[str], text: str, expected: str) -> None:
    assert fact(mapping(values__dates=dates), ordered=text).ordered_at == utc(expected)


@pytest.mark.parametrize(
    ("dates", "text"),
    [
        (["%d.%m.%Y"], "31.02.2026"),
        (["iso"], "03.02.2026"),
        (["excel"], "60"),
        (["unix_s"], "0"),
        (["iso"], "0000-00-00 00:00:00"),
        (["%Y-%m-%d"], "2026-02-03 x"),
    ],
)
def test_what_is_no_date_is_named_with_its_column_and_text(dates: list[str], text: str) -> None:
    said = reason(mapping(values__dates=dates), signed=text)
    assert said == f'column "signed": "{text}" is no time in any of the formats {dates[0]}'


def test_a_year_that_cannot_be_is_refused() -> None:
    assert 'column "signed": "1899-12-30": the year 1899 is not plausible' in reason(signed="1899-12-30")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2018-02-17 23:30:00", "2018-02-18 01:30:00"),  # told twice that night: the first one
        ("2017-10-15 00:30:00", "2017-10-15 03:30:00"),  # skipped that night: 01:30 summer time
    ],
)
def test_clock_changes_take_the_first_of_two_and_move_a_skipped_time_forward(
    text: str, expected: str
) -> None:
    assert fact(mapping(zone="America/Sao_Paulo"), ordered=text).ordered_at == utc(expected)


def test_the_end_of_a_day_that_is_25_hours_long_is_its_real_end() -> None:
    told = fact(mapping(zone="America/Sao_Paulo"), sign_by="2018-02-17")
    assert told.promised_sign_at == utc("2018-02-18 02:59:59.999")


def test_a_date_without_time_takes_the_time_of_day_the_mapping_says() -> None:
    used = mapping(times__signed_at={"column": "signed", "day": "end"})
    assert fact(used, signed="2026-01-05").signed_at == utc("2026-01-05 15:59:59.999")
    assert fact(used, signed="2026-01-05 09:00").signed_at == utc("2026-01-05 01:00")
    at_six = mapping(times__signed_at={"column": "signed", "day": "18:00"})
    assert fact(at_six, signed="2026-01-05").signed_at == utc("2026-01-05 10:00")


def test_an_unknown_status_is_kept_as_unknown_and_never_guessed() -> None:
    told = fact(status="delivred")
    assert (told.phase, told.raw_code) == (Phase.UNKNOWN, "delivred")
    assert fact(status="ＤＯＮＥ ").phase is Phase.SIGNED
    assert fact(status="").phase is None


def test_a_word_for_cannot_supply_says_no_phase() -> None:
    told = fact(status="sold out")
    assert (told.phase, told.cannot_supply) == (None, True)
    assert not fact(status="gone").cannot_supply


@pytest.mark.parametrize(("text", "fen"), [("1.234,50 €", 123450), ("12", 1200), ("0,5", 50)])
def test_decimal_commas_are_read_where_the_mapping_says_so(text: str, fen: int) -> None:
    used = mapping(values__decimal=",", values__thousands=".", values__currency=["€"])
    assert fact(used, paid=text).paid_fen == fen
    assert 'column "paid"' in reason(paid="1.234,50 €")


@pytest.mark.parametrize("sign", ["¥", "￥"])
def test_a_currency_sign_is_taken_in_either_width_whichever_the_mapping_names(sign: str) -> None:
    for paid in ("¥12.50", "￥12.50", "￥１２．５０"):
        assert fact(mapping(values__currency=[sign]), paid=paid).paid_fen == 1250


@pytest.mark.parametrize("text", ["-1", "1.005", "abc", "1e3", "$5"])
def test_an_amount_that_is_none_is_refused(text: str) -> None:
    assert reason(paid=text).startswith('column "paid": ')


def test_units_are_whole_numbers() -> None:
    assert fact(units="2.0").units == 2
    assert reason(units="2.5") == 'column "units": "2.5" is no whole number of 0 or more'


def test_an_order_number_that_a_spreadsheet_rounded_is_refused() -> None:
    assert "the spreadsheet has rounded this order number" in reason(no="1.23457E+18")
    assert fact(no='="1234567890123456789"').order_id == "T-1234567890123456789"
    assert fact(no="'12e4x").order_id == "T-12e4x"


@pytest.mark.parametrize("text", ["", " ", "-", "NULL"])
def test_a_row_without_order_number_is_refused(text: str) -> None:
    assert reason(no=text) == 'column "no": the order number is empty'


def test_a_row_with_an_order_number_and_nothing_that_makes_an_order_is_refused() -> None:
    totals = {"no": "合计", "paid": "1697", "units": "6"}
    with pytest.raises(UnreadableRow) as caught:
        read_row(mapping(), totals, headers())
    assert str(caught.value) == (
        'column "no": the row of "合计" tells no time, no promise and no status; it may be a totals row'
    )
    assert caught.value.order_id == "T-合计"


@pytest.mark.parametrize("column", ["ordered", "signed", "ship by", "sign by", "status"])
def test_one_time_promise_or_status_makes_an_order(column: str) -> None:
    text = "weird" if column == "status" else "2026-01-05"
    assert read_row(mapping(), {"no": "1", column: text}, headers()).order_id == "T-1"


def test_a_line_and_a_version_are_no_totals_row() -> None:
    assert read_row(mapping(lines__column="item"), {"no": "1", "item": "b"}, headers()).line == "b"
    assert read_row(mapping(order__version="v"), {"no": "1", "v": "2026-01-05"}, headers()).version


def test_an_order_number_that_begins_with_nul_is_refused() -> None:
    cells = {"order_id": "\0", "order_status": "", "order_purchase_timestamp": ""}
    with pytest.raises(
        UnreadableRow, match='column "order_id": the order number begins with a NUL character'
    ):
        read_row(find_mapping("olist"), cells, headers())


def test_an_order_number_of_128_characters_fits_and_one_more_does_not() -> None:
    assert len(fact(no="x" * 126).order_id) == 128
    assert "has 129 characters, the most is 128" in reason(no="x" * 127)


def test_surplus_cells_make_a_row_unreadable() -> None:
    with pytest.raises(UnreadableRow, match="2 cells more"):
        read_record(mapping(), b'{"no": "1", "": ["x", "y"]}', headers())


@pytest.mark.parametrize("value", [b"", b"\xff", b"1", b"[1]", b"[]", b'{"no": 1}', b"[" * 100_000])
def test_a_record_that_holds_no_row_is_refused(value: bytes) -> None:
    with pytest.raises(UnreadableRow):
        read_record(mapping(), value, headers())


def test_as_of_hides_what_came_later_and_the_words_that_tell_of_it() -> None:
    cells = {"out": "2026-01-03 10:00:00", "signed": "2026-01-05 10:00:00", "status": "Done"}
    before = fact(as_of="2026-01-05T09:59:59+08:00", **cells)
    assert (before.signed_at, before.phase, before.raw_code) == (None, None, "")
    assert before.outbound_at == before.occurred_at == utc("2026-01-03 02:00:00")
    assert before.as_of == utc("2026-01-05 01:59:59")
    assert before.judged_at is None
    at = fact(as_of="2026-01-05T10:00:00+08:00", **cells)
    assert (at.signed_at, at.phase) == (utc("2026-01-05 02:00:00"), Phase.SIGNED)


def test_as_of_drops_a_word_that_says_more_than_the_milestones() -> None:
    assert fact(as_of="2026-06-01T00:00:00+00:00", status="Done").phase is None
    assert fact(as_of="2026-06-01T00:00:00+00:00", status="gone").phase is Phase.CLOSED
    assert fact(status="Done").phase is Phase.SIGNED


def test_as_of_drops_a_word_that_closes_where_the_row_tells_of_something_later() -> None:
    late = fact(as_of="2026-01-04T00:00:00+08:00", status="gone", out="2026-01-05 10:00:00")
    assert (late.phase, late.raw_code, late.outbound_at) == (None, "", None)


def test_as_of_knows_no_computed_promise_whose_start_is_later() -> None:
    used = mapping(promise__ship={"from": "paid_at", "hours": 48})
    told = fact(used, as_of="2026-01-03T00:00:00+08:00", paid_at="2026-01-03 00:00:01")
    assert told.promised_ship_at is None


def test_the_version_is_a_time_or_a_number_and_must_be_there() -> None:
    by_time = mapping(order__version="v")
    told = fact(by_time, v="2026-01-04 08:00:00")
    assert (told.version, told.version_is_time) == (1767484800000, True)
    assert told.occurred_at == utc("2026-01-04 00:00:00")
    by_number = mapping(order__version="v", order__version_is="number")
    assert (fact(by_number, v="7").version, fact(by_number, v="7").version_is_time) == (7, False)
    assert 'column "v" is empty' in reason(by_number, v="")


def test_the_id_depends_on_the_content_and_on_nothing_else() -> None:
    first = fact()
    later = read_row(mapping(), ROW | {"no": " 1 ", "remark": "x"}, RawHeaders("order_file", "y", 1, "z-9"))
    assert first.event_id == later.event_id
    assert first.cause_id == later.cause_id
    assert first.event_id != fact(status="Done").event_id
    assert first.event_id != fact(mapping(order__paid_in="fen")).event_id
    assert first.event_id != fact(as_of="2026-06-01T00:00:00+00:00").event_id


def test_lines_bear_the_value_of_their_column_or_a_hash_of_their_content() -> None:
    assert fact(mapping(lines__column="item"), item="3").line == "3"
    hashed = mapping(lines__judge="each")
    assert len(fact(hashed, item="3").line) == 16
    assert fact(hashed, out="2026-01-03").line != fact(hashed, out="2026-01-04").line
    taught = mapping('"new word" = "to_ship"\n', lines__judge="each")
    assert fact(taught, item="3").line == fact(hashed, item="3").line, "a word more tells of the same line"
    assert fact().line == ""


LINES = [
    ROW | {"item": "a", "out": "2026-01-03", "signed": "2026-01-05", "status": "Done", "units": "2",
           "paid": "5"},
    ROW | {"item": "b", "out": "2026-01-04", "signed": "", "status": "已发货", "units": "1", "paid": "5"},
]  # fmt: skip


def test_folded_lines_are_fulfilled_once_the_last_one_is() -> None:
    used = mapping(lines={"column": "item", "judge": "order"})
    told = read_row(used, LINES, headers())
    assert told.line == ""
    assert told.outbound_at == utc("2026-01-03 16:00:00")
    assert told.signed_at is None
    assert (told.phase, told.units, told.paid_fen) == (Phase.SHIPPED, 3, 500)
    assert told == read_row(used, LINES[::-1], headers())


def test_folded_lines_can_be_judged_by_the_first_one() -> None:
    used = mapping(lines={"column": "item", "judge": "order", "merge": "earliest", "add_up": ["paid"]})
    told = read_row(used, LINES, headers())
    assert told.outbound_at == utc("2026-01-02 16:00:00")
    assert told.signed_at == utc("2026-01-04 16:00:00")
    assert (told.phase, told.units, told.paid_fen) == (Phase.SIGNED, 2, 1000)


def test_a_closed_line_does_not_hold_back_the_folded_order() -> None:
    used = mapping(lines={"column": "item", "judge": "order"})
    lines = [LINES[0], LINES[1] | {"status": "gone", "out": ""}]
    told = read_row(used, lines, headers())
    assert (told.phase, told.signed_at) == (Phase.SIGNED, utc("2026-01-04 16:00:00"))


@pytest.mark.parametrize("merge", ["latest", "earliest"])
def test_what_was_promised_for_a_closed_line_is_owed_to_nobody_while_another_is_left(merge: str) -> None:
    used = mapping(lines={"column": "item", "judge": "order", "merge": merge})
    kept = LINES[0] | {"ship by": "2026-01-04 12:00:00"}
    for closed_by in ("2026-01-01 12:00:00", "2026-01-10 12:00:00"):
        closed = LINES[1] | {"status": "gone", "out": "", "ship by": closed_by}
        told = read_row(used, [kept, closed], headers())
        assert told.promised_ship_at == utc("2026-01-04 04:00:00")
        alone = read_row(used, [closed, closed | {"item": "c"}], headers())
        assert alone.promised_ship_at == utc(closed_by) - timedelta(hours=8)
    assert read_row(used, [LINES[0], closed], headers()).promised_ship_at is None


def test_several_rows_without_lines_in_the_mapping_are_refused() -> None:
    with pytest.raises(UnreadableRow, match=r"the mapping has no \[lines\]"):
        read_row(mapping(), LINES, headers())


def test_the_excerpt_of_olist_gives_the_verdicts_counted_by_hand() -> None:
    import csv

    from pipeline.importer import find_mapping

    path = Path(__file__).parents[1] / "fixtures/order_files/olist-excerpt.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for settings, kept, late in (({}, 17, 6), ({"promise.sign.by": "timestamp"}, 14, 9)):
        facts = [read_row(find_mapping("olist", settings), row, headers()) for row in rows]
        arrived = [f.signed_at <= f.promised_sign_at for f in facts if f.signed_at and f.promised_sign_at]
        assert (arrived.count(True), arrived.count(False)) == (kept, late)
        assert sum(f.phase is Phase.CLOSED for f in facts) == 2
        assert len(facts) == 30
