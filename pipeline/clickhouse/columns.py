"""What a table of ClickHouse is to the code: names and types of its columns, in the order of a row."""

from dataclasses import dataclass
from typing import Any

Column = tuple[str, str]
Row = tuple[Any, ...]
"""Values in the column order of a TableSpec; Any because each column has its own type."""

STRING = "String"
WORD = "LowCardinality(String)"
WORDS = "Array(LowCardinality(String))"
TEXTS = "Array(String)"
TIME = "DateTime64(3, 'UTC')"
TIME_OR_NULL = f"Nullable({TIME})"
TIMES = f"Array({TIME})"
TIMES_OR_NULL = f"Array({TIME_OR_NULL})"
BOOL = "Bool"
BOOL_OR_NULL = "Nullable(Bool)"
INT = "Int64"
INT_OR_NULL = "Nullable(Int64)"
INTS = "Array(Int64)"
UINT = "UInt32"
UINT_OR_NULL = "Nullable(UInt32)"
MAP = "Map(String, String)"
MAP_OF_INTS = "Map(String, Int64)"
FILLED_BY_STORE = "ingested_at"
"""Every table has this column; ClickHouse fills it, so that a repeated insert has the same content."""


@dataclass(frozen=True, slots=True)
class TableSpec:
    """One table: the columns that a row tuple fills, in its order (`ingested_at` is the store's)."""

    name: str
    columns: tuple[Column, ...]

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names in the order of a row."""
        return tuple(name for name, _ in self.columns)

    @property
    def column_types(self) -> tuple[str, ...]:
        """ClickHouse types in the order of a row."""
        return tuple(kind for _, kind in self.columns)


EVENT: tuple[Column, ...] = (
    ("event_id", STRING),
    ("cause_id", STRING),
    ("occurred_at", TIME),
    ("observed_at", TIME),
)
POSITION: tuple[Column, ...] = (
    ("source_topic", WORD),
    ("source_partition", UINT),
    ("source_offset", INT),
)


def table(name: str, *columns: Column) -> TableSpec:
    """Return a table with these columns and, behind them, where each row was read."""
    return TableSpec(name, (*columns, *POSITION))
