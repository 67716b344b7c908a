"""Reads CSV: the header where the mapping says, the delimiter by the header, lines as in an editor."""

import csv
from collections.abc import Iterator
from typing import TYPE_CHECKING, TextIO

from pipeline.domain.mapping import Mapping
from pipeline.importer.columns import found, row_keys
from pipeline.importer.probe import Probe
from pipeline.importer.readers import FileRow, table_row
from pipeline.importer.refused import FileRefused

if TYPE_CHECKING:
    import _csv

DELIMITERS = (",", "\t", ";", "|")
CELL_CHARACTERS = 131_072
"""A longer cell is a quote that is never closed."""

_UNCLOSED = ("unexpected end of data", "field larger than field limit")


class CsvFile:
    """A CSV file whose header fits the mapping."""

    def __init__(self, probe: Probe, mapping: Mapping) -> None:
        self.probe = probe
        self._mapping = mapping
        self._header_row = mapping.document.file.header_row
        header_line = self._header_text()
        chosen = mapping.document.file.delimiter
        self._delimiter = self._sniffed(header_line) if chosen == "auto" else chosen
        with self._open() as file:
            header, self._header_end = self._header(file)
        self._keys = row_keys(header, mapping, f"{probe.name}, line {self._header_row}")

    def rows(self) -> Iterator[FileRow]:
        """Yield the rows under the header."""
        with self._open() as file:
            _, end = self._header(file)
            reader = self._reader(file)
            while True:
                line = end + reader.line_num + 1
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    yield self._damaged(line, end + reader.line_num, error)
                    continue
                row = table_row(line, self._keys, cells)
                if row is not None:
                    yield row

    def check_columns(self) -> None:
        """Nothing is left to check: the header was."""

    def _open(self) -> TextIO:
        return self.probe.path.open(encoding=self.probe.codec, newline="")

    def _reader(self, file: TextIO) -> "_csv.Reader":
        csv.field_size_limit(CELL_CHARACTERS)
        return csv.reader(file, delimiter=self._delimiter, strict=True)

    def _damaged(self, line: int, last: int, error: csv.Error) -> FileRow:
        if str(error).startswith(_UNCLOSED):
            raise FileRefused(
                f'{self.probe.name}, line {line}: a quote (") is opened and never closed,'
                " so that the rest of the file would be one cell; close it or remove it"
            ) from error
        span = f" (lines {line} to {last})" if last > line else ""
        return FileRow(line, {}, f"a quoted cell is damaged{span}: {error}")

    def _header_text(self) -> str:
        with self._open() as file:
            for _ in range(self._header_row - 1):
                file.readline(CELL_CHARACTERS)
            text = file.readline(CELL_CHARACTERS)
        if not text.strip():
            raise FileRefused(
                f"{self.probe.name}, line {self._header_row}: there are no column names on this line;"
                " say in the mapping where they are: [file] header_row"
            )
        return text

    def _sniffed(self, header_line: str) -> str:
        """Return the delimiter that finds most of the mapping's columns, then the one that cuts most."""

        def fit(delimiter: str) -> tuple[int, int]:
            cells = next(csv.reader([header_line], delimiter=delimiter), [])
            return found(cells, self._mapping), len(cells)

        return max(DELIMITERS, key=fit)

    def _header(self, file: TextIO) -> tuple[list[str], int]:
        """Read up to the header; returns its cells and the number of its last line."""
        for _ in range(self._header_row - 1):
            file.readline()
        reader = self._reader(file)
        try:
            header = next(reader)
        except (csv.Error, StopIteration) as error:
            raise FileRefused(
                f"{self.probe.name}, line {self._header_row}: the column names cannot be read: {error}"
            ) from error
        return header, self._header_row - 1 + reader.line_num
