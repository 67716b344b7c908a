"""A mapping ready for use, and what it makes of a record: the order fact."""

import hashlib
import json
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from pipeline.domain.instants import EPOCH, from_ms
from pipeline.domain.mapping.document import MappingDocument, MappingError
from pipeline.domain.mapping.folding import fold
from pipeline.domain.mapping.refusals import refusals
from pipeline.domain.mapping.rows import MILESTONES, SURPLUS, Row, RowReader, UnreadableRow, Values
from schemas.base import derived_id
from schemas.order import OrderReported
from schemas.raw import RawHeaders
from schemas.vocabulary import Phase, Reporter

NEEDED = {
    Phase.SHIPPED: ("outbound_at", "first_scan_at", "signed_at"),
    Phase.PART_SHIPPED: ("outbound_at", "first_scan_at", "signed_at"),
    Phase.SIGNED: ("signed_at",),
    Phase.FINISHED: ("signed_at",),
}
"""A phase says more than the milestones can when none of these is known."""


@dataclass(frozen=True, slots=True)
class ColumnNeed:
    """A column the mapping reads: the key that names it, and its possible names (rows use the first)."""

    key: str
    names: tuple[str, ...]
    optional: bool


@dataclass(frozen=True, slots=True)
class Mapping:
    """A checked mapping document with its parsers compiled. `canonical` is what travels in raw headers."""

    document: MappingDocument
    canonical: bytes
    version: str
    reader: RowReader

    @property
    def name(self) -> str:
        """The name of the document."""
        return self.document.name

    @property
    def label(self) -> str:
        """Name and version as facts carry them: olist@1a2b3c4d."""
        return f"{self.document.name}@{self.version}"

    @property
    def folds(self) -> bool:
        """True when the rows of one order travel together, as one JSON list."""
        return self.document.lines is not None and self.document.lines.judge == "order"

    def columns(self) -> list[ColumnNeed]:
        """Return every column the mapping reads, each once."""
        optional = set(self.document.file.optional)
        named = {names: key for key, names in reversed(list(_named(self.document))) if names}
        return [
            ColumnNeed(key, names, not optional.isdisjoint(names)) for names, key in reversed(named.items())
        ]


def _named(document: MappingDocument) -> Iterator[tuple[str, tuple[str, ...] | None]]:
    order, promise = document.order, document.promise
    for name in ("id", "shop_column", "units", "paid", "version"):
        yield f"order.{name}", getattr(order, name)
    for name in MILESTONES:
        column = getattr(document.times, name)
        yield f"times.{name}", column.column if column else None
    yield "promise.ship.column", promise.ship.column if promise.ship else None
    yield "promise.sign.column", promise.sign.column if promise.sign else None
    yield "status.column", document.status.column if document.status else None
    yield "lines.column", document.lines.column if document.lines else None
    for name in order.extra:
        yield "order.extra", (name,)


