"""What an order asks of each SKU: by example, and in whatever order its words come."""

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.instants import to_ms
from pipeline.domain.reserving import ReservingState, decide_reserving
from pipeline.domain.stock import ReservingPolicy
from schemas.base import Event, type_of
from schemas.inventory import OfOrder, StockReleased, StockReserved, StockShipped
from schemas.vocabulary import Phase, RefundStandard
from tests.builders import ORDER, START, after, parcel_left, platform_says
from tests.examples import tries
from tests.refund_desk import refund as request

POLICY = ReservingPolicy(when={"jd": "paid"}, bundles={"BOX": {"A": 2, "B": 1}})


def asked(*facts: Any, policy: ReservingPolicy = POLICY) -> list[OfOrder]:
    """Put facts to the judge, each state through its bytes; Any: facts of an order."""
    state: ReservingState | None = None
    told: list[Event] = []
    for fact in facts:
        outcome = decide_reserving(state, fact, ORDER, to_ms(fact.observed_at), policy)
        assert outcome.state is not None
        state = ReservingState.from_bytes(outcome.state.to_bytes())
        assert state == outcome.state
        told += outcome.events
    return told  # type: ignore[return-value]  # it tells nothing else


def totals(events: list[OfOrder]) -> dict[tuple[str, str], int]:
    """(type, SKU) -> what it came to."""
    found: dict[tuple[str, str], int] = {}
    for event in events:
        key = (type_of(type(event)), event.sku)
        found[key] = found.get(key, 0) + event.units
    return {key: units for key, units in found.items() if units}


def placed(at: datetime = START, **more: Any) -> Any:
    return platform_says(Phase.TO_SHIP, at, **{"goods": {"A": 2, "C": 1}, **more})


def left(at: datetime, waybill: str, goods: dict[str, int], **more: Any) -> Any:
    return parcel_left(at, waybill, goods=goods, **more)


def test_an_order_reserves_when_it_is_placed_and_says_so_once() -> None:
    told = asked(placed(), placed(after(1)), platform_says(Phase.SHIPPED, after(2)))
    assert totals(told) == {
        ("sku.ordered", "A"): 2, ("sku.ordered", "C"): 1,
        ("stock.reserved", "A"): 2, ("stock.reserved", "C"): 1,
    }  # fmt: skip
    assert {event.occurred_at for event in told} == {START}
    assert len({event.event_id for event in told}) == len(told) == 4


def test_where_the_setting_says_so_it_reserves_when_it_is_paid() -> None:
    jd = {"platform": "jd", "goods": {"A": 1}}
    unpaid = platform_says(Phase.UNPAID, **jd)
    assert [event.type for event in asked(unpaid)] == ["sku.ordered"]
    paid = platform_says(Phase.TO_SHIP, after(1), paid_at=after(1), **jd)
    assert [event.occurred_at for event in asked(unpaid, paid) if isinstance(event, StockReserved)] == [
        after(1)
    ]
    assert not totals(asked(unpaid, platform_says(Phase.CLOSED, after(1), **jd))).get(("stock.reserved", "A"))


def test_a_bundle_reserves_its_components_once_and_is_sold_by_its_own_name() -> None:
    told = asked(placed(goods={"BOX": 3, "A": 1}))
    assert totals(told) == {
        ("sku.ordered", "A"): 1, ("sku.ordered", "BOX"): 3,
        ("stock.reserved", "A"): 7, ("stock.reserved", "B"): 3,
    }  # fmt: skip


def test_a_recipe_is_fixed_when_the_order_first_names_the_bundle() -> None:
    first = decide_reserving(None, placed(goods={"BOX": 1}), ORDER, 0, POLICY).state
    other = ReservingPolicy(bundles={"BOX": {"Z": 9}})
    closed = platform_says(Phase.CLOSED, after(1), closed_at=after(1))
    told = decide_reserving(first, closed, ORDER, 0, other).events
    assert totals(list(told)) == {("stock.released", "A"): 2, ("stock.released", "B"): 1}  # type: ignore[arg-type]


def test_a_parcel_takes_its_part_and_closing_releases_the_rest() -> None:
    told = asked(
        placed(), left(after(1), "W1", {"A": 1}), platform_says(Phase.CLOSED, after(2), closed_at=after(2))
    )
    assert totals(told)["stock.shipped", "A"] == 1
    released = {event.sku: event for event in told if isinstance(event, StockReleased)}
    assert {sku: event.units for sku, event in released.items()} == {"A": 1, "C": 1}
    assert {(event.because, event.occurred_at) for event in released.values()} == {("closed", after(2))}


def test_a_parcel_that_is_told_after_the_closing_corrects_what_was_released() -> None:
    told = asked(placed(), platform_says(Phase.CLOSED, after(2)), left(after(1), "W1", {"A": 2}))
    assert totals(told)["stock.released", "C"] == 1
    assert ("stock.released", "A") not in totals(told)


def test_money_that_went_back_in_full_releases_what_has_not_left() -> None:
    paid = placed(paid_fen=1000)
    for amount, units in ((999, 0), (1000, 2)):
        back = request(after(1), amount_fen=amount, standard=RefundStandard.NOT_REFUNDABLE, done=True)
        assert totals(asked(paid, back)).get(("stock.released", "A"), 0) == units


def test_a_split_parent_neither_reserves_nor_counts() -> None:
    assert totals(asked(placed(), placed(after(1), is_parent=True))) == {}


WORDS = [
    placed(),
    placed(after(0.5), goods={"A": 3, "C": 1}),
    left(after(1), "W1", {"A": 1}),
    left(after(2), "W2", {"A": 1, "C": 1}),
    platform_says(Phase.SHIPPED, after(2.1)),
    platform_says(Phase.CLOSED, after(3), closed_at=after(3)),
]


@settings(max_examples=tries(60))
@given(st.permutations([*WORDS, *WORDS]))
def test_in_any_order_and_told_twice_it_comes_to_the_same(words: list[Any]) -> None:
    told = asked(*words)
    assert totals(told) == totals(asked(*WORDS))
    steps = [(event.sku, event.step) for event in told]
    assert len(set(steps)) == len(steps)
    shipped = {event.waybill for event in told if isinstance(event, StockShipped)}
    assert shipped == {"W1", "W2"}


@pytest.mark.parametrize("units", [1, 5])
def test_fewer_pieces_of_a_newer_word_are_a_difference(units: int) -> None:
    told = asked(placed(), placed(after(1), goods={"A": units}))
    assert totals(told) == {("sku.ordered", "A"): units, ("stock.reserved", "A"): units}
