"""The first pass: reads every row of every file and decides what becomes of it, before anything is sent."""

import hashlib
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from pipeline.domain.mapping import Mapping, UnreadableRow
from pipeline.domain.mapping.rows import Values
from pipeline.domain.order_state import LINES_MOST
from pipeline.importer.readers import FileRow, OrderFile, open_file, row_bytes
from pipeline.importer.refused import FileRefused
from pipeline.importer.summary import Problem, Summary
from schemas.vocabulary import Phase

EVERY_ROWS = 500
"""Rows between two reports of progress."""

COMPARED = 2000
"""Conflicts of which the differing columns are looked up; further ones are told without."""

ROW_BYTES = 400_000
"""Most bytes of a row: it has to fit one Kafka record."""

AHEAD = timedelta(days=1)
"""How far ahead of the import a milestone may lie: a date may mean the end of today, and clocks differ."""

Progress = Callable[[int], None]
"""Told how many rows were read so far."""


class Fate(IntEnum):
    """What becomes of a row."""

    SEND = 0
    DUPLICATE = 1
    SKIP = 2
    SET_ASIDE = 3


@dataclass(slots=True)
class Checked:
    """The outcome of the first pass; rows are numbered through all files in the order of reading.

    `fates` holds one byte a row, `problems` the rows set aside, `to_send` how many rows of each order go.
    """

    mapping: Mapping
    files: list[OrderFile]
    summary: Summary
    as_of_ms: int | None = None
    fates: bytearray = field(default_factory=bytearray)
    problems: dict[int, Problem] = field(default_factory=dict)
    to_send: dict[bytes, int] = field(default_factory=dict)

    def rows(self) -> Iterator[tuple[int, OrderFile, FileRow]]:
        """Read all files again: number, file and row."""
        number = 0
        for file in self.files:
            for row in file.rows():
                yield number, file, row
                number += 1


def check(
    paths: list[Path],
    mapping: Mapping,
    as_of_ms: int | None = None,
    progress: Progress = lambda rows: None,
    now_ms: int | None = None,
) -> Checked:
    """Check all files; raises FileRefused when one of them cannot be used at all.

    `now_ms`: a row is set aside where a milestone lies more than a day ahead of it. With `as_of_ms` none is:
    what came later is not known yet.
    """
    files = [open_file(path, mapping) for path in paths]
    checked = Checked(mapping, files, Summary(mapping.label, len(files)), as_of_ms)
    _Checker(checked, now_ms if as_of_ms is None else None).run(progress)
    return checked


def order_key(order_id: str) -> bytes:
    """Return what stands for an order in memory."""
    return hashlib.blake2b(order_id.encode(), digest_size=12).digest()


