"""Plans one simulated order: what happens to it and when, before anybody tells of it."""

from random import Random

from pipeline.simulator.catalogue import (
    DOUYIN,
    HOUR_MS,
    MINUTE_MS,
    STOREFRONTS,
    Storefront,
    items,
    popularity,
)
from pipeline.simulator.faults import STOREFRONTS_OF
from pipeline.simulator.model import Line, Order, Parcel
from pipeline.simulator.places import places

POLICY_SHIP_MS = 48 * HOUR_MS
SIGN_MS = 6 * 24 * HOUR_MS
SHARES = tuple(front.share for front in STOREFRONTS)
LIVE_STREAM_SHARE = 0.85
GIFT_SKU = "SKU-GIFT"


def plan_order(
    rng: Random, *, number: int, tag: str, fault: str, ordered: int, live: bool, hot: str
) -> Order:
    """Return what happens to one order. `hot` is the article of an oversell block, else ""."""
    front = _front(rng, fault, live=live)
    order = Order(
        number=number,
        order_id=f"{tag}{number:07d}",
        fault=fault,
        front=front,
        shop=rng.choice(front.shops),
        place=rng.choice(places()),
        ordered=_second(ordered),
        lines=_lines(rng, hot, one=bool(fault)),
    )
    _pay(rng, order)
    order.outbound = _usual_outbound(rng, order)
    order.first_scan_after = rng.randrange(30 * MINUTE_MS, 6 * HOUR_MS)
    order.transit = rng.randrange(14 * HOUR_MS, 52 * HOUR_MS)
    CHANGES.get(fault, _nothing)(rng, order)
    _in_whole_seconds(order)
    _pack(rng, order)
    return order


TIMES = ("paid", "hold_until", "ship_by", "deadline", "sign_by", "outbound", "closed", "told", "stall",
         "transit", "first_scan_after")  # fmt: skip


def _second(ms: int) -> int:
    """Cut to the second: platforms write no milliseconds."""
    return ms - ms % 1000


def _in_whole_seconds(order: Order) -> None:
    for name in TIMES:
        value = getattr(order, name)
        if value is not None:
            setattr(order, name, _second(value))
    if order.moved is not None:
        order.moved = (_second(order.moved[0]), _second(order.moved[1]))


def _front(rng: Random, fault: str, *, live: bool) -> Storefront:
    if fault in STOREFRONTS_OF:
        return rng.choice(STOREFRONTS_OF[fault])
    if live and rng.random() < LIVE_STREAM_SHARE:
        return DOUYIN
    return rng.choices(STOREFRONTS, SHARES)[0]


def _lines(rng: Random, hot: str, *, one: bool) -> list[Line]:
    """What is ordered; `one`: a single line, so that what is planned happens to one parcel."""
    if hot:
        return [Line(hot, 1, 19_900, "main-hangzhou")]
    count = 1 if rng.random() < 0.75 else 2
    chosen = rng.choices(items(), cum_weights=popularity(), k=count)
    lines = []
    for item in {item.sku: item for item in chosen}.values():
        warehouse = item.cloud if item.cloud and rng.random() < 0.5 else item.own
        lines.append(Line(item.sku, 1 if rng.random() < 0.8 else 2, item.price_fen, warehouse))
    return lines[:1] if one else lines


NEVER_PAID = 0.02


def _pay(rng: Random, order: Order) -> None:
    """Pay, and write down the deadlines that hold from then on."""
    can_wait = "unpaid" in order.front.codes
    if can_wait and not order.fault and rng.random() < NEVER_PAID:
        order.closed = order.ordered + 30 * MINUTE_MS
        return
    order.paid = order.ordered + (rng.randrange(5_000, 600_000) if can_wait else 0)
    if order.fault == "oversell":
        order.paid = order.ordered
    if order.front.ship_h:
        order.ship_by = order.paid + rng.choice(order.front.ship_h) * HOUR_MS
    order.deadline = order.ship_by or order.paid + POLICY_SHIP_MS
    if order.front.promises_delivery and not order.fault and rng.random() < 0.3:
        order.sign_by = order.paid + SIGN_MS


def _usual_outbound(rng: Random, order: Order) -> int | None:
    """Between one and twenty hours after payment, most within six."""
    if order.paid is None:
        return None
    return order.paid + HOUR_MS + min(int(rng.expovariate(1 / (4 * HOUR_MS))), 19 * HOUR_MS)


def _nothing(rng: Random, order: Order) -> None:
    """Healthy, or a fault of the telling rather than of the parcel."""


def _late_ship(rng: Random, order: Order) -> None:
    order.outbound = _deadline(order) + rng.randrange(HOUR_MS, 20 * HOUR_MS)


def _late_sign(rng: Random, order: Order) -> None:
    assert order.outbound is not None
    order.transit = rng.randrange(30 * HOUR_MS, 45 * HOUR_MS)
    order.sign_by = order.outbound + order.transit - rng.randrange(HOUR_MS, 12 * HOUR_MS)


def _never_shipped(rng: Random, order: Order) -> None:
    order.outbound = None


def _closed_too_late(rng: Random, order: Order) -> None:
    order.outbound = None
    order.closed = _deadline(order) + rng.randrange(HOUR_MS, 10 * HOUR_MS)


