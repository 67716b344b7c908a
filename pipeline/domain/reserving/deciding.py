"""The judge of an order's goods: works out what the order asks of each SKU, and tells what is new of it.

What is asked for is a function of all that was heard; what is told is the difference to what was told
before. So words in any order, and repeated, come to the same in the end, and a correction is a difference
like any other.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from pipeline.domain.instants import from_ms
from pipeline.domain.outcome import Outcome
from pipeline.domain.reserving.state import LEFT, ReservingState, Told, hear_refund, hear_report
from pipeline.domain.stock.policy import ReservingPolicy
from schemas.base import Event, derived_id, type_of
from schemas.inventory import OfOrder, SkuOrdered, StockReleased, StockReserved, StockReturning, StockShipped
from schemas.order import OrderReported, RefundReported
from schemas.vocabulary import Phase

Goods = dict[str, int]
OVER = frozenset({Phase.SIGNED, Phase.FINISHED})


class Asked(NamedTuple):
    """What an order asks for now; times are ms since 1970 UTC. `why` "": nothing is released."""

    sold: Goods
    reserved: Goods
    reserved_ms: int
    shipped: dict[str, tuple[Goods, int, str]]  # waybill -> goods, when it left, from where
    released: Goods
    why: str
    released_ms: int


def decide_reserving(
    state: ReservingState | None,
    fact: OrderReported | RefundReported | None,
    key: str,
    now_ms: int,
    policy: ReservingPolicy,
) -> Outcome[ReservingState]:
    """Take one fact about an order, or (None) the passing of time, at `now_ms` of the event clock."""
    if fact is None:
        if state is None or now_ms > state.heard_ms + policy.retention_ms:
            return Outcome(None, is_news=False)
        return Outcome(state, (), state.heard_ms + policy.retention_ms, is_news=False)
    before = state or ReservingState(str(fact.platform), fact.shop)
    after = hear_report(before, fact) if isinstance(fact, OrderReported) else hear_refund(before, fact)
    after = _with_recipes(after, policy)
    speaker = _Speaker(after, key, fact)
    speaker.tell_all(_asked(after, policy))
    after = speaker.state
    return Outcome(after, tuple(speaker.events), after.heard_ms + policy.retention_ms, is_news=False)


def _with_recipes(state: ReservingState, policy: ReservingPolicy) -> ReservingState:
    """Fix the recipe of each bundle when the order first names it."""
    named = {sku for fields in (state.order, *state.parcels.values()) for sku in _goods(fields)}
    new = {sku: dict(policy.bundles[sku]) for sku in named & set(policy.bundles) if sku not in state.recipes}
    return state._replace(recipes={**state.recipes, **new}) if new else state


def _goods(fields: dict[str, Any]) -> Goods:
    word = fields.get("goods")
    return word[0] if word else {}


def _parts(state: ReservingState, goods: Goods) -> Goods:
    """What lies in a warehouse for these goods: bundles taken apart."""
    found: Goods = {}
    for sku, units in goods.items():
        for part, each in state.recipes.get(sku, {sku: 1}).items():
            found[part] = found.get(part, 0) + units * each
    return found


def _first(fields: dict[str, Any], *names: str) -> int | None:
    return next((int(fields[name][0]) for name in names if name in fields), None)


def _asked(state: ReservingState, policy: ReservingPolicy) -> Asked:
    order = state.order
    placed_ms = _first(order, "placed_ms")
    waits = policy.when.get(state.platform) == "paid" and "cash_on_delivery" not in order
    reserved_ms = _first(order, "known_paid_ms") if waits else placed_ms
    sold = {} if state.is_parent or placed_ms is None else _goods(order)
    reserved = {} if reserved_ms is None else _parts(state, sold)
    shipped = {
        waybill: (_parts(state, _goods(parcel)), left_ms, parcel.get("warehouse", [""])[0])
        for waybill, parcel in state.parcels.items()
        if (left_ms := _first(parcel, "out_ms", "left_ms")) is not None and _has_left(parcel)
    }
    gone: Goods = {}
    for goods, _, _ in shipped.values():
        for sku, units in goods.items():
            gone[sku] = gone.get(sku, 0) + units
    why, released_ms = _over(state)
    left = {sku: max(0, units - gone.get(sku, 0)) for sku, units in reserved.items()} if why else {}
    return Asked(sold, reserved, reserved_ms or placed_ms or 0, shipped, left, why, released_ms)


def _has_left(parcel: dict[str, Any]) -> bool:
    """Who says when it left says that it left; a parcel called off later did not."""
    phase = parcel.get("phase")
    return phase is None or phase[0] in LEFT


def _over(state: ReservingState) -> tuple[str, int]:
    """Why what has not left is no longer needed, and since when."""
    phase = state.order.get("phase")
    if phase and phase[0] == Phase.CLOSED:
        return "closed", _first(state.order, "closed_ms") or phase[1]
    if phase and phase[0] in OVER:
        return "over", phase[2]
    paid = state.order.get("paid_fen")
    done = [one for one in state.refunds.values() if one[2]]
    if paid and paid[0] and sum(one[1] for one in done) >= paid[0]:
        return "refunded", max(one[4] for one in done)
    return "", 0


class _Speaker:
    """Tells the difference between what is asked now and what was told; the state remembers it."""

    def __init__(self, state: ReservingState, key: str, cause: Event) -> None:
        self.state, self.key, self.cause = state, key, cause
        self.events: list[Event] = []

    def tell_all(self, asked: Asked) -> None:
        for sku in self._skus(asked.sold, "sold"):
            self._total(SkuOrdered, sku, "sold", asked.sold.get(sku, 0), asked.reserved_ms)
        for sku in self._skus(asked.reserved, "reserved"):
            self._total(StockReserved, sku, "reserved", asked.reserved.get(sku, 0), asked.reserved_ms)
        self._tell_parcels(asked)
        for sku in self._skus(asked.released, "released"):
            at_ms, why = asked.released_ms, asked.why or "closed"
            self._total(StockReleased, sku, "released", asked.released.get(sku, 0), at_ms, because=why)
        self._tell_returns(asked)

    def _skus(self, asked: Goods, figure: str) -> list[str]:
        return sorted({*asked, *(sku for sku, told in self.state.told.items() if getattr(told, figure))})

    def _total(self, kind: type[OfOrder], sku: str, figure: str, now: int, at_ms: int, **more: str) -> None:
        told = self.state.told.get(sku, Told())
        units = now - getattr(told, figure)
        if units:
            self._say(kind, sku, units, at_ms, **more)
            told = self.state.told[sku]._replace(**{figure: now})
            self.state = self.state._replace(told={**self.state.told, sku: told})

    def _tell_parcels(self, asked: Asked) -> None:
        for name in sorted({*self.state.shipped, *_named(asked)}):
            waybill, _, sku = name.partition("\n")
            goods, at_ms, warehouse = asked.shipped.get(waybill, ({}, 0, ""))
            units = goods.get(sku, 0) - self.state.shipped.get(name, 0)
            if units:
                self._say(StockShipped, sku, units, at_ms or None, waybill=waybill, warehouse=warehouse)
                self.state = self.state._replace(shipped={**self.state.shipped, name: goods.get(sku, 0)})

    def _tell_returns(self, asked: Asked) -> None:
        """The first return that stands brings back what had left; others of the same order bring no more."""
        live = sorted(name for name, one in self.state.refunds.items() if one[3])
        wanted: dict[str, int] = {}
        for goods, _, _ in asked.shipped.values() if live else ():
            for sku, units in goods.items():
                wanted[f"{live[0]}\n{sku}"] = wanted.get(f"{live[0]}\n{sku}", 0) + units
        for name in sorted({*self.state.returning, *wanted}):
            refund, _, sku = name.partition("\n")
            units = wanted.get(name, 0) - self.state.returning.get(name, 0)
            if units:
                self._say(StockReturning, sku, units, self.state.refunds[refund][4], refund_id=refund)
                self.state = self.state._replace(
                    returning={**self.state.returning, name: wanted.get(name, 0)}
                )

    def _say(self, kind: type[OfOrder], sku: str, units: int, at_ms: int | None, **more: str) -> None:
        told = self.state.told.get(sku, Told())
        told = told._replace(step=told.step + 1)
        self.state = self.state._replace(told={**self.state.told, sku: told})
        said: dict[str, Any] = {
            "event_id": derived_id(self.key, f"{type_of(kind)}|{sku}|{told.step}"),
            "cause_id": self.cause.event_id,
            "occurred_at": from_ms(at_ms) if at_ms else self.cause.occurred_at,
            "observed_at": self.cause.observed_at,
            "sku": sku,
            "order_id": self.key,
            "platform": self.state.platform,
            "shop": self.state.shop,
            "units": units,
            "step": told.step,
        }
        self.events.append(kind.model_validate(said | more))


def _named(asked: Asked) -> Iterator[str]:
    return (f"{waybill}\n{sku}" for waybill, (goods, _, _) in asked.shipped.items() for sku in goods)
