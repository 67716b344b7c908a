"""Explains what an adapter understands of a payload, field by field, with the raw value beside it."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from pipeline.domain.adapters.adapter import Adapter, Kind, UnknownSaid
from pipeline.domain.adapters.facts import Teller
from pipeline.domain.adapters.fields import Field
from pipeline.domain.adapters.paths import Item
from pipeline.domain.adapters.values import Unreadable
from pipeline.domain.instants import from_ms
from schemas.raw import RawHeaders


class FieldExplained(NamedTuple):
    """One field: where it is, what was received, what is read of it; `error` where nothing can be read."""

    fact: str
    field: str
    path: str
    raw: Any  # decoded JSON of unknown shape, as it was received
    read: Any  # the value that the fact gets
    error: str = ""


class ItemExplained(NamedTuple):
    """One item of a payload. `silent`: why items of its kind tell nothing; `error`: why it tells no fact."""

    message: str
    silent: str
    fields: tuple[FieldExplained, ...]
    facts: tuple[str, ...]
    unknown: tuple[tuple[str, str], ...]
    error: str = ""


def explain(adapter: Adapter, value: bytes, headers: RawHeaders) -> list[ItemExplained]:
    """Return every item of the payload, explained; raises Unreadable when nothing of it is known."""
    return [_item(adapter, kind, item, headers) for kind, item in adapter.items(value, headers)]


def _item(adapter: Adapter, kind: Kind, item: Item, headers: RawHeaders) -> ItemExplained:
    if kind.message.silent:
        return ItemExplained(kind.message.name, kind.message.silent, (), (), ())
    fields = tuple(field for teller in kind.tellers for field in _fields(teller, item))
    parked: list[UnknownSaid] = []
    try:
        facts = adapter.tell(kind, item, headers, parked)
    except Unreadable as error:
        return ItemExplained(kind.message.name, "", fields, (), (), str(error))
    told = tuple(fact.to_bytes().decode() for fact in facts)
    unknown = tuple((said.field, said.code) for said in parked)
    return ItemExplained(kind.message.name, "", fields, told, unknown)


def _fields(teller: Teller, item: Item) -> Iterator[FieldExplained]:
    for part, around in teller.parts(item):
        for field in teller.fields:
            path = " or ".join(field.paths) or "(fixed)"
            raw = field.raw(part, around)
            try:
                yield FieldExplained(
                    teller.fact, field.name, path, raw, _shown(field, field.read(part, around))
                )
            except Unreadable as error:
                yield FieldExplained(teller.fact, field.name, path, raw, None, str(error))


def _shown(field: Field, value: Any) -> Any:  # Any: a field's value depends on the field
    """Return times as people read them, in UTC."""
    return from_ms(value).isoformat() if field.is_time and isinstance(value, int) else value
