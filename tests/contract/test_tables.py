"""Every event reaches a table, whole: no type, no field and no column is forgotten or swapped."""

import re
from datetime import UTC, datetime, timedelta
from types import UnionType
from typing import Any, Union, get_args, get_origin

import orjson
import pytest
from pydantic import BaseModel

from pipeline.clickhouse.migrate import MIGRATIONS
from pipeline.clickhouse.rows import EXCUSED, TABLES, Position, row_of
from schemas.anomaly_life import AnomalyAccount, AnomalyStanding
from schemas.base import EPOCH
from schemas.desk import ChangeAddress
from schemas.order import OrderReported, Receiver
from schemas.promise import OrderAccount
from schemas.topics import DEAD_LETTER, DERIVED

POSITION = Position("fact.order.v1", 3, 41)
START = datetime(2026, 11, 11, 8, 0, 0, 7000, tzinfo=UTC)
RENAMED = {("event_clock", "clock_at"): "occurred_at"}
"""Columns that are named otherwise than the field they hold."""
RECEIVER = {
    "province": "province",
    "city": "city",
    "district": "district",
    "town": "town",
    "quality": "address_quality",
    "reasons": "address_reasons",
    "candidates": "address_candidates",
    "phone_tail": "phone_tail",
}
"""Field of a receiver -> its own column."""
UNFOLDED = {"receiver": set(RECEIVER.values()), "anomalies": set(AnomalyStanding.model_fields)}
"""Field whose inner models have columns of their own -> these; two tests below look at them."""
AS_JSON = {"evidence", "spot", "parcels", "places", "platforms", "fronts"}
"""Inner models that are stored as JSON text."""
EMPTY: tuple[Any, ...] = ("", None, (), {})


def carried(topic_type: Any) -> tuple[type[BaseModel], ...]:
    """The event classes of a topic: a model, or an Annotated union of them."""
    inner = get_args(topic_type)[0] if hasattr(topic_type, "__metadata__") else topic_type
    return get_args(inner) or (inner,)


EVENTS = [model for topic in (*DERIVED, DEAD_LETTER) for model in carried(topic.carries)]
STORED = [model for model in EVENTS if model not in EXCUSED]


def filled(model: type[BaseModel]) -> BaseModel:
    """An event in which every field has a value of its own."""
    values = {
        name: value_for(field.annotation, name, number, field.default)
        for number, (name, field) in enumerate(model.model_fields.items())
    }
    return model.model_validate(values)


FIXED = {
    "raw": "/wAn",  # base64 of bytes that are no UTF-8
    "phone_tail": "0042",
}
"""Values of fields that take not just any text."""
NEEDED: dict[type[BaseModel], set[str]] = {ChangeAddress: {"address_id"}}
"""Optional fields without which the whole is refused."""


def value_for(annotation: Any, name: str, number: int, default: Any) -> Any:
    if name == "type":
        return default
    if name in FIXED:
        return FIXED[name]
    if get_origin(annotation) in (Union, UnionType):
        annotation = get_args(annotation)[0]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return filled(annotation)
    if get_origin(annotation) is dict:
        is_text = get_args(annotation)[1] is str
        return {name: f"{name} value" if is_text else 1000 + number}
    if get_origin(annotation) is tuple:
        return (value_for(get_args(annotation)[0], name, number, default),)
    return simple_value(annotation, name, number)


def simple_value(annotation: Any, name: str, number: int) -> Any:
    text = str(annotation)
    if "Enum" in str(type(annotation)) or (get_origin(annotation) is not None and "Literal" in text):
        return list(getattr(annotation, "__members__", {}).values() or get_args(annotation))[-1]
    if annotation is bool:
        return True
    if annotation is int or "int" in text:
        return 1000 + number
    if annotation is str or "str" in text:
        return f"{name} {number}"
    return START + timedelta(milliseconds=number)


def ms(time: datetime) -> int:
    return (time - EPOCH) // timedelta(milliseconds=1)


def as_stored(event: BaseModel, name: str) -> Any:
    value = getattr(event, name)
    if isinstance(value, datetime):
        return ms(value)
    if isinstance(event, OrderAccount) and name == "words":
        return event.words_json()
    if name in AS_JSON and isinstance(value, tuple | BaseModel):
        return orjson.dumps(event.model_dump(mode="json", exclude_none=True)[name]).decode()
    return value


def read_back(model_event: BaseModel) -> dict[str, Any]:
    """What the row says, by field: `details` is taken apart, so that it counts as columns of its own."""
    table, row = row_of(model_event, POSITION)  # type: ignore[misc]
    stored = dict(zip(TABLES[table].column_names, row, strict=True))
    assert (stored.pop("source_topic"), stored.pop("source_partition")) == POSITION[:2]
    assert stored.pop("source_offset") == POSITION.offset
    return {RENAMED.get((table, column), column): value for column, value in stored.items()}


