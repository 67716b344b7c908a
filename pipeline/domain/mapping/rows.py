"""Reads one row into named values: every parser of a mapping, compiled once."""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from zoneinfo import ZoneInfo

from pipeline.domain.instants import to_ms
from pipeline.domain.mapping.cells import (
    UnreadableCell,
    clean,
    end_of_day,
    folded,
    moments,
    read_moment,
    read_number,
    shown,
    to_utc,
)
from pipeline.domain.mapping.document import CANNOT_SUPPLY, MappingDocument, Promise, TimeColumn
from schemas.vocabulary import Phase

Row = Mapping[str, str]
Read = Callable[[str], object]

SURPLUS = ""
"""Key under which a row carries the cells that have no column."""

MILESTONES = ("ordered_at", "paid_at", "outbound_at", "first_scan_at", "signed_at", "closed_at")
SPREADSHEET_ERRORS = frozenset(("#N/A", "#VALUE!", "#REF!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!"))
END_OF_DAY = time(23, 59, 59, 999000)


class UnreadableRow(ValueError):
    """A row that cannot be read; the message names column and value. `order_id` is set when it is known."""

    def __init__(self, reason: str, order_id: str = "") -> None:
        super().__init__(reason)
        self.order_id = order_id


@dataclass(frozen=True, slots=True)
class Values:
    """What one row says. `texts` are the cleaned cells the mapping reads, in its own order."""

    order_id: str
    line: str
    version: int | None
    shop: str
    texts: tuple[str, ...]
    times: dict[str, datetime]
    phase: Phase | None = None
    raw_code: str = ""
    cannot_supply: bool = False
    units: int | None = None
    paid_fen: int | None = None
    extra: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Column:
    """One column: what it fills, where it is found, how it is read."""

    fills: str
    name: str
    read: Read


