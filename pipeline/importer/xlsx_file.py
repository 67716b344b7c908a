"""Reads one sheet of an Excel workbook; every cell becomes text by a stated rule."""

import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile, is_zipfile

from pipeline.domain.mapping import Mapping
from pipeline.importer.columns import row_keys
from pipeline.importer.probe import Probe
from pipeline.importer.readers import FileRow, table_row
from pipeline.importer.refused import FileRefused
from pipeline.importer.xlsx_errors import Errors, error_cells

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

Cell = str | int | float | bool | datetime | date | time | timedelta

UNPACKED_BYTES = 2 << 30
"""A workbook that unpacks to more is refused: save it as CSV."""

EXACT = 10**15
"""Excel keeps 15 digits; a larger number has lost its last ones and is written 1.2E+18 to show it."""


class XlsxFile:
    """A workbook whose sheet has a header that fits the mapping and no merged cells in the data."""

    def __init__(self, probe: Probe, mapping: Mapping) -> None:
        self.probe = probe
        look = mapping.document.file
        self._header_row = look.header_row
        self._sheet = _sheet(probe, look.sheet)
        self._errors = _errors(probe, self._sheet.name)
        self._where = f'{probe.name}, sheet "{self._sheet.name}"'
        self._refuse_merged()
        header = next((cells for line, cells in self._lines() if line == self._header_row), [])
        if not any(cell.strip() for cell in header):
            raise FileRefused(
                f"{self._where}, line {self._header_row}: there are no column names on this line;"
                " say in the mapping where they are: [file] header_row, or which sheet: [file] sheet"
            )
        while header and not header[-1].strip():
            header.pop()
        self._keys = row_keys(header, mapping, f"{self._where}, line {self._header_row}")

    def rows(self) -> Iterator[FileRow]:
        """Yield the rows under the header; the line is Excel's row number."""
        for line, cells in self._lines():
            if line > self._header_row:
                padded = cells + [""] * (len(self._keys) - len(cells))
                row = table_row(line, self._keys, padded)
                if row is not None:
                    yield row

    def check_columns(self) -> None:
        """Nothing is left to check: the header was."""

    def _lines(self) -> Iterator[tuple[int, list[str]]]:
        yield from enumerate(_texts(self._sheet, self._errors), start=1)

    def _refuse_merged(self) -> None:
        for (top, left), (bottom, right) in self._sheet.merged_cell_ranges or []:
            if bottom + 1 >= self._header_row:
                raise FileRefused(
                    f"{self._where}, line {max(top + 1, self._header_row)}: the cells {_cell(top, left)}:"
                    f"{_cell(bottom, right)} are merged, so that it is not known to which row they belong;"
                    " unmerge them in Excel (Home, Merge & Center) and fill in every row"
                )


def sheet_rows(probe: Probe) -> Iterator[list[str]]:
    """Give the rows of the first visible sheet as texts; raises FileRefused."""
    sheet = _sheet(probe, "")
    return _texts(sheet, _errors(probe, sheet.name))


def text_of(cell: Cell) -> str:
    """Return a cell as text: 2018-01-31 23:59:59 for times, plain digits for whole numbers."""
    match cell:
        case str():
            return cell
        case bool():
            return "TRUE" if cell else "FALSE"
        case int() | float():
            return _number(float(cell))
        case datetime():
            milliseconds = cell.microsecond // 1000
            return f"{cell:%Y-%m-%d %H:%M:%S}" + (f".{milliseconds:03d}" if milliseconds else "")
        case _:
            return str(cell)


def _texts(sheet: "CalamineSheet", errors: Errors) -> Iterator[list[str]]:
    """Give the rows as texts, with the error cells, which python-calamine leaves empty."""
    for line, cells in enumerate(sheet.iter_rows(), start=1):
        texts = [text_of(cell) for cell in cells]
        for column, text in errors.get(line, {}).items():
            texts[column - 1] = text
        yield texts


def _errors(probe: Probe, sheet: str) -> Errors:
    try:
        return error_cells(probe.path, sheet)
    except (ParseError, BadZipFile, zlib.error, KeyError, ValueError, RuntimeError, EOFError) as error:
        raise FileRefused(f'{probe.name}: the sheet "{sheet}" cannot be read: {error!r}') from error


def _number(value: float) -> str:
    if abs(value) >= EXACT:
        return f"{value:.14E}"
    return str(int(value)) if value.is_integer() else repr(value)


def _cell(row: int, column: int) -> str:
    letters, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def _sheet(probe: Probe, wanted: str) -> "CalamineSheet":
    workbook = _workbook(probe)
    from python_calamine import CalamineError, SheetTypeEnum, SheetVisibleEnum  # noqa: PLC0415

    names = workbook.sheet_names
    if wanted and wanted not in names:
        raise FileRefused(
            f'{probe.name}: there is no sheet "{wanted}" ([file] sheet); the workbook has {", ".join(names)}'
        )
    shown = [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
    ]
    if not (wanted or shown):
        raise FileRefused(f"{probe.name}: the workbook has no visible sheet")
    try:
        return workbook.get_sheet_by_name(wanted or shown[0])
    except CalamineError as error:
        raise FileRefused(
            f'{probe.name}: the sheet "{wanted or shown[0]}" cannot be read: {error}'
        ) from error


def _workbook(probe: Probe) -> "CalamineWorkbook":
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError  # noqa: PLC0415

    _refuse_bomb(probe)
    try:
        return CalamineWorkbook.from_path(probe.path)
    except PasswordError as error:
        raise FileRefused(
            f"{probe.name}: the workbook has a password; save it without one and import again"
        ) from error
    except (CalamineError, OSError) as error:
        raise FileRefused(
            f"{probe.name}: this is no Excel workbook, or a damaged one ({error}); open it in Excel"
            " and save it again as XLSX"
        ) from error


def _refuse_bomb(probe: Probe) -> None:
    if not is_zipfile(probe.path):
        return
    try:
        with ZipFile(probe.path) as packed:
            unpacked = sum(entry.file_size for entry in packed.infolist())
    except (BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise FileRefused(f"{probe.name}: a damaged Excel workbook ({error}); save it again") from error
    if unpacked > UNPACKED_BYTES:
        raise FileRefused(
            f"{probe.name}: the workbook unpacks to {unpacked >> 20} MiB, the most is"
            f" {UNPACKED_BYTES >> 20}; save it as CSV"
        )
