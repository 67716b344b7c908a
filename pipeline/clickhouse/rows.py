"""Events to rows of ClickHouse: one tuple an event, in the column order of its table.

Times become milliseconds since 1970 UTC; a word that was not said is the empty string, any other missing
value is None. Runs once per event: attributes are read directly, nothing is dumped.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from pipeline.clickhouse.tables import (
    DEAD_LETTERS,
    EVENT_CLOCK,
    ORDER_DECISIONS,
    ORDER_REPORTS,
    ORDERS_CURRENT,
    REFUND_REPORTS,
    SKU_FACTS,
    TABLES,
    TICKET_REPORTS,
    TableSpec,
)
from pipeline.domain.instants import to_ms
from schemas.dead_letter import DeadLetter
from schemas.inventory import SkuOrdered, StockCounted, StockMoved
from schemas.order import ClockTicked, OrderReported, RefundReported, TicketReported
from schemas.promise import ClockAdvanced, OrderAccount, OrderPhaseChanged, PromiseJudged

__all__ = ["EXCUSED", "TABLES", "Position", "Row", "row_of"]

Row = tuple[Any, ...]
"""Values in the column order of a TableSpec; Any because each column has its own type."""

EXCUSED = (ClockTicked,)
"""Events that reach no table: a tick is an input of the clock, and the clock itself is stored."""


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


def _ms_or_none(time: datetime | None) -> int | None:
    return None if time is None else to_ms(time)


def _order_reported(e: OrderReported) -> Row:
    return (
        e.event_id,
        e.cause_id,
        to_ms(e.occurred_at),
        to_ms(e.observed_at),
        e.order_id,
        e.platform,
        e.shop,
        e.reporter,
        e.mapping,
        e.phase or "",
        e.raw_code,
        e.version,
        e.version_is_time,
        e.line,
        e.units,
        _ms_or_none(e.ordered_at),
        _ms_or_none(e.paid_at),
        _ms_or_none(e.promised_ship_at),
        _ms_or_none(e.promised_sign_at),
        _ms_or_none(e.outbound_at),
        _ms_or_none(e.first_scan_at),
        _ms_or_none(e.signed_at),
        _ms_or_none(e.closed_at),
        e.cannot_supply,
        e.policy_promise,
        e.cash_on_delivery,
        e.paid_fen,
        _ms_or_none(e.judged_at),
        _ms_or_none(e.as_of),
        e.extra,
    )


def _refund_reported(e: RefundReported) -> Row:
    return (
        e.event_id,
        e.cause_id,
        to_ms(e.occurred_at),
        to_ms(e.observed_at),
        e.order_id,
        e.platform,
        e.shop,
        e.refund_id,
        e.mapping,
        e.raw_codes,
        e.amount_fen,
        e.version,
    )


def _ticket_reported(e: TicketReported) -> Row:
    return (
        e.event_id,
        e.cause_id,
        to_ms(e.occurred_at),
        to_ms(e.observed_at),
        e.order_id,
        e.shop,
        e.ticket_id,
        e.mapping,
        e.topic,
        e.complaint,
        e.open,
        e.version,
    )


def _sku_head(e: StockCounted | StockMoved | SkuOrdered) -> Row:
    return (e.event_id, e.cause_id, to_ms(e.occurred_at), to_ms(e.observed_at), e.type, e.sku)


def _stock_counted(e: StockCounted) -> Row:
    return (*_sku_head(e), e.warehouse, e.counter, e.units, "", "", "", "", "", e.mapping, e.version)


def _stock_moved(e: StockMoved) -> Row:
    return (*_sku_head(e), e.warehouse, "", e.units, e.reason, e.movement_id, "", "", "", e.mapping, None)


def _sku_ordered(e: SkuOrdered) -> Row:
    return (*_sku_head(e), "", "", e.units, "", "", e.order_id, e.platform, e.shop, e.mapping, None)


def _phase_changed(e: OrderPhaseChanged) -> Row:
    return (
        e.event_id,
        e.cause_id,
        to_ms(e.occurred_at),
        to_ms(e.observed_at),
        e.type,
        e.order_id,
        e.shop,
        e.phase,
        e.previous or "",
        "",
        "",
        "",
        None,
        None,
    )


def _promise_judged(e: PromiseJudged) -> Row:
    return (
        e.event_id,
        e.cause_id,
        to_ms(e.occurred_at),
        to_ms(e.observed_at),
        e.type,
        e.order_id,
        e.shop,
        "",
        "",
        e.verdict,
        e.corrects or "",
        e.rule,
        _ms_or_none(e.deadline_at),
        _ms_or_none(e.settled_at),
    )


def _order_account(e: OrderAccount) -> Row:
    return (
        e.event_id,
        e.cause_id,
        to_ms(e.occurred_at),
        to_ms(e.observed_at),
        e.order_id,
        e.platform,
        e.shop,
        e.phase,
        e.platform_phase,
        e.is_open,
        e.verdict,
        e.rule,
        _ms_or_none(e.ordered_at),
        _ms_or_none(e.paid_at),
        _ms_or_none(e.promised_ship_at),
        _ms_or_none(e.first_promised_ship_at),
        _ms_or_none(e.promised_sign_at),
        _ms_or_none(e.outbound_at),
        _ms_or_none(e.first_scan_at),
        _ms_or_none(e.signed_at),
        _ms_or_none(e.closed_at),
        _ms_or_none(e.deadline_at),
        _ms_or_none(e.settled_at),
        _ms_or_none(e.overdue_since_at),
        _ms_or_none(e.next_deadline_at),
        e.owed,
        e.paid_fen,
        e.lines,
        _ms_or_none(e.as_of),
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
    OrderReported: _route(ORDER_REPORTS, _order_reported),
    RefundReported: _route(REFUND_REPORTS, _refund_reported),
    TicketReported: _route(TICKET_REPORTS, _ticket_reported),
    StockCounted: _route(SKU_FACTS, _stock_counted),
    StockMoved: _route(SKU_FACTS, _stock_moved),
    SkuOrdered: _route(SKU_FACTS, _sku_ordered),
    OrderPhaseChanged: _route(ORDER_DECISIONS, _phase_changed),
    PromiseJudged: _route(ORDER_DECISIONS, _promise_judged),
    OrderAccount: _route(ORDERS_CURRENT, _order_account),
    ClockAdvanced: _route(EVENT_CLOCK, _clock_advanced),
    DeadLetter: _route(DEAD_LETTERS, _dead_letter),
}
