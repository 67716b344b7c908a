"""Reads a stock-take, CSV or XLSX, by the names of its columns."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pipeline.importer.probe import probe
from pipeline.importer.refused import FileRefused
from pipeline.importer.xlsx_file import sheet_rows

FIELDS = ("sku", "warehouse", "units")
ROWS_MOST = 1_000_000


class Counted(NamedTuple):
    """One line: so many pieces of a SKU in a warehouse."""

    line: int
    sku: str
    warehouse: str
    units: int


def read_mapping(text: str) -> dict[str, str]:
    """Return field -> column of "sku=货号,units=实盘"; raises FileRefused."""
    pairs = dict(pair.split("=", 1) for pair in text.split(",") if "=" in pair)
    named = {field.strip(): column.strip() for field, column in pairs.items()}
    if unknown := sorted(set(named) - set(FIELDS)):
        raise FileRefused(f"--mapping: there is no field {unknown[0]}; it names {', '.join(FIELDS)}")
    return {field: named.get(field, field) for field in FIELDS}


def read_stock_take(
    path: Path, mapping: dict[str, str], warehouse: str
) -> tuple[list[Counted], list[tuple[int, str]]]:
    """Return the lines that can be read, and (line, reason) of the others; raises FileRefused.

    `warehouse`: where it was counted, for a file without that column.
    """
    rows = _rows(path)
    header = [cell.strip() for cell in next(rows, [])]
    needed = [field for field in FIELDS if field != "warehouse" or not warehouse]
    for field in needed:
        if mapping[field] not in header:
            raise FileRefused(
                f"{path}: there is no column {mapping[field]!r} for {field}; the file has"
                f" {', '.join(map(repr, header)) or 'no header'}; name it: --mapping {field}=COLUMN"
            )
    places = {field: header.index(mapping[field]) for field in needed}
    good: list[Counted] = []
    bad: list[tuple[int, str]] = []
    for line, cells in enumerate(rows, 2):
        if not any(cell.strip() for cell in cells):
            continue
        if line > ROWS_MOST:
            raise FileRefused(f"{path}: more than {ROWS_MOST} lines")
        told = {field: cells[at].strip() if at < len(cells) else "" for field, at in places.items()}
        fault = _fault(told)
        if fault:
            bad.append((line, fault))
        else:
            units = int(float(told["units"]))
            good.append(Counted(line, told["sku"], told.get("warehouse") or warehouse, units))
    return good, bad + _twice(good)


def _fault(told: dict[str, str]) -> str:
    for field, text in told.items():
        if not text:
            return f"{field} is empty"
    try:
        units = float(told["units"])
    except ValueError:
        return f"{told['units']!r} is no number of pieces"
    if not 0 <= units < 10**12 or units != int(units):
        return f"{told['units']!r} is no number of pieces"
    return ""


def _twice(good: list[Counted]) -> list[tuple[int, str]]:
    seen: dict[tuple[str, str], int] = {}
    found = []
    for one in good:
        first = seen.setdefault((one.sku, one.warehouse), one.line)
        if first != one.line:
            found.append((one.line, f"{one.sku} in {one.warehouse} is in line {first} already"))
    return found


def _rows(path: Path) -> Iterator[list[str]]:
    found = probe(path)
    if found.kind == "xlsx":
        yield from sheet_rows(found)
        return
    with path.open(encoding=found.codec, newline="") as file:
        yield from csv.reader(file)
