"""Facts to rows of ClickHouse: what was told of orders, parcels and SKUs."""

from datetime import datetime

from pipeline.clickhouse.columns import Row
from pipeline.domain.instants import to_ms
from schemas.base import Event
from schemas.logistics import WaybillLinked, WaybillTracked
from schemas.order import (
    InvoiceReported,
    OrderReported,
    ParcelReported,
    Receiver,
    RefundReported,
    TicketReported,
)


def ms_or_none(time: datetime | None) -> int | None:
    """Milliseconds since 1970 UTC, or None for None."""
    return None if time is None else to_ms(time)


def order_reported(e: OrderReported) -> Row:
    """One report of a reporter, flat: the receiver becomes columns, without street or name."""
    return (
        *head(e),
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
        e.goods or {},
        e.warehouse or "",
        ms_or_none(e.ordered_at),
        ms_or_none(e.paid_at),
        ms_or_none(e.promised_ship_at),
        ms_or_none(e.promised_sign_at),
        ms_or_none(e.outbound_at),
        ms_or_none(e.first_scan_at),
        ms_or_none(e.signed_at),
        ms_or_none(e.closed_at),
        e.cannot_supply,
        e.policy_promise,
        e.cash_on_delivery,
        e.paid_fen,
        e.has_gift,
        e.is_customised,
        e.is_parent,
        *_receiver(e.receiver),
        ms_or_none(e.judged_at),
        ms_or_none(e.as_of),
        e.extra,
    )


NO_RECEIVER: Row = ("", "", "", "", "", (), (), "")


def _receiver(r: Receiver | None) -> Row:
    if r is None:
        return NO_RECEIVER
    return (r.province, r.city, r.district, r.town, r.quality, r.reasons, r.candidates, r.phone_tail)


def parcel_reported(e: ParcelReported) -> Row:
    """What a carrier said of one parcel of one order."""
    return (*head(e), e.order_id, e.platform, e.shop, e.waybill, *_track(e))


def invoice_reported(e: InvoiceReported) -> Row:
    """An invoice, issued or taken back."""
    return (*head(e), e.order_id, e.shop, e.invoice_id, e.red_lettered, e.mapping, e.version)


def waybill_linked(e: WaybillLinked) -> Row:
    """Which order is in a parcel."""
    who = (e.order_id, e.platform, e.shop, e.reporter)
    return (*head(e), e.type, e.waybill, *who, "", e.mapping, "", "", (), None, None, None, None)


def waybill_tracked(e: WaybillTracked) -> Row:
    """What a carrier's track amounts to."""
    return (*head(e), e.type, e.waybill, "", "", "", "", *_track(e))


def head(e: Event) -> Row:
    """The four columns that every event begins with."""
    return (e.event_id, e.cause_id, to_ms(e.occurred_at), to_ms(e.observed_at))


def _track(e: ParcelReported | WaybillTracked) -> Row:
    return (
        e.carrier,
        e.mapping,
        e.phase or "",
        e.raw_code,
        e.flags,
        e.version,
        ms_or_none(e.first_scan_at),
        ms_or_none(e.last_scan_at),
        ms_or_none(e.signed_at),
    )


def refund_reported(e: RefundReported) -> Row:
    """One refund request as the platform tells it."""
    return (
        *head(e),
        e.order_id,
        e.platform,
        e.shop,
        e.refund_id,
        e.mapping,
        e.raw_codes,
        e.standard,
        e.proofs,
        e.done,
        e.unknown,
        e.returns_goods,
        e.amount_fen,
        e.version,
    )


def ticket_reported(e: TicketReported) -> Row:
    """One ticket as customer service tells it."""
    return (
        *head(e),
        e.order_id,
        e.shop,
        e.ticket_id,
        e.mapping,
        e.topic,
        e.complaint,
        e.open,
        e.version,
    )