class RowReader:
    """Reads rows by one document; holds no state between rows."""

    def __init__(self, document: MappingDocument) -> None:
        self.document = document
        self._empty = frozenset(document.values.empty)
        self._signs = tuple(unicodedata.normalize("NFKC", sign) for sign in document.values.currency)
        self._zone = ZoneInfo(document.zone)
        self._columns = tuple(self._compiled())
        self._words = dict(document.status.words) if document.status else {}
        self._folded_words = {folded(word): phase for word, phase in self._words.items()}
        self._line = document.lines is not None
        self._shop = document.order.shop or document.name

    def read(self, row: Row) -> Values:
        """Return what the row says; raises UnreadableRow."""
        surplus = row.get(SURPLUS)
        if surplus:
            raise UnreadableRow(f"the row has {len(surplus)} cells more than the header has columns")
        texts = tuple(self._text(row.get(column.name, "")) for column in self._columns)
        found: dict[str, object] = {}
        for column, text in zip(self._columns, texts, strict=True):
            if text:
                try:
                    found[column.fills] = column.read(text)
                except UnreadableCell as error:
                    order_id = str(found.get("order_id", ""))
                    raise UnreadableRow(f'column "{column.name}": {error}', order_id) from error
        return self._values(found, texts)

    def order_id_of(self, row: Row) -> str:
        """Return the order number of any row, readable or not; empty when it says none."""
        text = self._text(row.get(self.document.order.id[0], ""))
        return f"{self.document.order.prefix}{text}" if text else ""

    def shop_of(self, row: Row) -> str:
        """Return the shop of a row that can be read."""
        column = self.document.order.shop_column
        return (self._text(row.get(column[0], "")) if column else "") or self._shop

    def phase_of(self, word: str) -> str | None:
        """Return the phase (or cannot_supply) of a status word; None when the mapping does not know it."""
        return self._words.get(word) or self._folded_words.get(folded(word))

    def differing(self, first: Row, second: Row) -> list[str]:
        """Return the columns of the mapping in which two rows differ."""
        names = dict.fromkeys(column.name for column in self._columns)
        return [name for name in names if self._text(first.get(name, "")) != self._text(second.get(name, ""))]

    def milestone_after(self, values: Values, limit: datetime) -> str:
        """Return column and text of the first milestone later than `limit`; empty when there is none."""
        for column, text in zip(self._columns, values.texts, strict=True):
            at = values.times.get(column.fills)
            if at is not None and at > limit and column.fills in MILESTONES:
                return f'column "{column.name}": "{shown(text)}"'
        return ""

    def _text(self, text: str) -> str:
        text = clean(text)
        return "" if text in self._empty else text

    def _values(self, found: dict[str, object], texts: tuple[str, ...]) -> Values:
        order = self.document.order
        order_id = str(found.get("order_id", ""))
        if not order_id:
            raise UnreadableRow(f'column "{order.id[0]}": the order number is empty')
        version = found.get("version")
        if order.version and version is None:
            raise UnreadableRow(
                f'column "{order.version[0]}" is empty, but the mapping reads the version of the row from it',
                order_id,
            )
        times = {name: at for name, at in found.items() if isinstance(at, datetime)}
        word = str(found.get("status", ""))
        if not (times or word or version is not None or found.get("line")):
            raise UnreadableRow(
                f'column "{order.id[0]}": the row of "{shown(texts[0])}" tells no time, no promise and'
                " no status; it may be a totals row",
                order_id,
            )
        phase = self.phase_of(word) if word else None
        if word and phase is None:
            phase = Phase.UNKNOWN
        units, paid = found.get("units"), found.get("paid_fen")
        return Values(
            order_id=order_id,
            line=str(found.get("line", "")),
            version=version if isinstance(version, int) else None,
            shop=str(found.get("shop", "")) or self._shop,
            texts=texts,
            times=times,
            phase=Phase(phase) if phase and phase != CANNOT_SUPPLY else None,
            raw_code=word,
            cannot_supply=phase == CANNOT_SUPPLY,
            units=units if isinstance(units, int) else None,
            paid_fen=paid if isinstance(paid, int) else None,
            extra={name: str(found[key]) for name in order.extra if (key := f"extra:{name}") in found},
        )

    def _compiled(self) -> list[_Column]:
        document, order = self.document, self.document.order
        columns = [_Column("order_id", order.id[0], self._order_id)]
        if document.lines and document.lines.column:
            columns.append(_Column("line", document.lines.column[0], _text_up_to(128)))
        if order.version:
            reader = self._version_time() if order.version_is == "time" else self._whole
            columns.append(_Column("version", order.version[0], reader))
        if order.shop_column:
            columns.append(_Column("shop", order.shop_column[0], _text_up_to(128)))
        for name in MILESTONES:
            column = getattr(document.times, name)
            if column is not None:
                columns.append(_Column(name, column.column[0], self._milestone(column)))
        for name, promise in (("ship", document.promise.ship), ("sign", document.promise.sign)):
            if promise and promise.column:
                columns.append(_Column(f"promised_{name}_at", promise.column[0], self._promise(promise)))
        if document.status:
            columns.append(_Column("status", document.status.column[0], _text_up_to(256)))
        if order.units:
            columns.append(_Column("units", order.units[0], self._whole))
        if order.paid:
            columns.append(_Column("paid_fen", order.paid[0], self._money))
        columns += [_Column(f"extra:{name}", name, _text_up_to(4096)) for name in order.extra]
        return columns

    def _order_id(self, text: str) -> str:
        if "." in text or "E" in text or "e" in text:
            _refuse_rounded(text)
        if text in SPREADSHEET_ERRORS:
            raise UnreadableCell(f'"{text}" is an error of the spreadsheet, no order number')
        order_id = f"{self.document.order.prefix}{text}"
        if order_id.startswith("\0"):  # such keys are the runtime's own
            raise UnreadableCell("the order number begins with a NUL character, which is no text")
        return _text_up_to(128)(order_id)

    def _milestone(self, column: TimeColumn) -> Read:
        formats = column.dates or self.document.values.dates
        read, zone = moments(formats), self._zone
        day = {"start": time(0), "end": END_OF_DAY}.get(str(column.day), column.day)
        assert isinstance(day, time)

        def milestone(text: str) -> datetime:
            return to_utc(read_moment(read, text, formats), zone, day)

        return milestone

    def _promise(self, promise: Promise) -> Read:
        formats = promise.dates or self.document.values.dates
        read, zone = moments(formats), self._zone
        if promise.by == "date":
            return lambda text: end_of_day(read_moment(read, text, formats), zone)
        return lambda text: to_utc(read_moment(read, text, formats), zone, time(0))

    def _version_time(self) -> Read:
        formats, zone = self.document.values.dates, self._zone
        read = moments(formats)

        def version(text: str) -> int:
            return to_ms(to_utc(read_moment(read, text, formats), zone, time(0)))

        return version

    def _whole(self, text: str) -> int:
        values = self.document.values
        number = read_number(text, values.decimal, values.thousands)
        if number != int(number) or number < 0:
            raise UnreadableCell(f'"{shown(text)}" is no whole number of 0 or more')
        return int(number)

    def _money(self, text: str) -> int:
        values = self.document.values
        text = unicodedata.normalize("NFKC", text)
        for sign in self._signs:
            text = text.replace(sign, "")
        number = read_number(text, values.decimal, values.thousands)
        fen = number * 100 if self.document.order.paid_in == "yuan" else number
        if fen != int(fen) or fen < 0:
            raise UnreadableCell(f'"{shown(text)}" is no amount of 0 or more with at most whole fen')
        return int(fen)


def _text_up_to(most: int) -> Callable[[str], str]:
    def read(text: str) -> str:
        if len(text) > most:
            raise UnreadableCell(f'"{shown(text)}" has {len(text)} characters, the most is {most}')
        return text

    return read


def _refuse_rounded(text: str) -> None:
    """Refuse 1.23457E+18: a spreadsheet has rounded the order number away."""
    mantissa, _, exponent = text.lower().partition("e")
    if exponent.lstrip("+").isdigit() and mantissa.replace(".", "", 1).isdigit():
        raise UnreadableCell(
            f'"{shown(text)}": the spreadsheet has rounded this order number;'
            " format the column as text in the export and export again"
        )
