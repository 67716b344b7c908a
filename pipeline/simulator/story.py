"""What everybody tells of one order, and in which words: the plan turned into raw payloads."""

from random import Random
from typing import Any

from pipeline.simulator.addresses import receiver
from pipeline.simulator.answers import CORRECTED_MS, DECIDED_MS, tell_answers
from pipeline.simulator.catalogue import HOUR_MS, MINUTE_MS
from pipeline.simulator.model import Line, Order, Parcel
from pipeline.simulator.refunds import tell_after_sales
from pipeline.simulator.teller import Step, Teller

SCAN_CODES = {
    "kuaidi100": {"picked_up": "103", "transit": "0", "delivering": "5", "locker": "501", "signed": "301"},
    "kdniao": {"picked_up": "1", "transit": "2", "delivering": "202", "locker": "211", "signed": "301"},
}
UNKNOWN_SCAN = "999"
APP_LAG_MS = 5 * HOUR_MS
NEAR_MISS_MS = 260_000
SLOW_MS = 40 * MINUTE_MS
"""How much later the ERP says "shipped" than WMS and CS: under and over the 300 s that make a conflict."""


def tell(rng: Random, order: Order) -> list[Step]:
    """Return every delivery about the order, in the order of arrival."""
    teller = Teller(rng, order, receiver(rng, order))
    _tell_placed(teller)
    if order.paid is not None:
        _tell_paid(teller, order.paid)
    if order.parcels and order.outbound is not None:
        _tell_shipped(teller, order.outbound)
    for parcel in order.parcels:
        _tell_parcel(teller, parcel)
    if order.all_signed is not None:
        _tell_signed(teller, order.all_signed)
    if order.closed is not None:
        _tell_closed(teller, order.closed)
    tell_after_sales(teller)
    tell_answers(teller)
    teller.steps.sort()
    return teller.steps


def _platform(teller: Teller, what: str, at: int, told: int | None = None, **more: Any) -> None:
    """The platform's own message: a snapshot of the order as of `at`, if it has a word for it."""
    order = teller.order
    code = order.front.codes.get(what)
    if code is not None:
        _platform_code(teller, code, at, told, **more)


def _platform_code(teller: Teller, code: str, at: int, told: int | None = None, **more: Any) -> None:
    order = teller.order
    paid = order.paid if order.paid is not None and order.paid <= at else None
    moved = order.moved is not None and order.moved[0] <= at
    teller.say(
        order.front.source,
        "order",
        at,
        told,
        status=code,
        updated_at=at,
        created_at=order.ordered,
        paid_at=paid,
        ship_by=None if paid is None else order.moved[1] if moved and order.moved else order.ship_by,
        sign_by=None if paid is None else order.sign_by,
        units=order.units,
        paid_fen=order.paid_fen if paid else None,
        lines=lines_of(order.lines),
        receiver=teller.receiver,
        **more,
    )


def lines_of(lines: list[Line]) -> list[dict[str, Any]]:
    """Return the lines as every system is told them."""
    return [
        {"sku": line.sku, "units": line.units, "price_fen": line.price_fen, "gift": line.gift}
        for line in lines
    ]


def _later(teller: Teller, at: int, least_s: int = 5, most_s: int = 50) -> int:
    return at + teller.rng.randrange(least_s * 1000, most_s * 1000)


def _status(teller: Teller, source: str, code: str, at: int, told: int | None = None) -> None:
    teller.say(source, "order", at, told, status=code, updated_at=at)


def _shows(teller: Teller, text: str, at: int, told: int | None = None) -> None:
    teller.say("app", "view", at, told, shown=text, at=at)


def _tell_placed(teller: Teller) -> None:
    order = teller.order
    waits = order.paid is None or order.paid > order.ordered
    what = "unpaid" if waits else "hold" if order.hold_until else "to_ship"
    _platform(teller, what, order.ordered)
    if waits:
        _shows(teller, "待付款", _later(teller, order.ordered, 1, 5))


