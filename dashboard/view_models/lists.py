"""Lists of orders: on the screen, and as a file for a spreadsheet. Pure."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from dashboard.blocks import Cell, Column, Table, order, to
from dashboard.queries.board import AtRiskList, AtRiskRow
from dashboard.queries.orders import Mismatch, OrderRow
from dashboard.words import Words, number

COLUMNS = (
    "status",
    "order",
    "platform",
    "shop",
    "warehouse",
    "stage",
    "sku",
    "deadline",
    "left",
    "in_step",
    "handled",
)
FILE_COLUMNS = (*COLUMNS, "phase", "promise")
ORDER_COLUMNS = (
    "status",
    "order",
    "platform",
    "shop",
    "stage",
    "promise",
    "deadline",
    "left",
    "ordered",
    "settled",
)
MISMATCH_COLUMNS = ("order", "shop", "app_phase", "our_phase")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
Record = dict[str, object]


def list_line(found: AtRiskList, words: Words) -> str:
    """Return "showing 200 of 1,340" when the list is cut, else how many there are."""
    shown, total = len(found.rows), max(found.total, len(found.rows))
    if shown < total:
        return words("list_cut", shown=number(shown), total=number(total))
    return words("list_all", total=number(total))


def cut_line(shown: int, total: int, words: Words) -> str:
    """Return how many of how many rows a list shows."""
    total = max(total, shown)
    if shown < total:
        return words("rows_cut", shown=number(shown), total=number(total))
    return words("rows_all", total=number(total))


def table_rows(rows: Sequence[AtRiskRow], words: Words) -> list[Record]:
    """Return one record a row, by FILE_COLUMNS; the deadline is an aware time, the rest is text."""
    return [
        {
            "status": words("late" if row.overdue else "soon"),
            "order": row.order_id,
            "platform": words.term("platform", row.platform),
            "shop": row.shop,
            "warehouse": ", ".join(row.warehouses) or words("warehouse_unnamed"),
            "stage": words.term("stage", row.stage),
            "sku": ", ".join(row.skus) or words("not_told"),
            "phase": words.term("phase", row.phase),
            "promise": words.term("promise", row.promise),
            "deadline": row.deadline_at,
            "left": _left(row, words),
            "in_step": words("no_data") if row.in_step_s is None else words.duration(row.in_step_s),
            "handled": row.handled_by,
        }
        for row in rows
    ]


def order_records(rows: Sequence[OrderRow], words: Words) -> list[Record]:
    """Return one record an order, by ORDER_COLUMNS."""
    return [
        {
            "status": _status(row, words)[0],
            "order": row.order_id,
            "platform": words.term("platform", row.platform),
            "shop": row.shop,
            "stage": words(f"stage_{row.stage}"),
            "promise": words.term("promise", row.promise) if row.promise else "",
            "deadline": row.deadline_at,
            "left": _left(row, words) if row.overdue or row.at_risk or row.promise else "",
            "ordered": row.ordered_at,
            "settled": row.settled_at,
        }
        for row in rows
    ]


def mismatch_records(rows: Sequence[Mismatch], words: Words) -> list[Record]:
    """Return one record an order whose app tells another phase, by MISMATCH_COLUMNS."""
    return [
        {
            "order": row.order_id,
            "shop": row.shop,
            "app_phase": words.term("phase", row.app_phase),
            "our_phase": words.term("phase", row.phase),
        }
        for row in rows
    ]


def _status(row: OrderRow, words: Words) -> tuple[str, str]:
    if row.overdue:
        return words("late"), "red"
    if row.at_risk:
        return words("soon"), "yellow"
    light = {"kept": "green", "broken": "red"}.get(row.verdict, "")
    return words.term("verdict", row.verdict), light


def _left(row: AtRiskRow | OrderRow, words: Words) -> str:
    left = row.seconds_left
    return "–" if left is None else words("late_by" if row.overdue else "left", time=words.duration(left))


class Marks(NamedTuple):
    """What a table of orders knows beside its texts: the light of each row, and what its time sorts by."""

    lights: Sequence[str]
    left: Sequence[int | None] = ()
    in_step: Sequence[int | None] = ()


def at_risk_table(rows: Sequence[AtRiskRow], words: Words) -> Table:
    """Return the list of orders to act on."""
    marks = Marks(
        ["red" if row.overdue else "yellow" for row in rows],
        [row.seconds_left for row in rows],
        [row.in_step_s for row in rows],
    )
    table = order_table(COLUMNS, table_rows(rows, words), marks, words)
    at, named = COLUMNS.index("sku"), zip(table.rows, rows, strict=True)
    lines = [[*line[:at], _skus(row.skus, words), *line[at + 1 :]] for line, row in named]
    return replace(table, rows=lines, title=words("list_title"), bare=True)


def _skus(skus: Sequence[str], words: Words) -> Cell:
    """Return the first SKU, which leads to its page, and how many more there are; the file names all."""
    if not skus:
        return Cell(words("not_told"))
    more = words("more", count=number(len(skus) - 1)) if len(skus) > 1 else ""
    return Cell(f"{skus[0]}{more}", to("sku", sku=skus[0]))


def orders_table(rows: Sequence[OrderRow], words: Words) -> Table:
    """Return the orders behind a number."""
    marks = Marks([_status(row, words)[1] for row in rows], [row.seconds_left for row in rows])
    return replace(order_table(ORDER_COLUMNS, order_records(rows, words), marks, words), tall=True, bare=True)


def order_table(names: Sequence[str], records: Sequence[Record], marks: Marks, words: Words) -> Table:
    """Return a table of orders; each number leads to the order's story."""

    def cell(name: str, value: object, at: int) -> Cell:
        text = "" if value is None else str(value)
        match name:
            case "order":
                return Cell(text, order(text), code=True)
            case "status":
                return Cell(text, light=marks.lights[at])
            case "left":
                return Cell(text or "–", sort=marks.left[at])
            case "in_step":
                return Cell(text, sort=marks.in_step[at])
        if isinstance(value, datetime):
            return Cell(words.stamp(value), sort=value.timestamp())
        return Cell(text or "–")

    rows = [[cell(name, record[name], at) for name in names] for at, record in enumerate(records)]
    columns = [
        Column(words(f"col_{name}", zone="").strip(), words("in_step_help") if name == "in_step" else "")
        for name in names
    ]
    return Table("orders", words("nav_orders"), columns, rows)


