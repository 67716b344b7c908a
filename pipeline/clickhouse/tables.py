"""The tables of ClickHouse as the code writes them: names and types of their columns, in the order of a row.

The migrations create them; a test compares the two.
"""

from dataclasses import dataclass

Column = tuple[str, str]

STRING = "String"
WORD = "LowCardinality(String)"
TIME = "DateTime64(3, 'UTC')"
TIME_OR_NULL = f"Nullable({TIME})"
BOOL = "Bool"
INT = "Int64"
INT_OR_NULL = "Nullable(Int64)"
UINT = "UInt32"
MAP = "Map(String, String)"
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


_EVENT: tuple[Column, ...] = (
    ("event_id", STRING),
    ("cause_id", STRING),
    ("occurred_at", TIME),
    ("observed_at", TIME),
)
_POSITION: tuple[Column, ...] = (
    ("source_topic", WORD),
    ("source_partition", UINT),
    ("source_offset", INT),
)


def _table(name: str, *columns: Column) -> TableSpec:
    return TableSpec(name, (*columns, *_POSITION))


ORDER_REPORTS = _table(
    "order_reports",
    *_EVENT,
    ("order_id", STRING),
    ("platform", WORD),
    ("shop", WORD),
    ("reporter", WORD),
    ("mapping", WORD),
    ("phase", WORD),
    ("raw_code", WORD),
    ("version", INT_OR_NULL),
    ("version_is_time", BOOL),
    ("line", STRING),
    ("units", INT_OR_NULL),
    ("ordered_at", TIME_OR_NULL),
    ("paid_at", TIME_OR_NULL),
    ("promised_ship_at", TIME_OR_NULL),
    ("promised_sign_at", TIME_OR_NULL),
    ("outbound_at", TIME_OR_NULL),
    ("first_scan_at", TIME_OR_NULL),
    ("signed_at", TIME_OR_NULL),
    ("closed_at", TIME_OR_NULL),
    ("cannot_supply", BOOL),
    ("policy_promise", BOOL),
    ("cash_on_delivery", BOOL),
    ("paid_fen", INT_OR_NULL),
    ("judged_at", TIME_OR_NULL),
    ("as_of", TIME_OR_NULL),
    ("extra", MAP),
)

REFUND_REPORTS = _table(
    "refund_reports",
    *_EVENT,
    ("order_id", STRING),
    ("platform", WORD),
    ("shop", WORD),
    ("refund_id", STRING),
    ("mapping", WORD),
    ("raw_codes", MAP),
    ("amount_fen", INT),
    ("version", INT_OR_NULL),
)

TICKET_REPORTS = _table(
    "ticket_reports",
    *_EVENT,
    ("order_id", STRING),
    ("shop", WORD),
    ("ticket_id", STRING),
    ("mapping", WORD),
    ("topic", WORD),
    ("complaint", BOOL),
    ("open", BOOL),
    ("version", INT_OR_NULL),
)

SKU_FACTS = _table(
    "sku_facts",
    *_EVENT,
    ("type", WORD),
    ("sku", STRING),
    ("warehouse", WORD),
    ("counter", WORD),
    ("units", INT),
    ("reason", WORD),
    ("movement_id", STRING),
    ("order_id", STRING),
    ("platform", WORD),
    ("shop", WORD),
    ("mapping", WORD),
    ("version", INT_OR_NULL),
)

ORDER_DECISIONS = _table(
    "order_decisions",
    *_EVENT,
    ("type", WORD),
    ("order_id", STRING),
    ("shop", WORD),
    ("phase", WORD),
    ("previous", WORD),
    ("verdict", WORD),
    ("corrects", WORD),
    ("rule", WORD),
    ("deadline_at", TIME_OR_NULL),
    ("settled_at", TIME_OR_NULL),
)

ORDERS_CURRENT = _table(
    "orders_current",
    *_EVENT,
    ("order_id", STRING),
    ("platform", WORD),
    ("shop", WORD),
    ("phase", WORD),
    ("platform_phase", WORD),
    ("is_open", BOOL),
    ("verdict", WORD),
    ("rule", WORD),
    ("ordered_at", TIME_OR_NULL),
    ("paid_at", TIME_OR_NULL),
    ("promised_ship_at", TIME_OR_NULL),
    ("first_promised_ship_at", TIME_OR_NULL),
    ("promised_sign_at", TIME_OR_NULL),
    ("outbound_at", TIME_OR_NULL),
    ("first_scan_at", TIME_OR_NULL),
    ("signed_at", TIME_OR_NULL),
    ("closed_at", TIME_OR_NULL),
    ("deadline_at", TIME_OR_NULL),
    ("settled_at", TIME_OR_NULL),
    ("overdue_since_at", TIME_OR_NULL),
    ("next_deadline_at", TIME_OR_NULL),
    ("owed", WORD),
    ("paid_fen", INT_OR_NULL),
    ("lines", UINT),
    ("as_of", TIME_OR_NULL),
    ("words", STRING),
)

EVENT_CLOCK = _table(
    "event_clock",
    ("event_id", STRING),
    ("cause_id", STRING),
    ("agent", WORD),
    ("partition", UINT),
    ("clock_at", TIME),
    ("observed_at", TIME),
)

DEAD_LETTERS = _table(
    "dead_letters",
    ("letter_id", STRING),
    ("origin_topic", WORD),
    ("origin_partition", UINT),
    ("origin_offset", INT),
    ("origin_key", STRING),
    ("occurred_at", TIME),
    ("observed_at", TIME),
    ("agent", WORD),
    ("reason", STRING),
    ("error", WORD),
    ("schema_version", WORD),
    ("raw", STRING),
)

TABLES: dict[str, TableSpec] = {
    table.name: table
    for table in (
        ORDER_REPORTS,
        REFUND_REPORTS,
        TICKET_REPORTS,
        SKU_FACTS,
        ORDER_DECISIONS,
        ORDERS_CURRENT,
        EVENT_CLOCK,
        DEAD_LETTERS,
    )
}