def _tell_paid(teller: Teller, paid: int) -> None:
    order = teller.order
    if paid > order.ordered:
        _platform(teller, "hold" if order.hold_until else "to_ship", paid)
    if order.hold_until:
        _platform(teller, "to_ship", order.hold_until)
    _shows(teller, "待发货", _later(teller, paid, 6, 30))
    _status(teller, "erp", "30", _later(teller, paid, 10))
    _status(teller, "cs", "未发货", _later(teller, paid, 10))
    _status(teller, "erp", "55", _later(teller, paid, 600, 1200))
    if order.moved is not None:
        _platform(teller, "to_ship", order.moved[0])
    if order.fault == "unknown_code":
        _platform_code(teller, order.front.unknown_code, paid + 25 * MINUTE_MS)


def _tell_parcel(teller: Teller, parcel: Parcel) -> None:
    """The warehouse from picking to the door, then the carrier."""
    order = teller.order
    assert order.paid is not None
    ready = parcel.outbound if parcel.outbound is not None else order.paid + 50 * MINUTE_MS
    _parcel_status(teller, parcel, "55", ready - 25 * MINUTE_MS)
    _parcel_status(teller, parcel, "60", ready - 5 * MINUTE_MS)
    if parcel.outbound is None:
        return
    told = order.told
    if order.fault == "kept_on_the_second":
        told = parcel.outbound
    _parcel_status(teller, parcel, "95", parcel.outbound, told)
    scans = [(at, SCAN_CODES[parcel.aggregator][what]) for at, what in parcel.scans]
    if order.fault == "unknown_scan" and parcel.first_scan is not None:
        scans.append((parcel.first_scan + HOUR_MS, UNKNOWN_SCAN))
    scans.sort()
    for number, (at, _) in enumerate(scans):
        teller.say(parcel.aggregator, "scan", at, waybill=parcel.waybill, scans=scans[: number + 1])


def _parcel_status(teller: Teller, parcel: Parcel, code: str, at: int, told: int | None = None) -> None:
    teller.say(
        "wms",
        "parcel",
        at,
        told,
        waybill=parcel.waybill,
        lines=lines_of(parcel.lines),
        warehouse=parcel.lines[0].warehouse,
        status=code,
        created_at=teller.order.paid,
        updated_at=at,
        outbound_at=at if code == "95" else None,
    )


def _tell_shipped(teller: Teller, out: int) -> None:
    """ERP, customer service, platform and app follow the first parcel within a minute, unless planned."""
    order, told = teller.order, teller.order.told
    complete = order.all_outbound
    assert complete is not None
    if complete > out:
        _platform(teller, "part_shipped", _later(teller, out), told)
    _platform(teller, "shipped", _later(teller, complete), told)
    match order.fault:
        case "conflict_near_miss":
            _status(teller, "erp", "95", out + NEAR_MISS_MS, out + NEAR_MISS_MS + 1_000)
        case "conflict_erp_slow":
            _status(teller, "erp", "95", out + SLOW_MS)
        case "conflict_decided":
            _status(teller, "erp", "95", out + DECIDED_MS + CORRECTED_MS)
        case "conflict_erp_stuck" | "refund_order_locked":
            pass
        case _:
            _status(teller, "erp", "95", _later(teller, out), told)
    _status(teller, "cs", "已发货", _later(teller, out), told)
    lag = APP_LAG_MS if order.fault == "app_mismatch" else 0
    _shows(teller, "已发货", _later(teller, out) + lag, told)
    if order.fault == "conflict_cs_early":
        _status(teller, "cs", "已签收", out + HOUR_MS)


def _tell_signed(teller: Teller, signed: int) -> None:
    order = teller.order
    _platform(teller, "signed", _later(teller, signed))
    _platform(teller, "finished", signed + 6 * HOUR_MS)
    _shows(teller, "已签收", _later(teller, signed))
    if order.fault not in ("conflict_erp_stuck", "refund_order_locked"):
        _status(teller, "erp", "110", _later(teller, signed))
    if order.fault != "conflict_cs_early":
        _status(teller, "cs", "已签收", _later(teller, signed))


def _tell_closed(teller: Teller, closed: int) -> None:
    order = teller.order
    _platform(teller, "closed" if order.paid else "closed_unpaid", closed, closed_at=closed)
    _shows(teller, "交易关闭", _later(teller, closed))
    if order.paid is None:
        return
    _status(teller, "erp", "5", _later(teller, closed))
    _status(teller, "cs", "已关闭", _later(teller, closed))
    for parcel in order.parcels:
        _parcel_status(teller, parcel, "5", _later(teller, closed))
