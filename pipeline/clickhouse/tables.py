"""The tables of ClickHouse as the code writes them: names and types of their columns, in the order of a row.

The migrations create them; a test compares the two.
"""

from pipeline.clickhouse.anomaly_tables import ANOMALIES, ANOMALIES_CURRENT, FINDINGS
from pipeline.clickhouse.columns import (
    BOOL,
    BOOL_OR_NULL,
    EVENT,
    FILLED_BY_STORE,
    INT,
    INT_OR_NULL,
    MAP,
    MAP_OF_INTS,
    STRING,
    TEXTS,
    TIME,
    TIME_OR_NULL,
    UINT,
    WORD,
    WORDS,
    Column,
    TableSpec,
    table,
)
from pipeline.clickhouse.decision_tables import (
    ALARMS,
    COMMANDS,
    CONFLICTS,
    DESK_ANSWERS,
    INSTRUCTIONS,
    ORDER_DECISIONS,
    REFUND_FINDINGS,
    REFUND_VERDICTS,
    RETURN_STEPS,
)
from pipeline.clickhouse.stock_tables import SKU_COMMANDS, SKU_DECISIONS, SKU_FACTS, SKUS_CURRENT

__all__ = ["COMPUTED", "FILLED_BY_STORE", "TABLES", "TableSpec"]

COMPUTED = ("credibility_hours", "order_warehouses")
"""Tables that ClickHouse fills by itself from the others; no event reaches them."""

ORDER_REPORTS = table(
    "order_reports",
    *EVENT,
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
    ("goods", MAP_OF_INTS),
    ("warehouse", WORD),
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
    ("has_gift", BOOL_OR_NULL),
    ("is_customised", BOOL_OR_NULL),
    ("is_parent", BOOL),
    ("province", WORD),
    ("city", WORD),
    ("district", WORD),
    ("town", STRING),
    ("address_quality", WORD),
    ("address_reasons", TEXTS),
    ("address_candidates", TEXTS),
    ("phone_tail", STRING),
    ("judged_at", TIME_OR_NULL),
    ("as_of", TIME_OR_NULL),
    ("extra", MAP),
)

REFUND_REPORTS = table(
    "refund_reports",
    *EVENT,
    ("order_id", STRING),
    ("platform", WORD),
    ("shop", WORD),
    ("refund_id", STRING),
    ("mapping", WORD),
    ("raw_codes", MAP),
    ("standard", WORD),
    ("proofs", WORDS),
    ("done", BOOL),
    ("unknown", BOOL),
    ("returns_goods", BOOL_OR_NULL),
    ("amount_fen", INT),
    ("version", INT_OR_NULL),
)

TRACK: tuple[Column, ...] = (
    ("carrier", WORD),
    ("mapping", WORD),
    ("phase", WORD),
    ("raw_code", WORD),
    ("flags", WORDS),
    ("version", INT_OR_NULL),
    ("first_scan_at", TIME_OR_NULL),
    ("last_scan_at", TIME_OR_NULL),
    ("signed_at", TIME_OR_NULL),
)
"""What a carrier said of a parcel."""

PARCEL_REPORTS = table(
    "parcel_reports",
    *EVENT,
    ("order_id", STRING),
    ("platform", WORD),
    ("shop", WORD),
    ("waybill", STRING),
    *TRACK,
)

INVOICE_REPORTS = table(
    "invoice_reports",
    *EVENT,
    ("order_id", STRING),
    ("shop", WORD),
    ("invoice_id", STRING),
    ("red_lettered", BOOL),
    ("mapping", WORD),
    ("version", INT_OR_NULL),
)

WAYBILL_FACTS = table(
    "waybill_facts",
    *EVENT,
    ("type", WORD),
    ("waybill", STRING),
    ("order_id", STRING),
    ("platform", WORD),
    ("shop", WORD),
    ("reporter", WORD),
    *TRACK,
)

TICKET_REPORTS = table(
    "ticket_reports",
    *EVENT,
    ("order_id", STRING),
    ("shop", WORD),
    ("ticket_id", STRING),
    ("mapping", WORD),
    ("topic", WORD),
    ("complaint", BOOL),
    ("open", BOOL),
    ("version", INT_OR_NULL),
)

ORDERS_CURRENT = table(
    "orders_current",
    *EVENT,
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

EVENT_CLOCK = table(
    "event_clock",
    ("event_id", STRING),
    ("cause_id", STRING),
    ("agent", WORD),
    ("partition", UINT),
    ("clock_at", TIME),
    ("observed_at", TIME),
)

DEAD_LETTERS = table(
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
    spec.name: spec
    for spec in (
        ORDER_REPORTS,
        PARCEL_REPORTS,
        INVOICE_REPORTS,
        REFUND_REPORTS,
        TICKET_REPORTS,
        WAYBILL_FACTS,
        SKU_FACTS,
        SKU_DECISIONS,
        SKU_COMMANDS,
        SKUS_CURRENT,
        INSTRUCTIONS,
        ORDER_DECISIONS,
        CONFLICTS,
        ALARMS,
        REFUND_VERDICTS,
        REFUND_FINDINGS,
        RETURN_STEPS,
        DESK_ANSWERS,
        COMMANDS,
        ORDERS_CURRENT,
        FINDINGS,
        ANOMALIES,
        ANOMALIES_CURRENT,
        EVENT_CLOCK,
        DEAD_LETTERS,
    )
}