def load_mapping(text: bytes, *, origin: str = "mapping", settings: dict[str, Any] | None = None) -> Mapping:
    """Read a document: TOML, or its canonical JSON. `settings` ("promise.sign.by": value) override keys.

    Raises MappingError with one sentence a line, each naming `origin`, the line where known, and the key.
    """
    document, source = _parsed(text, origin)
    for key, value in (settings or {}).items():
        _override(document, key, value)
    try:
        checked = MappingDocument.model_validate(document)
    except ValidationError as error:
        raise MappingError(refusals(error, origin, source)) from error
    spoken = checked.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude={"title"})
    canonical = json.dumps(spoken, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    version = hashlib.sha256(canonical).hexdigest()[:8]
    return Mapping(checked, canonical, version, RowReader(checked))


def read_row(mapping: Mapping, row: Row | Sequence[Row], headers: RawHeaders) -> OrderReported:
    """Return the fact of one row, or of all rows of one order when the mapping folds lines.

    The id depends on the mapping and the row's content alone: neither on its place nor on the hour of import.
    Raises UnreadableRow, naming column and value.
    """
    reader = mapping.reader
    if isinstance(row, Sequence):
        if not row or mapping.document.lines is None:
            raise UnreadableRow("several rows in one record, but the mapping has no [lines]")
        values = fold([reader.read(each) for each in row], mapping.document.lines)
    else:
        values = reader.read(row)
    return _fact(mapping, values, headers)


def read_record(mapping: Mapping, value: bytes, headers: RawHeaders) -> OrderReported:
    """Return the fact of the value of a raw record; raises UnreadableRow."""
    try:
        row = json.loads(value)
    except (ValueError, RecursionError) as error:
        raise UnreadableRow(f"the record is no JSON: {error}") from error
    if not isinstance(row, dict) and not (isinstance(row, list) and all(isinstance(e, dict) for e in row)):
        raise UnreadableRow("the record is neither a JSON object nor a list of them")
    for cells in row if isinstance(row, list) else [row]:
        for name, cell in cells.items():
            if not isinstance(cell, str) and name != SURPLUS:
                raise UnreadableRow(f'column "{name}": the cell is no text but {type(cell).__name__}')
    return read_row(mapping, row, headers)


def _parsed(text: bytes, origin: str) -> tuple[dict[str, Any], str]:
    try:
        source = text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MappingError(f"{origin}: is not UTF-8 text; save the mapping as UTF-8") from error
    try:
        parsed = json.loads(source) if source.lstrip().startswith("{") else tomllib.loads(source)
    except RecursionError as error:
        raise MappingError(f"{origin}: is nested too deeply") from error
    except ValueError as error:
        raise MappingError(f"{origin}: is not valid TOML: {error}") from error
    return parsed, source


def _override(document: dict[str, Any], key: str, value: Any) -> None:
    *sections, last = key.split(".")
    table = document
    for name in sections:
        inner = table.setdefault(name, {})
        if not isinstance(inner, dict):
            raise MappingError(f"`{key}` cannot be set: `{name}` is no table of the mapping")
        table = inner
    table[last] = value


def _fact(mapping: Mapping, values: Values, headers: RawHeaders) -> OrderReported:
    observed = _instant(headers.received_ms)
    as_of = None if headers.as_of_ms is None else _instant(headers.as_of_ms)
    content = json.dumps([mapping.label, headers.as_of_ms, values.texts], ensure_ascii=True)
    cause = hashlib.blake2b(content.encode(), digest_size=16).hexdigest()
    if as_of is not None:
        values = _known_at(values, as_of)
    document = mapping.document
    by_time = document.order.version_is == "time"
    line = values.line
    if document.lines and document.lines.judge == "each" and not line:
        line = hashlib.blake2b(repr(values.texts).encode(), digest_size=8).hexdigest()
    return OrderReported(
        event_id=derived_id(cause, "order.reported"),
        cause_id=cause,
        occurred_at=_occurred_at(values, by_time, min(observed, as_of or observed)),
        observed_at=observed,
        order_id=values.order_id,
        platform=document.platform,
        shop=values.shop,
        reporter=Reporter.FILE,
        mapping=mapping.label,
        phase=values.phase,
        raw_code=values.raw_code,
        version=values.version,
        version_is_time=by_time,
        line=line,
        units=values.units,
        cannot_supply=values.cannot_supply,
        paid_fen=values.paid_fen,
        judged_at=observed if as_of is None else None,
        as_of=as_of,
        extra=values.extra,
        **_promised(mapping, values.times),
    )


def _instant(ms: int) -> datetime:
    try:
        return EPOCH + timedelta(milliseconds=ms)
    except OverflowError as error:
        raise UnreadableRow(f"the headers name {ms} ms since 1970: no time can be that") from error


def _promised(mapping: Mapping, times: dict[str, datetime]) -> dict[str, Any]:
    """Return the times with the computed promises added. Any: it becomes keyword arguments of the fact."""
    told: dict[str, Any] = dict(times)
    promises = mapping.document.promise
    for name, promise in (("promised_ship_at", promises.ship), ("promised_sign_at", promises.sign)):
        if promise and promise.from_ and promise.hours and promise.from_ in times:
            told[name] = times[promise.from_] + timedelta(milliseconds=round(promise.hours * 3_600_000))
    return told


def _known_at(values: Values, as_of: datetime) -> Values:
    """Return what could be known at `as_of`: later milestones, and words that tell of them, are left out."""
    later = [name for name in MILESTONES if name in values.times and values.times[name] > as_of]
    times = {name: at for name, at in values.times.items() if name not in later}
    needed = NEEDED.get(values.phase) if values.phase else None
    if not later and (needed is None or any(name in times for name in needed)):
        return values
    return replace(values, times=times, phase=None, raw_code="", cannot_supply=False)


def _occurred_at(values: Values, version_is_time: bool, limit: datetime) -> datetime:
    """Return the version's time, else the latest milestone, no later than `limit`; without any, `limit`."""
    if version_is_time and values.version is not None:
        said = from_ms(values.version)
        if said <= limit:
            return said
    happened = [values.times[name] for name in MILESTONES if name in values.times]
    return max((at for at in happened if at <= limit), default=limit)
