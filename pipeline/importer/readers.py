"""Opens an order file of any kind as rows with line numbers."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pipeline.domain.mapping import Mapping
from pipeline.importer.probe import Probe, probe

Cells = dict[str, str]


@dataclass(frozen=True, slots=True)
class FileRow:
    """One row. `line` is what an editor or the spreadsheet shows; `problem` says why it is no row at all."""

    line: int
    cells: Cells
    problem: str = ""
    surplus: tuple[str, ...] = ()
    text: str = ""


class OrderFile(Protocol):
    """A file that can be read from the start as often as needed."""

    probe: Probe

    def rows(self) -> Iterator[FileRow]:
        """Yield every row that is not blank; raises FileRefused when the file cannot go on."""
        ...

    def check_columns(self) -> None:
        """Raise FileRefused when a column lacks; called after the rows were read once."""
        ...


def open_file(path: Path, mapping: Mapping) -> OrderFile:
    """Open the file by the mapping's [file] section; raises FileRefused."""
    from pipeline.importer.csv_file import CsvFile  # noqa: PLC0415  (the three import this module)
    from pipeline.importer.ndjson_file import NdjsonFile  # noqa: PLC0415
    from pipeline.importer.xlsx_file import XlsxFile  # noqa: PLC0415

    look = mapping.document.file
    found = probe(path, look.kind, look.encoding)
    match found.kind:
        case "xlsx":
            return XlsxFile(found, mapping)
        case "ndjson":
            return NdjsonFile(found, mapping)
        case _:
            return CsvFile(found, mapping)


def table_row(line: int, keys: list[str], cells: list[str]) -> FileRow | None:
    """Return the row, None for a blank one; too many or too few cells are a problem."""
    if not any(cell.strip() for cell in cells):
        return None
    known = dict(zip(keys, cells, strict=False))
    surplus = tuple(cells[len(keys) :])
    if any(cell.strip() for cell in surplus):
        problem = f"the row has {len(cells)} cells, but the header has {len(keys)} columns"
        return FileRow(line, known, problem, surplus)
    if len(cells) < len(keys):
        lacking = keys[len(cells)]
        problem = (
            f"the row has only {len(cells)} cells, but the header has {len(keys)} columns:"
            f' it ends before "{lacking}"'
        )
        return FileRow(line, known, problem)
    return FileRow(line, known)


def row_bytes(row: FileRow) -> bytes:
    """Return a row as bytes: its line as it was, or its cells as JSON with surplus cells under the key ""."""
    if row.text:
        return row.text.encode("utf-8", "surrogatepass")
    cells: dict[str, object] = dict(row.cells)
    if row.surplus:
        cells[""] = list(row.surplus)
    return json.dumps(cells, ensure_ascii=False, separators=(",", ":")).encode()
