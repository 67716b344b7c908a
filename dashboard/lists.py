"""The at-risk list as a table for the screen and as a file for a spreadsheet. Pure."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime

from dashboard.queries import AtRiskList, AtRiskRow
from dashboard.words import Words, number

COLUMNS = ("status", "order", "platform", "shop", "phase", "promise", "deadline", "left")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def list_line(found: AtRiskList, words: Words) -> str:
    """Return "showing 200 of 1,340" when the list is cut, else how many there are."""
    shown, total = len(found.rows), max(found.total, len(found.rows))
    if shown < total:
        return words("list_cut", shown=number(shown), total=number(total))
    return words("list_all", total=number(total))


def table_rows(rows: Sequence[AtRiskRow], words: Words) -> list[dict[str, object]]:
    """Return one record a row, by COLUMNS; the deadline is an aware time, the rest is text."""
    return [_cells(row, words) for row in rows]


def _cells(row: AtRiskRow, words: Words) -> dict[str, object]:
    left = row.seconds_left
    key = "late_by" if row.overdue else "left"
    return {
        "status": words("late" if row.overdue else "soon"),
        "order": row.order_id,
        "platform": words.term("platform", row.platform),
        "shop": row.shop,
        "phase": words.term("phase", row.phase),
        "promise": words.term("promise", row.promise),
        "deadline": row.deadline_at,
        "left": "–" if left is None else words(key, time=words.duration(left)),
    }


def csv_file(rows: Sequence[AtRiskRow], words: Words) -> bytes:
    """Return the whole list as CSV: a byte-order mark for Excel, ISO times with zone, no live formulas."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([words(f"col_{name}", zone="").strip() for name in COLUMNS])
    for record in table_rows(rows, words):
        writer.writerow([_cell(record[name], words) for name in COLUMNS])
    return text.getvalue().encode("utf-8-sig")


def _cell(value: object, words: Words) -> str:
    if isinstance(value, datetime):
        return value.astimezone(words.zone).isoformat(timespec="seconds")
    text = "" if value is None else str(value)
    # A spreadsheet runs a cell that starts like a formula; a shop's own texts must stay texts.
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def csv_name(as_of: datetime, shop: str, words: Words) -> str:
    """Return a file name that carries the filter and the moment of the data."""
    safe = "".join(letter if letter.isalnum() else "-" for letter in shop)
    stamp = f"{as_of.astimezone(words.zone):%Y%m%dT%H%M%S%z}"
    return "_".join(part for part in (words("file"), safe, stamp) if part) + ".csv"
