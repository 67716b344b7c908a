"""Rows of event classes whose fields are named as the columns of their table: written once, not per class."""

import json
from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, get_args

from pydantic import BaseModel, TypeAdapter

from pipeline.clickhouse.columns import POSITION, STRING, TIME, TIME_OR_NULL, WORD, Row, TableSpec
from pipeline.clickhouse.fact_rows import ms_or_none
from pipeline.domain.instants import to_ms

Read = Callable[[Any], Any]
"""One column's value of an event; Any because each class and each column has its own type."""


def by_name(model: type[BaseModel], spec: TableSpec, own: Mapping[str, Read] | None = None) -> Read:
    """Return what builds the row of an event of this class, but for its position.

    A column takes the field of its name, or what `own` says; inner models become JSON. A column for which
    the class has no field is empty; TypeError if it cannot be.
    """
    given = own or {}
    columns = spec.columns[: -len(POSITION)]
    readers = tuple(given.get(name) or _reader(model, name, kind) for name, kind in columns)

    def row(event: BaseModel) -> Row:
        return tuple([read(event) for read in readers])

    return row


def the_rest(model: type[BaseModel], spec: TableSpec) -> Read:
    """Return what gives every field that has no column of its own, as one JSON object with sorted names.

    A field that is None is left out.
    """
    names = set(model.model_fields) - set(spec.column_names)

    def details(event: BaseModel) -> str:
        told = event.model_dump(mode="json", include=names, exclude_none=True)
        return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    return details


def array_of(field: str, name: str, kind: str) -> Read:
    """Return what gives one field of each inner model of `field`, as an array column of type `kind`."""
    value = _value(attrgetter(name), kind.removeprefix("Array(").removesuffix(")"))
    models = attrgetter(field)
    return lambda event: [value(inner) for inner in models(event)]


def _reader(model: type[BaseModel], name: str, kind: str) -> Read:
    field = model.model_fields.get(name)
    if field is None or field.annotation is None:
        empty = _empty(kind, f"{model.__name__}: {name}")
        return lambda event: empty
    if kind == STRING and _holds_models(field.annotation):
        return _as_json(name, TypeAdapter[Any](field.annotation))
    return _value(attrgetter(name), kind)


def _value(get: Read, kind: str) -> Read:
    match kind:
        case _ if kind == TIME:
            return lambda event: to_ms(get(event))
        case _ if kind == TIME_OR_NULL:
            return lambda event: ms_or_none(get(event))
        case _ if kind in (WORD, STRING):
            return lambda event: get(event) or ""
    return get


def _as_json(name: str, adapter: TypeAdapter[Any]) -> Read:
    get = attrgetter(name)

    def as_json(event: object) -> str:
        value = get(event)
        return "" if value is None else adapter.dump_json(value, exclude_none=True).decode()

    return as_json


def _empty(kind: str, what: str) -> object:
    if kind.startswith("Nullable"):
        return None
    if kind.startswith("Array"):
        return ()
    if kind.startswith("Map"):
        return {}
    if kind in (STRING, WORD):
        return ""
    raise TypeError(f"{what} is not in the class, and {kind} cannot say so")


def _holds_models(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return True
    return any(_holds_models(inner) for inner in get_args(annotation))
