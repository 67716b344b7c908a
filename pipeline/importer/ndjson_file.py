"""Reads NDJSON: one object a line, inner objects by dotted column names, every value as text."""

import json
from collections.abc import Iterator
from typing import Any, NoReturn

from pipeline.domain.mapping import Mapping
from pipeline.importer.columns import missing
from pipeline.importer.probe import Probe
from pipeline.importer.readers import Cells, FileRow
from pipeline.importer.refused import FileRefused

LINE_CHARACTERS = 600_000
DEPTH = 8
"""Deeper objects stay one cell of JSON."""


class NdjsonFile:
    """A file of JSON objects, one a line."""

    def __init__(self, probe: Probe, mapping: Mapping) -> None:
        self.probe = probe
        self._mapping = mapping
        self._needs = mapping.columns()
        self._seen: set[str] = set()

    def rows(self) -> Iterator[FileRow]:
        """Yield one row a line that is not blank."""
        with self.probe.path.open(encoding=self.probe.codec, newline="\n") as file:
            for line, text in enumerate(_lines(file.readline), start=1):
                if text.strip():
                    yield self._row(line, text.strip())

    def check_columns(self) -> None:
        """Refuse the file when no line at all has a column that must be there."""
        for need in self._needs:
            if not need.optional and not self._seen.intersection(need.names):
                where = f"{self.probe.name}, on no line"
                raise FileRefused(missing(need, sorted(self._seen), self._mapping, where))

    def _row(self, line: int, text: str) -> FileRow:
        if len(text) > LINE_CHARACTERS:
            return FileRow(line, {}, f"the line has more than {LINE_CHARACTERS} characters", text=text)
        try:
            parsed = _DECODER.decode(text)
            text.encode()
        except (ValueError, RecursionError) as error:
            return FileRow(line, {}, f"the line is no JSON object: {error}", text=text)
        if not isinstance(parsed, dict):
            return FileRow(line, {}, "the line is JSON, but no object in { }", text=text)
        cells: Cells = {}
        _flatten(parsed, "", cells, DEPTH)
        self._seen.update(cells)
        for need in self._needs:
            used = next((name for name in need.names if name in cells), None)
            if used and used != need.names[0]:
                cells[need.names[0]] = cells.pop(used)
        if not _encodable(cells):
            return FileRow(line, {}, "the line holds half a character (a lone surrogate)", text=text)
        return FileRow(line, cells)


def _lines(readline: Any) -> Iterator[str]:  # Any: the bound method of a text file
    while text := readline(LINE_CHARACTERS * 8):
        yield text


def _flatten(inner: dict[str, Any], prefix: str, cells: Cells, depth: int) -> None:
    for name, value in inner.items():
        key = f"{prefix}{name}"
        if isinstance(value, dict) and depth > 1:
            _flatten(value, f"{key}.", cells, depth - 1)
        elif key:
            cells[key] = _text(value)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False)


def _encodable(cells: Cells) -> bool:
    try:
        "".join((*cells, *cells.values())).encode()
    except UnicodeEncodeError:
        return False
    return True


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON number")


_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=_no_number)
"""Numbers stay as they are written: an order number of 19 digits must not lose its last ones."""
