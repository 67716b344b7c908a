"""What all questions share: who answers them, and how a cell becomes a value."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import isnan
from typing import Annotated, Any, Protocol, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict


class Reader(Protocol):
    """Whoever can answer a question of the board: the store, or a fake one in tests."""

    def rows(self, sql: str, parameters: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """Return the rows as column -> value; raises what the driver raises when the store is away."""


def moment(value: Any) -> Any:
    """Return a driver's time as aware UTC, None for none; what is no time stays what it is."""
    return _moment(value)


def _moment(value: object) -> object:
    """An aware UTC time. The driver leaves the zone out, and an empty max() is 1970: no time at all."""
    if not isinstance(value, datetime):
        return value
    aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return aware if aware.year > 1970 else None


def _share(value: object) -> object:
    """None for the NaN that a zero denominator leaves behind."""
    return None if isinstance(value, float) and isnan(value) else value


Moment = Annotated[datetime | None, BeforeValidator(_moment)]
Share = Annotated[float | None, BeforeValidator(_share)]


class Row(BaseModel):
    """One row of an answer; columns that nobody declared are left out."""

    model_config = ConfigDict(frozen=True, extra="ignore")


RowModel = TypeVar("RowModel", bound=Row)


def read(reader: Reader, model: type[RowModel], sql: str, **parameters: Any) -> tuple[RowModel, ...]:
    """Ask one question and return its rows, validated."""
    return tuple(model.model_validate(row) for row in reader.rows(sql, parameters))