def details_of(said: dict[str, Any]) -> dict[str, Any]:
    """Take `details` out and give its content: names that no column has, in order."""
    told: dict[str, Any] = orjson.loads(said.pop("details", "{}"))
    assert list(told) == sorted(told)
    assert not told.keys() & said.keys()
    return told


@pytest.mark.parametrize("model", EVENTS, ids=lambda model: model.__name__)
def test_every_event_reaches_a_table_or_is_excused(model: type[BaseModel]) -> None:
    reached = row_of(filled(model), POSITION)
    assert (reached is None) == (model in EXCUSED)
    if reached is not None:
        table, row = reached
        assert len(row) == len(TABLES[table].columns)


@pytest.mark.parametrize("model", STORED, ids=lambda model: model.__name__)
def test_each_field_lands_in_the_column_of_its_name_or_in_details(model: type[BaseModel]) -> None:
    event = filled(model)
    said = read_back(event)
    details = details_of(said)
    as_json = event.model_dump(mode="json")
    for field in model.model_fields:
        if field in UNFOLDED:
            for column in UNFOLDED[field]:
                said.pop(column)
        elif field in details:
            assert details.pop(field) == as_json[field], field
        elif field != "type" or field in said:  # without it the table holds one type only
            assert said.pop(field) == as_stored(event, field), field
    assert details == {}, "details holds what the event does not say"
    assert all(value in EMPTY for value in said.values()), f"{said} is not in the event"


def test_details_hold_only_commands_and_instructions() -> None:
    folded = {table for table, spec in TABLES.items() if "details" in spec.column_names}
    assert folded == {"commands", "instructions"}


def test_the_anomalies_of_a_subject_land_in_one_array_a_field_in_one_order() -> None:
    first = filled(AnomalyStanding)
    second = first.model_copy(
        update={"anomaly_id": "other", "end": None, "ended_at": None, "attempts": 2, "taken_by": ""}
    )
    event = filled(AnomalyAccount).model_copy(update={"anomalies": (first, second)})
    said = read_back(event)
    for field in AnomalyStanding.model_fields:
        values = [getattr(one, field) for one in (first, second)]
        expected = [ms(value) if isinstance(value, datetime) else value for value in values]
        if field == "end":
            expected[1] = ""  # a word that was not said
        assert said[field] == expected, field


def test_a_receiver_lands_in_columns_of_its_own_whole() -> None:
    assert RECEIVER.keys() == Receiver.model_fields.keys()
    event = filled(OrderReported)
    table, row = row_of(event, POSITION)  # type: ignore[misc]
    stored = dict(zip(TABLES[table].column_names, row, strict=True))
    receiver = event.receiver  # type: ignore[attr-defined]
    assert {stored[column] for column in RECEIVER.values()} != {""}
    assert {field: stored[column] for field, column in RECEIVER.items()} == dict(receiver)
    silent = row_of(event.model_copy(update={"receiver": None}), POSITION)
    stored = dict(zip(TABLES[table].column_names, silent[1], strict=True))  # type: ignore[index]
    assert {stored[column] for column in RECEIVER.values()} == {"", ()}


@pytest.mark.parametrize("model", STORED, ids=lambda model: model.__name__)
def test_what_was_not_said_is_empty_or_null_never_invented(model: type[BaseModel]) -> None:
    optional = {name for name, field in model.model_fields.items() if not field.is_required()} - {"type"}
    complete = filled(model).model_dump(exclude=optional - NEEDED.get(model, set()))
    event = model.model_validate(complete | _raw(model))
    said = read_back(event)
    details = details_of(said)
    as_json = event.model_dump(mode="json")
    for name in optional - UNFOLDED.keys():
        if name in said:
            expected = as_stored(event, name)
            assert said[name] == expected or (expected is None and said[name] in ("", {})), name
        else:
            assert details.get(name) == as_json[name], name
            assert (name in details) == (as_json[name] is not None), name


def _raw(model: type[BaseModel]) -> dict[str, str]:
    return {"raw": "/wAn"} if "raw" in model.model_fields else {}


def test_a_type_without_a_table_is_an_error() -> None:
    with pytest.raises(KeyError):
        row_of(object(), POSITION)


def test_every_declared_table_is_filled_by_some_event() -> None:
    assert {row_of(filled(model), POSITION)[0] for model in STORED} == set(TABLES)  # type: ignore[index]


def test_every_table_says_where_its_rows_come_from() -> None:
    for table in TABLES.values():
        assert table.column_names[-3:] == ("source_topic", "source_partition", "source_offset")


def test_migrations_are_numbered_without_gaps_and_named_verb_object() -> None:
    names = sorted(path.name for path in MIGRATIONS.iterdir())
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))
    for name in names:
        assert re.fullmatch(r"\d{4}_(create|add|drop|change|rename)_[a-z0-9_]+\.sql", name)


def test_the_migration_library_finds_nothing_wrong_in_the_files() -> None:
    from clickhouse_migrations.validate import validate_migrations

    assert validate_migrations(MIGRATIONS).findings == []