def _closed_in_time(rng: Random, order: Order) -> None:
    order.outbound = None
    order.closed = (order.paid or order.ordered) + rng.randrange(HOUR_MS, 10 * HOUR_MS)


def _kept_on_the_second(rng: Random, order: Order) -> None:
    order.outbound = _deadline(order)


def _late_report(rng: Random, order: Order) -> None:
    order.outbound = _deadline(order) - rng.randrange(10 * MINUTE_MS, HOUR_MS)
    order.told = _deadline(order) + rng.randrange(HOUR_MS, 6 * HOUR_MS)
    order.first_scan_after = order.told - order.outbound + HOUR_MS


def _held(rng: Random, order: Order) -> None:
    """Leaves more than 48 h after payment, less than 48 h after the end of the hold."""
    assert order.paid is not None
    held = rng.randrange(6 * HOUR_MS, 16 * HOUR_MS)
    order.hold_until = order.paid + held
    order.deadline = order.hold_until + POLICY_SHIP_MS
    order.outbound = order.paid + POLICY_SHIP_MS + held // 2


def _deadline_moved(rng: Random, order: Order) -> None:
    old = _deadline(order)
    order.moved = (old - 5 * HOUR_MS, old + 24 * HOUR_MS)
    order.deadline = order.moved[1]
    order.outbound = old + rng.randrange(HOUR_MS, 10 * HOUR_MS)


def _deadline_moved_late(rng: Random, order: Order) -> None:
    old = _deadline(order)
    order.moved = (old + HOUR_MS, old + 24 * HOUR_MS)
    order.outbound = old + rng.randrange(5 * HOUR_MS, 10 * HOUR_MS)


def _oversell(rng: Random, order: Order) -> None:
    """Nothing leaves before the new stock came in (an hour after the last order of the block)."""
    order.outbound = order.ordered + rng.randrange(14 * HOUR_MS, 18 * HOUR_MS)


def _stalled(rng: Random, order: Order) -> None:
    order.stall = rng.randrange(49 * HOUR_MS, 70 * HOUR_MS)


def _late_first_scan(rng: Random, order: Order) -> None:
    order.first_scan_after = rng.randrange(25 * HOUR_MS, 40 * HOUR_MS)


def _gift(rng: Random, order: Order) -> None:
    """The refund rule about gifts needs one in the order; it lies where the goods lie."""
    item = items()[order.number % 60 * 3]
    order.lines = [Line(item.sku, 1, item.price_fen, "main-hangzhou")]
    order.lines.append(Line(GIFT_SKU, 1, 0, "main-hangzhou", gift=True))


def _gift_in_every_other(rng: Random, order: Order) -> None:
    if order.number % 2:
        _gift(rng, order)


CHANGES = {
    "late_ship": _late_ship,
    "late_sign": _late_sign,
    "never_shipped": _never_shipped,
    "closed_too_late": _closed_too_late,
    "closed_in_time": _closed_in_time,
    "kept_on_the_second": _kept_on_the_second,
    "late_report": _late_report,
    "held": _held,
    "deadline_moved": _deadline_moved,
    "deadline_moved_late": _deadline_moved_late,
    "oversell": _oversell,
    "stalled": _stalled,
    "late_first_scan": _late_first_scan,
    "refund_cs_confirm": _gift,
    "refund_cs_yes": _gift,
    "refund_cs_no": _gift,
    "refund_finance": _gift_in_every_other,
}


def _deadline(order: Order) -> int:
    assert order.deadline is not None
    return order.deadline


def _pack(rng: Random, order: Order) -> None:
    """Pack the order: a parcel for each warehouse, and one in six of two lines in two; let it be scanned."""
    if order.paid is None:
        return
    apart = len({line.warehouse for line in order.lines}) > 1
    splits = len(order.lines) == 2 and not order.fault and (rng.random() < 0.16 or apart)
    contents = [[line] for line in order.lines] if splits else [order.lines]
    for number, lines in enumerate(contents):
        parcel = Parcel(
            waybill=f"SIM{order.order_id}{number}",
            aggregator=rng.choice(("kuaidi100", "kdniao")),
            lines=lines,
        )
        if order.outbound is not None:
            parcel.outbound = order.outbound + number * _second(rng.randrange(HOUR_MS, 3 * HOUR_MS))
            _carry(rng, order, parcel)
        order.parcels.append(parcel)


def _carry(rng: Random, order: Order, parcel: Parcel) -> None:
    """Scan: picked up, in transit, out for delivery, maybe in a locker, signed for."""
    assert parcel.outbound is not None
    parcel.first_scan = parcel.outbound + order.first_scan_after
    start = parcel.first_scan
    # A late first scan leaves the rest of the way as long as it would have been.
    left = max(order.transit - order.first_scan_after, 8 * HOUR_MS) // 24_000 * 24_000
    parcel.signed = start + left + order.stall
    parcel.scans = [(start, "picked_up"), (start + left // 3, "transit")]
    tail = start + order.stall + left
    parcel.scans.append((tail - left // 4, "delivering"))
    if rng.random() < 0.15:
        parcel.scans.append((tail - left // 8, "locker"))
    parcel.scans.append((tail, "signed"))