class _Checker:
    """Remembers, for each order (and line, and version), a hash of what was said first and where."""

    def __init__(self, checked: Checked, now_ms: int | None) -> None:
        self.checked = checked
        zone = ZoneInfo(checked.mapping.document.zone)
        self._now = None if now_ms is None else datetime.fromtimestamp(now_ms / 1000, zone)
        self._folds = checked.mapping.folds
        self._said: dict[bytes, tuple[bytes, int]] = {}
        self._starts: list[int] = []  # number of the first row of each file
        self._lines = array("Q")  # line of each row
        self._clashes: dict[int, int] = {}  # row -> a row that contradicts it
        self._lines_of: dict[bytes, int] = {}  # how many lines each order has, if they are judged one by one
        self._versioned: set[bytes] = set()  # lines that were told with a version
        self._spoilt: dict[bytes, int] = {}  # order -> its row that cannot be taken, if lines are folded

    def run(self, progress: Progress) -> None:
        for file in self.checked.files:
            self._starts.append(len(self._lines))
            for row in file.rows():
                self._lines.append(row.line)
                self.checked.fates.append(self._fate(file, row))
                if len(self._lines) % EVERY_ROWS == 0:
                    progress(len(self._lines))
            self._finish(file, self._starts[-1])
        if self._clashes or self._spoilt:
            self._explain()
        self._count()
        progress(len(self._lines))

    def _fate(self, file: OrderFile, row: FileRow) -> Fate:
        reader, number = self.checked.mapping.reader, len(self._lines) - 1
        try:
            if row.problem:
                raise UnreadableRow(row.problem, reader.order_id_of(row.cells))
            values = reader.read(row.cells)
            self._refuse_ahead(values)
            if len(row_bytes(row)) > ROW_BYTES:
                raise UnreadableRow(f"the row has more than {ROW_BYTES} bytes", values.order_id)
        except UnreadableRow as error:
            self.checked.problems[number] = Problem(file.probe.name, row.line, "unreadable", str(error))
            if error.order_id and self._folds:
                self._spoilt.setdefault(order_key(error.order_id), number)
            return Fate.SET_ASIDE
        if values.phase is Phase.UNKNOWN:
            self.checked.summary.unknown_status[values.raw_code] += 1
        if self._after_as_of(values):
            return Fate.SKIP
        return self._first_or_again(number, values)

    def _refuse_ahead(self, values: Values) -> None:
        """Raise UnreadableRow where a milestone has not happened yet: it would keep, or break, a promise."""
        if self._now is None:
            return
        cell = self.checked.mapping.reader.milestone_after(values, self._now + AHEAD)
        if cell:
            raise UnreadableRow(
                f"{cell} is later than the time of this import, {self._now.isoformat(' ', 'minutes')}:"
                " what has not happened yet is no milestone; correct the date, or remove it",
                values.order_id,
            )

    def _after_as_of(self, values: Values) -> bool:
        ordered, as_of_ms = values.times.get("ordered_at"), self.checked.as_of_ms
        return ordered is not None and as_of_ms is not None and ordered.timestamp() * 1000 > as_of_ms

    def _first_or_again(self, number: int, values: Values) -> Fate:
        order = order_key(values.order_id)
        content = _hash(values.texts)
        line = values.line or content.hex() if self.checked.mapping.document.lines else ""
        said, first = self._said.setdefault(
            _hash((values.order_id, str(values.version), line)), (content, number)
        )
        if first == number:
            if not self._has_room(order, values, line):
                return self._beyond(number, values.order_id)
            self.checked.to_send[order] = self.checked.to_send.get(order, 0) + 1
            return Fate.SEND
        if said == content:
            return Fate.DUPLICATE
        self._clashes[number] = first
        if first not in self._clashes:
            self._clashes[first] = number
            self.checked.fates[first] = Fate.SET_ASIDE
            self.checked.to_send[order] -= 1
        if self._folds:
            self._spoilt.setdefault(order, first)
        return Fate.SET_ASIDE

    def _has_room(self, order: bytes, values: Values, line: str) -> bool:
        """Whether the order keeps one more line, where it is judged line by line."""
        if self._folds or not self.checked.mapping.document.lines:
            return True
        known = _hash((values.order_id, line)) if values.version is not None else b""
        if known in self._versioned:
            return True
        if self._lines_of.get(order, 0) >= LINES_MOST:
            return False
        self._lines_of[order] = self._lines_of.get(order, 0) + 1
        if known:  # a line without a version is told once
            self._versioned.add(known)
        return True

    def _beyond(self, number: int, order_id: str) -> Fate:
        self.checked.problems[number] = Problem(
            self._file(number),
            self._lines[number],
            "unreadable",
            f"order {order_id} has more than {LINES_MOST} lines and is judged by those before this one; check"
            " which column is the order number, or let the mapping judge the order as a whole",
        )
        return Fate.SET_ASIDE

    def _finish(self, file: OrderFile, start: int) -> None:
        """The file has been read: refuse it when a column lacks or no row of it can be used."""
        file.check_columns()
        end = len(self._lines)
        if start == end:
            raise FileRefused(f"{file.probe.name}: the file has no rows under its column names")
        problems = self.checked.problems
        if all(number in problems for number in range(start, end)):
            first = "; ".join(f"line {problems[n].line}: {problems[n].reason}" for n in range(start, end)[:3])
            raise FileRefused(
                f"{file.probe.name}: none of its {end - start} rows can be read with the mapping"
                f" {self.checked.mapping.name}; {first}"
            )

    def _explain(self) -> None:
        """Read the files once more, to say how rows differ and set aside the rest of a spoilt order."""
        wanted = {row for pair in list(self._clashes.items())[:COMPARED] for row in pair}
        kept: dict[int, FileRow] = {}
        reader = self.checked.mapping.reader
        for number, _, row in self.checked.rows():
            if number in wanted:
                kept[number] = row
            if self._spoilt and self.checked.fates[number] == Fate.SEND:
                order = order_key(reader.order_id_of(row.cells))
                if order in self._spoilt:
                    self._set_aside(number, order)
        for number, other in self._clashes.items():
            self._explain_clash(number, other, kept)

    def _set_aside(self, number: int, order: bytes) -> None:
        place = self._place(self._spoilt[order])
        self.checked.fates[number] = Fate.SET_ASIDE
        self.checked.to_send[order] -= 1
        self.checked.problems[number] = Problem(
            self._file(number),
            self._lines[number],
            "incomplete",
            f"the order is judged as a whole, and its row in {place} cannot be taken",
        )

    def _explain_clash(self, number: int, other: int, kept: dict[int, FileRow]) -> None:
        reader = self.checked.mapping.reader
        mine, theirs = kept.get(number), kept.get(other)
        columns = ""
        order = "the order"
        if mine and theirs:
            names = ", ".join(reader.differing(mine.cells, theirs.cells))
            columns = f", differing in {names}" if names else ""
            order = f"order {reader.order_id_of(mine.cells)}"
        self.checked.problems[number] = Problem(
            self._file(number),
            self._lines[number],
            "conflict",
            f"{order} is told differently in {self._place(min(number, other))} and in"
            f" {self._place(max(number, other))}{columns}; {self._way_out()}",
        )

    def _way_out(self) -> str:
        if self.checked.mapping.document.order.version:
            return "both rows bear the same version: correct the file, or name a column that tells them apart"
        return (
            "name a version column in the mapping ([order] version), say that rows are lines ([lines]),"
            " or correct the file"
        )

    def _file(self, number: int) -> str:
        return self.checked.files[bisect_right(self._starts, number) - 1].probe.name

    def _place(self, number: int) -> str:
        file = f"{self._file(number)} " if len(self.checked.files) > 1 else ""
        return f"{file}line {self._lines[number]}"

    def _count(self) -> None:
        summary, fates, problems = self.checked.summary, self.checked.fates, self.checked.problems
        summary.rows = len(fates)
        summary.imported = fates.count(Fate.SEND)
        summary.duplicates = fates.count(Fate.DUPLICATE)
        summary.skipped_after_as_of = fates.count(Fate.SKIP)
        summary.orders = sum(1 for rows in self.checked.to_send.values() if rows)
        summary.errors = [problems[number] for number in sorted(problems)]
        kinds = [problem.kind for problem in summary.errors]
        summary.unreadable = kinds.count("unreadable")
        summary.conflicts = kinds.count("conflict")
        summary.incomplete = kinds.count("incomplete")


def _hash(texts: tuple[str, ...]) -> bytes:
    return hashlib.blake2b(repr(texts).encode(), digest_size=16).digest()
