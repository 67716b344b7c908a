"""The live stream: 14,000 orders for one SKU of which there are 10,000, from three platforms at once."""

import zlib
from datetime import timedelta
from random import Random

import orjson

from pipeline.domain.instants import to_ms
from pipeline.domain.stock import StockPolicy, StockState, decide_stock
from pipeline.domain.stock.state import PACKED, PIECES
from pipeline.producer import MAX_RECORD_BYTES
from schemas.base import Event
from schemas.inventory import OfSku, StockReserved
from schemas.stock import OrderOversold, SuspendSku
from tests.builders import START
from tests.stock_builders import SKU, counted, reserved

ORDERS, STOCK = 14_000, 10_000
FETCH = 500
PLATFORMS = ("douyin", "tmall", "pdd")


def burst(random: Random) -> list[OfSku]:
    """One order a piece, told up to two seconds late, so in no order."""
    orders = [
        reserved(f"O{n:05d}", 1, START + timedelta(milliseconds=n), platform=PLATFORMS[n % 3])
        for n in range(1, ORDERS + 1)
    ]
    late = sorted(orders, key=lambda order: to_ms(order.occurred_at) + random.randrange(2_000))
    return [counted(STOCK), *late]


def worked_off(facts: list[OfSku], kills: set[int]) -> tuple[StockState, list[list[Event]]]:
    """Fold fetch by fetch. Killed after a fetch's outputs and before its state: the fetch comes again.

    So its outputs come twice; and what the hub had told of it lies on the topic twice.
    """
    state: StockState | None = None
    told: list[list[Event]] = []
    fetches = [facts[at : at + FETCH] for at in range(0, len(facts), FETCH)]
    for number, fetch in enumerate(fetches):
        for attempt in range(2 if number in kills else 1):
            after, events, now_ms = state, list[Event](), 0
            for fact in fetch + (fetch if attempt else []):
                now_ms = max(now_ms, to_ms(fact.occurred_at))
                outcome = decide_stock(after, fact, SKU, now_ms, StockPolicy())
                after, events = outcome.state, [*events, *outcome.events]
            told.append(events)
        assert after is not None
        raw = after.to_bytes()
        assert len(raw) < MAX_RECORD_BYTES
        state = StockState.from_bytes(raw) if number in kills else after
    assert state is not None
    return state, told


def oversold(told: list[list[Event]]) -> set[str]:
    """Who is left oversold; an event told twice under one id is one event."""
    events = {event.event_id: event for fetch in told for event in fetch if isinstance(event, OrderOversold)}
    last = {event.order_id: event.up for event in sorted(events.values(), key=lambda event: event.number)}
    return {order for order, up in last.items() if up}


def test_the_first_piece_too_many_suspends_and_every_order_beyond_the_stock_is_named() -> None:
    facts = burst(Random(14))
    state, told = worked_off(facts, kills=set())
    named = [fact.order_id for fact in facts if isinstance(fact, StockReserved)]
    beyond = set(sorted(named)[STOCK:])
    assert oversold(told) == beyond
    assert (state.orders.units, state.orders.beyond) == (ORDERS, ORDERS - STOCK)
    tripped = 1 + [n for n, fact in enumerate(facts) if isinstance(fact, StockReserved)][STOCK - 1] // FETCH
    first = next(n for n, events in enumerate(told, 1) if any(isinstance(e, SuspendSku) for e in events))
    assert first == tripped, "in the fetch in which the last piece went"
    assert sum(isinstance(event, SuspendSku) for events in told for event in events) == 5


def test_killed_in_the_midst_of_it_the_result_is_the_same() -> None:
    facts = burst(Random(9))
    plain, told = worked_off(facts, kills=set())
    killed, again = worked_off(facts, kills={3, 19, 20, 21, 27})
    assert killed == plain
    assert oversold(again) == oversold(told)
    assert {event.event_id for fetch in again for event in fetch} == {
        event.event_id for fetch in told for event in fetch
    }


def test_a_state_of_many_orders_that_was_stored_as_one_is_read_as_before() -> None:
    state, _ = worked_off(burst(Random(3))[:2_000], kills=set())
    told = {
        **state._asdict(),
        "places": {name: place.to_json() for name, place in state.places.items()},
        "orders": state.orders.to_json(),
        "windows": state.windows.to_json(),
    }
    assert state.to_bytes()[:1] == PIECES
    assert StockState.from_bytes(PACKED + zlib.compress(orjson.dumps(told, default=tuple))) == state
