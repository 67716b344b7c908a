"""The oversell guard: what can be sold, who is beyond it, and whether the SKU is for sale at all.

sellable = on hand - reserved, available = sellable - safety stock (domain.md section 4). A SKU of which no
ledger ever counted anything is unknown: nothing is decided about it.
"""

from typing import NamedTuple

from pipeline.domain.instants import from_ms
from pipeline.domain.stock.policy import StockPolicy, Thresholds
from pipeline.domain.stock.state import Draft, StockState, on_hand_of
from pipeline.domain.stock.turn import Turn
from pipeline.domain.stock.windows import SUSPENSIONS
from schemas.base import derived_id
from schemas.desk import OrderFlagged
from schemas.stock import OrderOversold, SkuReleased, SkuSuspended, sku_subject
from schemas.vocabulary import AnomalyEnd, AnomalyKind

SOLD_OUT = "sold_out"
NAMED_ONE_BY_ONE = 20
"""The anomaly is told again with each of so many orders, then whenever their number has doubled; every order
is told of by itself."""


class Figures(NamedTuple):
    """What there is, and what of it can be sold; None: unknown."""

    on_hand: int | None
    sellable: int | None
    available: int | None


def figures(state: StockState | Draft, sku: str, policy: StockPolicy) -> Figures:
    """Work out what can be sold."""
    limits = policy.of(sku)
    on_hand = on_hand_of(state.places, without_silent=limits.hold_back_silent)
    if on_hand is None:
        return Figures(None, None, None)
    sellable = on_hand - state.orders.units
    return Figures(on_hand, sellable, sellable - limits.safety_units)


def guard(turn: Turn) -> Figures:
    """Name the orders beyond what is there; suspend or release the SKU. Returns what it decided by."""
    found = figures(turn.state, turn.sku, turn.policy)
    _serve(turn, found)
    limits = turn.policy.of(turn.sku)
    reasons = _reasons(turn.state, found, limits)
    if reasons != turn.state.reasons:
        turn.set(reasons=reasons)
    if reasons and not turn.state.suspended_ms:
        _suspend(turn, found)
    elif not reasons and turn.state.suspended_ms and _is_long_enough(turn, limits):
        _release(turn)
    return found


def release_due_ms(turn: Turn) -> int | None:
    """When a suspension that has lost its reasons may end."""
    if turn.state.reasons or not turn.state.suspended_ms:
        return None
    return turn.state.suspended_ms + turn.policy.of(turn.sku).min_suspended_ms - 1


def _is_long_enough(turn: Turn, limits: Thresholds) -> bool:
    return turn.now_ms - turn.state.suspended_ms >= limits.min_suspended_ms


def _reasons(state: Draft, found: Figures, limits: Thresholds) -> tuple[str, ...]:
    reasons = sorted(f"deviation:{name}" for name, place in state.places.items() if place.alarmed)
    if found.available is not None:
        needed = limits.release_units if SOLD_OUT in state.reasons else 1
        if found.available < max(1, needed):
            reasons.append(SOLD_OUT)
    return tuple(reasons)


def _serve(turn: Turn, found: Figures) -> None:
    missing = 0 if found.sellable is None else max(0, -found.sellable)
    orders, told = turn.state.orders.served(missing)
    turn.set(orders=orders)
    first = told | turn.oversold  # what happened to an order first in this turn
    last = turn.oversold | told
    for order, up in last.items():
        if first[order] == up:
            _tell_order(turn, order, up, found.sellable)
    _tell_oversell(turn, [order for order, up in last.items() if up])


def _tell_order(turn: Turn, order: str, up: bool, sellable: int | None) -> None:
    number = turn.next_number()
    told = {"order_id": order, "up": up, "sellable": sellable, "number": number}
    what = f"oversold|{order}|{number}"
    turn.tell(OrderOversold, what, turn.at_ms, units=turn.state.orders.of(order).open, **told)
    now = from_ms(turn.now_ms)
    turn.events.append(
        OrderFlagged(
            event_id=derived_id(turn.sku, f"flagged|{order}|{number}"),
            cause_id=derived_id(turn.sku, what),
            occurred_at=now,
            observed_at=now,
            order_id=order,
            flag="oversold",
            up=up,
            version=number,
            sku=turn.sku,
        )
    )


def _tell_oversell(turn: Turn, new: list[str]) -> None:
    beyond, named = turn.state.orders.beyond, turn.state.named
    if not beyond:
        if named:
            turn.set(named=0)
            because = "there is stock for every order again"
            turn.gone(sku_subject(turn.sku), AnomalyKind.OVERSELL, AnomalyEnd.CLEARED, because)
        return
    if new and (named < NAMED_ONE_BY_ONE or beyond >= 2 * named):
        turn.set(named=beyond)
        orders = turn.state.orders.oversold()
        shown = ", ".join(sorted({*orders[-NAMED_ONE_BY_ONE:], *new[:NAMED_ONE_BY_ONE]}))
        told = {"orders": shown, "number": beyond, "units": turn.state.orders.beyond_units}
        turn.seen(sku_subject(turn.sku), AnomalyKind.OVERSELL, "critical", **told)


def _suspend(turn: Turn, found: Figures) -> None:
    number = turn.state.number + 1
    turn.set(suspended_ms=max(1, turn.now_ms), number=number)
    turn.count(SUSPENSIONS, 1, turn.now_ms)
    turn.tell(
        SkuSuspended,
        f"suspended|{number}",
        number=number,
        reasons=turn.state.reasons,
        available=found.available,
    )


def _release(turn: Turn) -> None:
    number, since = turn.state.number, from_ms(turn.state.suspended_ms)
    turn.set(suspended_ms=0)
    turn.tell(SkuReleased, f"released|{number}", number=number, suspended_at=since)
