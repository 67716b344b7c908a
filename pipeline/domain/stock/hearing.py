"""Takes one fact about a SKU into its state. Told twice, or too late to tell, it changes nothing."""

from typing import Final

from pipeline.domain.outcome import Undecidable
from pipeline.domain.stock.comparing import compare
from pipeline.domain.stock.ledger import LEDGER, Count
from pipeline.domain.stock.reservations import ORDERS_MOST, Reservation
from pipeline.domain.stock.silence import spoken
from pipeline.domain.stock.turn import Turn
from pipeline.domain.stock.windows import COUNTS, OUTBOUND, RELEASED, RESERVED, RETURNED, SOLD
from schemas.inventory import (
    OfOrder,
    OfSku,
    SkuOrdered,
    StockCommandConfirmed,
    StockCounted,
    StockMoved,
    StockReleased,
    StockReserved,
    StockReturning,
    StockShipped,
)

EARLY_MOST: Final = 32
"""Most answers that wait for their command."""
HISTORY_MOST: Final = 5_000
"""Most returns and transfers under way that are remembered of one SKU."""


def hear(turn: Turn, fact: OfSku) -> bool:
    """Take a fact; tells whether it was news. Raises Undecidable for one order too many."""
    match fact:
        case OfOrder():
            return _of_order(turn, fact)
        case StockMoved():
            return _moved(turn, fact)
        case StockCounted():
            return _counted(turn, fact)
        case StockCommandConfirmed():
            return _confirmed(turn, fact)
    return False


def _of_order(turn: Turn, fact: OfOrder) -> bool:
    orders = turn.state.orders
    before = orders.of(fact.order_id)
    if fact.step <= before.step:
        return False
    if before.step < 0 and len(orders.orders) >= ORDERS_MOST:
        raise Undecidable(f"{ORDERS_MOST} orders of this SKU are remembered; this is one too many")
    platform = str(fact.platform)
    _, at_ms, _, reserved, released, shipped, moved, _ = before
    match fact:
        case SkuOrdered():
            turn.count(SOLD, fact.units)
        case StockReserved():
            reserved, at_ms = reserved + fact.units, at_ms or turn.at_ms
            turn.count(RESERVED, fact.units)
            _showed(turn, platform, fact.units)
        case StockReleased():
            released += fact.units
            turn.count(RELEASED, fact.units)
        case StockShipped():
            shipped += fact.units
        case StockReturning():
            _underway(turn, "returning", fact.order_id, fact.units)
    now_ms = turn.now_ms
    after = Reservation(fact.step, at_ms, platform, reserved, released, shipped, moved, now_ms)
    _put(turn, fact.order_id, after)
    return True


def _put(turn: Turn, order: str, after: Reservation) -> None:
    orders, told = turn.state.orders.put(order, after)
    turn.set(orders=orders)
    turn.oversold |= told


def _showed(turn: Turn, platform: str, units: int) -> None:
    """What a storefront sold comes off what it may show."""
    name = f"allocate|{platform}"
    front = turn.state.fronts.get(name)
    if front is not None and front.shown is not None:
        turn.set(fronts={**turn.state.fronts, name: front._replace(shown=max(0, front.shown - units))})


def _moved(turn: Turn, fact: StockMoved) -> bool:
    place = turn.place(fact.warehouse)
    if place.has_move(fact.movement_id):
        return False
    if _is_late(turn):
        return True
    turn.put(fact.warehouse, place.hear_move(fact.movement_id, turn.at_ms, fact.units))
    match fact.reason:
        case "outbound":
            turn.count(OUTBOUND, -fact.units)
        case "returned":
            turn.count(RETURNED, fact.units)
            _came_home(turn, fact.order_id, fact.units)
        case "transfer_out" | "transfer_in":
            _underway(turn, "transit", fact.movement_id, -fact.units)
    if fact.order_id and fact.units < 0:
        before = turn.state.orders.of(fact.order_id)
        _put(turn, fact.order_id, before._replace(moved=before.moved - fact.units, heard_ms=turn.now_ms))
    compare(turn, fact.warehouse)
    return True


def _is_late(turn: Turn) -> bool:
    """It may be a repetition of what is forgotten: only counted."""
    if turn.at_ms > turn.now_ms - turn.policy.memory_ms:
        return False
    turn.set(late=turn.state.late + 1)
    return True


def _underway(turn: Turn, field: str, name: str, units: int) -> None:
    """Goods that left one place and have not come to another."""
    held: dict[str, tuple[int, int]] = dict(getattr(turn.state, field))
    since_ms, before = held.get(name, (turn.at_ms, 0))
    if before + units:
        held[name] = (since_ms, before + units)
    else:
        held.pop(name, None)
    while len(held) > HISTORY_MOST:
        del held[next(iter(held))]
    turn.set(**{field: held})


def _came_home(turn: Turn, order: str | None, units: int) -> None:
    """Goods that came back are their order's; without its number, those that were longest on the way."""
    held = turn.state.returning
    named = [order] if order in held else sorted(held, key=lambda name: (held[name][0], name))
    for name in named:
        if name is None or units <= 0:
            break
        taken = min(units, held[name][1])
        _underway(turn, "returning", name, -taken)
        units -= taken


def _counted(turn: Turn, fact: StockCounted) -> bool:
    place = turn.place(fact.warehouse)
    count = Count(turn.at_ms, fact.version or 0, fact.units)
    held = place.ledger if fact.counter == LEDGER else place.cloud
    if place.has_count(fact.counter, count):
        return False
    if word := spoken(fact, turn.policy):
        turn.events.append(word)
    if held is not None and _is_late(turn):
        return True
    turn.put(fact.warehouse, place.hear_count(fact.counter, count))
    turn.count(COUNTS, 1)
    compare(turn, fact.warehouse)
    return True


def _confirmed(turn: Turn, fact: StockCommandConfirmed) -> bool:
    for name, front in turn.state.fronts.items():
        if front.command_id == fact.command_id and not front.answered_ms:
            answered = front._replace(answered_ms=max(1, turn.at_ms), given_up=False)
            turn.set(fronts={**turn.state.fronts, name: answered})
            return True
    if all(front.command_id != fact.command_id for front in turn.state.fronts.values()):
        early = {**turn.state.early, fact.command_id: max(1, turn.at_ms)}
        turn.set(early=dict(list(early.items())[-EARLY_MOST:]))
    return False
