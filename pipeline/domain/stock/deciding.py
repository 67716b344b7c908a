"""The inventory sentinel: one fact about a SKU in, what follows of it out (domain.md sections 4 and 14)."""

from typing import Any

from pipeline.domain.outcome import Outcome, Undecidable
from pipeline.domain.policy import HOUR_MS
from pipeline.domain.stock.fronts import answer_due_ms, command, hear_all_answered
from pipeline.domain.stock.guarding import guard, release_due_ms
from pipeline.domain.stock.hearing import hear
from pipeline.domain.stock.policy import StockPolicy
from pipeline.domain.stock.silence import WAREHOUSE, WarehouseState, decide_silence
from pipeline.domain.stock.state import StockState
from pipeline.domain.stock.turn import Turn
from schemas.inventory import ClockReached, OfSku, WarehouseSpoke

Kept = StockState | WarehouseState
SentinelFact = OfSku | ClockReached | WarehouseSpoke
SWEEP_MS = HOUR_MS
"""How often old matter is forgotten, while somebody speaks of the SKU."""


def decide_kept(
    state: Kept | None, fact: SentinelFact | None, key: str, now_ms: int, policy: StockPolicy
) -> Outcome[Kept]:
    """Put a fact, or the passing of time, to the account that its key names: a SKU's, or a warehouse's.

    Raises Undecidable for a fact that the account cannot hold.
    """
    if isinstance(fact, WarehouseSpoke) or (fact is None and isinstance(state, WarehouseState)):
        if isinstance(state, StockState):
            raise Undecidable(f"{key} is the number of a SKU; no warehouse may be called so")
        return _kept(decide_silence(state, fact, key, now_ms, policy))
    if isinstance(state, WarehouseState):
        raise Undecidable(f"{key} is a warehouse; no SKU may be called so")
    return _kept(decide_stock(state, fact, key, now_ms, policy))


def _kept(outcome: Outcome[Any]) -> Outcome[Kept]:  # Any: an outcome of either is one of both
    return outcome


def read_kept(raw: bytes) -> Kept:
    """Read either account back from its bytes."""
    return WarehouseState.from_bytes(raw) if raw[:1] == WAREHOUSE else StockState.from_bytes(raw)


def write_kept(state: Kept) -> bytes:
    """Either account, as `read_kept` reads it back."""
    return state.to_bytes()


def decide_stock(
    state: StockState | None, fact: OfSku | ClockReached | None, key: str, now_ms: int, policy: StockPolicy
) -> Outcome[StockState]:
    """Take one fact about a SKU, or (None) the passing of time, at `now_ms` of the event clock.

    Raises Undecidable for a fact that the SKU cannot hold.
    """
    if isinstance(fact, ClockReached):
        return Outcome(None, is_news=False)  # it speaks of no SKU; its time has moved the clock
    if state is None and fact is None:
        return Outcome(None)
    before = state or StockState(swept_ms=now_ms)
    turn = Turn(before, key, now_ms, fact, policy)
    _forget(turn)
    if fact is None:
        is_news = _fell_silent(turn)
    else:
        is_news = hear(turn, fact)
        turn.state.heard_ms = max(turn.state.heard_ms, now_ms)
    if is_news or fact is None:
        command(turn, guard(turn))
        hear_all_answered(turn)
    if fact is None and _is_over(turn):
        return Outcome(None)
    return Outcome(
        turn.state.frozen(), tuple(turn.events), _due_ms(turn), is_news=is_news or bool(turn.events)
    )


def _fell_silent(turn: Turn) -> bool:
    """Notice which warehouses broke their promise to count."""
    fell = {}
    for name, place in turn.state.places.items():
        after_ms = turn.policy.silent_after_ms(name)
        if after_ms is None or place.cloud is None or place.silent:
            continue
        if turn.now_ms - place.heard_ms > after_ms:
            fell[name] = place._replace(silent=True)
    if fell:
        turn.set(places={**turn.state.places, **fell})
    return bool(fell)


def _forget(turn: Turn) -> None:
    """Forget what is too old to be needed, now and then."""
    state, policy, now_ms = turn.state, turn.policy, turn.now_ms
    if now_ms - state.swept_ms < SWEEP_MS:
        return
    old_ms, lost_ms = now_ms - policy.memory_ms, now_ms - policy.transit_ms
    turn.set(
        places={name: place.forget(old_ms) for name, place in state.places.items()},
        orders=state.orders.forget(old_ms),
        windows=state.windows.forget(policy.windows, now_ms),
        returning={name: one for name, one in state.returning.items() if one[0] > lost_ms},
        transit={name: one for name, one in state.transit.items() if one[0] > lost_ms},
        swept_ms=now_ms,
    )


def _is_over(turn: Turn) -> bool:
    """Nobody has spoken of it for long, and nothing depends on it: no stock, no order, no suspension."""
    state = turn.state
    is_silent = turn.now_ms > state.heard_ms + turn.policy.retention_ms
    return is_silent and not turn.events and not (state.places or state.orders.units or state.suspended_ms)


def _due_ms(turn: Turn) -> int | None:
    """When something changes by itself."""
    dues = [release_due_ms(turn), answer_due_ms(turn)]
    if not (turn.state.places or turn.state.orders.units or turn.state.suspended_ms):
        dues.append(turn.state.heard_ms + turn.policy.retention_ms)
    for name, place in turn.state.places.items():
        after_ms = turn.policy.silent_after_ms(name)
        if after_ms is not None and place.cloud is not None and not place.silent:
            dues.append(place.heard_ms + after_ms)
    return min((due for due in dues if due is not None), default=None)