def csv_file(rows: Sequence[AtRiskRow], words: Words) -> bytes:
    """Return the whole list as CSV."""
    return csv_of(FILE_COLUMNS, table_rows(rows, words), words)


def csv_of(names: Sequence[str], records: Iterable[Record], words: Words) -> bytes:
    """Return records as CSV: a byte-order mark for Excel, ISO times with zone, no live formulas."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([words(f"col_{name}", zone="").strip() for name in names])
    for record in records:
        writer.writerow([_cell(record[name], words) for name in names])
    return text.getvalue().encode("utf-8-sig")


def _cell(value: object, words: Words) -> str:
    if isinstance(value, datetime):
        return value.astimezone(words.zone).isoformat(timespec="seconds")
    text = "" if value is None else str(value)
    # A spreadsheet runs a cell that starts like a formula; a shop's own texts must stay texts.
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def csv_name(as_of: datetime, shop: str, words: Words, what: str = "") -> str:
    """Return a file name that carries the list, the filter and the moment of the data."""
    safe = "".join(letter if letter.isalnum() else "-" for letter in shop)
    stamp = f"{as_of.astimezone(words.zone):%Y%m%dT%H%M%S%z}"
    return "_".join(part for part in (what or words("file"), safe, stamp) if part) + ".csv"
