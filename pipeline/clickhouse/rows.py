"""Events to rows of ClickHouse: one tuple an event, in the column order of its table.

Times become milliseconds since 1970 UTC; a word that was not said is the empty string, any other missing
value is None. Runs once per event: attributes are read directly, only inner models are dumped.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from pipeline.clickhouse import decision_rows, fact_rows
from pipeline.clickhouse.columns import Row, TableSpec
from pipeline.clickhouse.fact_rows import head, ms_or_none
from pipeline.clickhouse.tables import (
    DEAD_LETTERS,
    EVENT_CLOCK,
    INVOICE_REPORTS,
    ORDER_REPORTS,
    ORDERS_CURRENT,
    PARCEL_REPORTS,
    REFUND_REPORTS,
    TABLES,
    TICKET_REPORTS,
    WAYBILL_FACTS,
)
from pipeline.domain.instants import to_ms
from schemas.anomaly_life import ClockPassed
from schemas.dead_letter import DeadLetter
from schemas.inventory import ClockReached, WarehouseSpoke
from schemas.logistics import WaybillLinked, WaybillTracked
from schemas.order import (
    ClockTicked,
    InvoiceReported,
    OrderReported,
    ParcelReported,
    RefundReported,
    TicketReported,
)
from schemas.promise import ClockAdvanced, OrderAccount

__all__ = ["EXCUSED", "TABLES", "Position", "Row", "row_of"]

EXCUSED = (ClockTicked, ClockPassed, ClockReached, WarehouseSpoke)
"""Events that reach no table: what moves a clock is an input of it, and the clock itself is stored;
that a warehouse counted is stored as the count."""


class Position(NamedTuple):
    """Where an event was read: topic, partition, offset."""

    topic: str
    partition: int
    offset: int


def row_of(event: object, position: tuple[str, int, int]) -> tuple[str, Row] | None:
    """Return (table name, row) of an event of a derived topic or a DeadLetter; None for an excused one.

    Raises KeyError for a type that no table takes.
    """
    kind = type(event)
    if kind in EXCUSED:
        return None
    table, build = _ROWS[kind]
    return table, (*build(event), *position)


def _order_account(e: OrderAccount) -> Row:
    return (
        *head(e),
        e.order_id,
        e.platform,
        e.shop,
        e.phase,
        e.platform_phase,
        e.is_open,
        e.verdict,
        e.rule,
        ms_or_none(e.ordered_at),
        ms_or_none(e.paid_at),
        ms_or_none(e.promised_ship_at),
        ms_or_none(e.first_promised_ship_at),
        ms_or_none(e.promised_sign_at),
        ms_or_none(e.outbound_at),
        ms_or_none(e.first_scan_at),
        ms_or_none(e.signed_at),
        ms_or_none(e.closed_at),
        ms_or_none(e.deadline_at),
        ms_or_none(e.settled_at),
        ms_or_none(e.overdue_since_at),
        ms_or_none(e.next_deadline_at),
        e.owed,
        e.paid_fen,
        e.lines,
        ms_or_none(e.as_of),
        e.words_json(),
    )


def _clock_advanced(e: ClockAdvanced) -> Row:
    return (e.event_id, e.cause_id, e.agent, e.partition, to_ms(e.occurred_at), to_ms(e.observed_at))


def _dead_letter(e: DeadLetter) -> Row:
    return (
        e.letter_id,
        e.origin_topic,
        e.origin_partition,
        e.origin_offset,
        e.origin_key,
        to_ms(e.occurred_at),
        to_ms(e.observed_at),
        e.agent,
        e.reason,
        e.error,
        e.schema_version,
        e.raw,
    )


def _route(table: TableSpec, build: Callable[[Any], Row]) -> tuple[str, Callable[[Any], Row]]:
    return table.name, build


_ROWS: dict[type, tuple[str, Callable[[Any], Row]]] = {
    OrderReported: _route(ORDER_REPORTS, fact_rows.order_reported),
    ParcelReported: _route(PARCEL_REPORTS, fact_rows.parcel_reported),
    InvoiceReported: _route(INVOICE_REPORTS, fact_rows.invoice_reported),
    RefundReported: _route(REFUND_REPORTS, fact_rows.refund_reported),
    TicketReported: _route(TICKET_REPORTS, fact_rows.ticket_reported),
    WaybillLinked: _route(WAYBILL_FACTS, fact_rows.waybill_linked),
    WaybillTracked: _route(WAYBILL_FACTS, fact_rows.waybill_tracked),
    OrderAccount: _route(ORDERS_CURRENT, _order_account),
    ClockAdvanced: _route(EVENT_CLOCK, _clock_advanced),
    DeadLetter: _route(DEAD_LETTERS, _dead_letter),
    **dict(decision_rows.routes()),
}
