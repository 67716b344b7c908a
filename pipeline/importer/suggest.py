"""Prints a mapping to start from: what the first rows of a file tell, each guess with its reason."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from pipeline.domain.mapping import load_mapping
from pipeline.domain.mapping.cells import folded, shown
from pipeline.importer.csv_file import DELIMITERS
from pipeline.importer.guesses import HINTS, filled, guesses, header_place, promised_by
from pipeline.importer.mappings import find_mapping
from pipeline.importer.probe import Probe, probe
from pipeline.importer.refused import FileRefused
from pipeline.importer.xlsx_file import sheet_rows

LOOKED_AT = 1000
"""Rows from the top of the file that are looked at."""

HEADER_WITHIN = 20
"""Filled rows among which the column names are looked for."""

WORDS_MOST = 40
"""Status words that are listed, the most frequent ones."""

HEAD = """# A mapping to start from; lines beginning with # are remarks. Every key: docs/importing.md
# Columns of {file}, line {line}: {columns}
# Check every guess: a wrong column gives wrong verdicts.

name = "my-shop"
platform = "other"
zone = "Asia/Shanghai"   # where the times of the file are written
{look}
[order]
{id}
shop = "my shop"
{shop}
[times]
{times}
# A promise: by = "date" (good until the end of that day) or "timestamp";
# or computed: from = "ordered_at" with hours = 48. Nothing promised: leave it out.
{promises}
{status}"""

STATUS = """[status]
column = {column}

[status.words]   # word of the file = unpaid, to_ship, hold, part_shipped,
# shipped, signed, finished, closed or cannot_supply. Words of later rows are listed by the import
{words}"""


@dataclass(frozen=True, slots=True)
class _Table:
    """The line of the column names, and the filled cells below each."""

    header_row: int
    cells: dict[str, list[str]]


def suggestion(path: Path) -> str:
    """Return the text of a mapping for the file; raises FileRefused when it holds no table."""
    table = _table(probe(path))
    guessed = guesses(list(table.cells))
    text = HEAD.format(
        file=path.name,
        line=table.header_row,
        columns=", ".join([shown(name) for name in table.cells][:60]),
        look=f"\n[file]\nheader_row = {table.header_row}\n" if table.header_row > 1 else "",
        id=_line("id", guessed.get("id")) or 'id = ""   # the column of the order number',
        shop=_line("shop_column", guessed.get("shop_column")),
        times="".join(_time(name, guessed.get(name)) for name in HINTS if name.endswith("_at")),
        promises="".join(_promise(kind, guessed, table) for kind in ("ship", "sign")),
        status=_status(guessed.get("status"), table),
    )
    if "id" in guessed:
        load_mapping(text.encode(), origin="the suggestion")  # what we print must work
    return text


def _table(found: Probe) -> _Table:
    if found.kind == "ndjson":
        raise FileRefused(f"{found.name}: suggestions are made for tables (CSV, XLSX), not for NDJSON")
    if found.kind == "xlsx":
        tables = [_read(enumerate(sheet_rows(found), start=1))]
    else:
        tables = [_read(_csv_rows(found, delimiter)) for delimiter in DELIMITERS]
    best = max(tables, key=lambda table: (len(guesses(list(table.cells))), len(table.cells)))
    if not best.cells:
        raise FileRefused(f"{found.name}: there are no column names on its first {LOOKED_AT} lines")
    return best


def _csv_rows(found: Probe, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Give each row with its line; damage ends the look, since the import will tell of it."""
    with found.path.open(encoding=found.codec, newline="") as file:
        reader = csv.reader(file, delimiter=delimiter)
        while True:
            line = reader.line_num + 1
            try:
                yield line, next(reader)
            except (csv.Error, StopIteration):
                return


def _read(rows: Iterator[tuple[int, list[str]]]) -> _Table:
    looked_at = [(line, cells) for line, cells in islice(rows, LOOKED_AT) if any(map(str.strip, cells))]
    if not looked_at:
        return _Table(1, {})
    place = header_place([cells for _, cells in looked_at[:HEADER_WITHIN]])
    line, header = looked_at[place]
    below: dict[str, list[str]] = {}
    for at, name in enumerate(header):
        column = [cells[at] for _, cells in looked_at[place + 1 :] if at < len(cells)]
        if name.strip():
            below.setdefault(" ".join(name.split()), filled(column))
    return _Table(line, below)


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _line(key: str, name: str | None) -> str:
    return f"{key} = {_quoted(name)}\n" if name else ""


def _time(key: str, name: str | None) -> str:
    return _line(key, name) or f'# {key} = ""\n'


def _promise(kind: str, guessed: dict[str, str], table: _Table) -> str:
    promised, estimated = guessed.get(f"promised_{kind}"), guessed.get(f"estimated_{kind}")
    name = promised or estimated
    if not name:
        return f'# [promise.{kind}]\n# column = ""\n# by = "date"\n\n'
    by, why = promised_by(table.cells[name])
    mark = "" if promised else "# "
    estimate = (
        "" if promised else "   # an estimate is no promise; if it was one, remove the # of these lines"
    )
    return (
        f'{mark}[promise.{kind}]{estimate}\n{mark}column = {_quoted(name)}\n{mark}by = "{by}"   # {why}\n\n'
    )


def _status(name: str | None, table: _Table) -> str:
    if not name:
        return "# [status]\n"
    spelt: dict[str, list[str]] = {}
    for text in table.cells[name]:
        spelt.setdefault(folded(text), []).append(" ".join(text.split()))
    known = find_mapping("chinese-export").reader
    words = []
    for texts in sorted(spelt.values(), key=len, reverse=True)[:WORDS_MOST]:
        phase = known.phase_of(texts[0])
        words.append(_word(shown(texts[0]), phase, len(texts)))
    if len(spelt) > WORDS_MOST:
        words.append(f"# and {len(spelt) - WORDS_MOST} more\n")
    return STATUS.format(column=_quoted(name), words="".join(words))


def _word(word: str, phase: str | None, rows: int) -> str:
    if phase:
        return f"{_quoted(word)} = {_quoted(phase)}\n"
    return f'# {_quoted(word)} = ""   # rows: {rows}; fill in what it means, and remove the first #\n'
