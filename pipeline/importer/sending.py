"""The second pass: sends what the first one let through, and the rows set aside to the dead letter."""

import base64
import json
from collections.abc import Callable
from typing import Protocol

from aiokafka.errors import KafkaError

from pipeline.domain.instants import from_ms
from pipeline.importer.checking import Checked, Fate, order_key
from pipeline.importer.probe import stamp
from pipeline.importer.readers import Cells, FileRow, OrderFile, row_bytes
from pipeline.importer.refused import FileRefused
from pipeline.importer.summary import Problem
from pipeline.producer import Record
from schemas.base import derived_id
from schemas.dead_letter import DeadLetter
from schemas.raw import RawHeaders
from schemas.topics import DEAD_LETTER, RAW_ORDER_FILE

FLUSH_RECORDS = 5000
DEAD_BYTES = 500_000
"""Most bytes of a row kept in the dead letter; it travels as base64."""

SOURCE = "order_file"
AGENT = "importer"


class Sender(Protocol):
    """What `pipeline.producer.Producer` does."""

    def add(self, topic: str, record: Record) -> None:
        """Gather one record."""
        ...

    async def flush(self) -> int:
        """Send what was gathered; returns once it is confirmed."""
        ...


class Interrupted(Exception):
    """Sending stopped in the middle; `confirmed` records are in Kafka."""

    def __init__(self, confirmed: int) -> None:
        super().__init__(f"sending stopped after {confirmed} records")
        self.confirmed = confirmed


async def send(
    checked: Checked, sender: Sender, received_ms: int, progress: Callable[[int], None] = lambda rows: None
) -> int:
    """Send every row and every dead letter, confirmed; returns how many records.

    `received_ms` is the start of this import. Raises Interrupted (its cause says why) when Kafka does not
    confirm or a file changed meanwhile: what was sent before stays, and importing again is harmless.
    """
    run = _Run(checked, sender, received_ms)
    try:
        refuse_changed(checked)
        for number, file, row in checked.rows():
            run.take(number, file, row)
            if run.gathered >= FLUSH_RECORDS:
                await run.flush()
                progress(number + 1)
        await run.flush()
        refuse_changed(checked)
    except (KafkaError, ValueError, KeyError, OSError, TimeoutError) as error:
        raise Interrupted(run.confirmed) from error
    progress(checked.summary.rows)
    checked.summary.sent = True
    return run.confirmed


def refuse_changed(checked: Checked) -> None:
    """Raise FileRefused when a file is no longer what was checked."""
    for file in checked.files:
        if stamp(file.probe.path) != file.probe.stamp:
            raise FileRefused(f"{file.probe.name}: the file was changed while it was imported")


class _Run:
    """One import on its way: what was gathered since the last flush, and orders waiting for their lines."""

    def __init__(self, checked: Checked, sender: Sender, received_ms: int) -> None:
        self._checked, self._sender, self._received_ms = checked, sender, received_ms
        self._waiting: dict[bytes, tuple[FileRow, list[Cells]]] = {}
        self.gathered = 0
        self.confirmed = 0

    def take(self, number: int, file: OrderFile, row: FileRow) -> None:
        if number >= len(self._checked.fates):
            refuse_changed(self._checked)
        match self._checked.fates[number]:
            case Fate.SEND if self._checked.mapping.folds:
                self._take_line(file, row)
            case Fate.SEND:
                self._add(file, row, row.cells)
            case Fate.SET_ASIDE:
                self._set_aside(file, row, self._checked.problems[number])

    async def flush(self) -> None:
        self.confirmed += await self._sender.flush()
        self.gathered = 0

    def _take_line(self, file: OrderFile, row: FileRow) -> None:
        order = order_key(self._checked.mapping.reader.order_id_of(row.cells))
        first, lines = self._waiting.setdefault(order, (row, []))
        lines.append(row.cells)
        if len(lines) == self._checked.to_send[order]:
            del self._waiting[order]
            self._add(file, first, lines)

    def _add(self, file: OrderFile, row: FileRow, said: Cells | list[Cells]) -> None:
        cells = said if isinstance(said, dict) else said[0]
        reader = self._checked.mapping.reader
        headers = RawHeaders(
            source=SOURCE,
            shop=reader.shop_of(cells),
            received_ms=self._received_ms,
            delivery_id=f"{file.probe.sha256[:16]}-{row.line}",
            mapping=self._checked.mapping.canonical,
            as_of_ms=self._checked.as_of_ms,
        )
        value = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
        key = reader.order_id_of(cells).encode()
        self._sender.add(RAW_ORDER_FILE.name, Record(key, value, self._received_ms, headers.to_headers()))
        self.gathered += 1

    def _set_aside(self, file: OrderFile, row: FileRow, problem: Problem) -> None:
        letter_id = derived_id(f"{file.probe.sha256}:{row.line}", "dead.letter")
        raw, reason = row_bytes(row), f"{file.probe.name}, line {row.line}: {problem.reason}"
        if len(raw) > DEAD_BYTES:
            raw, reason = raw[:DEAD_BYTES], f"{reason} (only the first {DEAD_BYTES} bytes are kept)"
        received = from_ms(self._received_ms)
        letter = DeadLetter(
            letter_id=letter_id,
            origin_topic=f"file:{file.probe.name}",
            origin_partition=0,
            origin_offset=row.line,
            origin_key=self._checked.mapping.reader.order_id_of(row.cells)[:128],
            occurred_at=received,
            observed_at=received,
            agent=AGENT,
            reason=reason,
            error=_ERRORS[problem.kind],
            schema_version=RAW_ORDER_FILE.name,
            raw=base64.b64encode(raw),
        )
        self._sender.add(DEAD_LETTER.name, Record(letter_id.encode(), letter.to_bytes(), self._received_ms))
        self.gathered += 1


_ERRORS = {"unreadable": "UnreadableRow", "conflict": "ConflictingRows", "incomplete": "IncompleteOrder"}
