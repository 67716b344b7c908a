"""An order of several SKUs is oversold while any of them is: one SKU's end says nothing of another."""

from itertools import permutations

import pytest

from pipeline.domain.desk_state import DeskState
from schemas.desk import OrderFlagged
from tests.builders import ORDER, START, after
from tests.desk_builders import MINUTE, desk, flagged, may_ship
from tests.stock_builders import Sentinel, counted, reserved

A_UP, B_UP = flagged("oversold", sku="A"), flagged("oversold", at=START + MINUTE, sku="B")
A_DOWN = flagged("oversold", up=False, at=START + 2 * MINUTE, sku="A")
B_DOWN = flagged("oversold", up=False, at=START + 3 * MINUTE, sku="B")


def reasons(*flags: OrderFlagged) -> list[str]:
    (answer,) = desk(*flags).hears(may_ship()).answers
    return [str(one) for one in answer.reasons]


@pytest.mark.parametrize("flags", [*permutations([A_UP, B_UP, A_DOWN])])
def test_one_skus_end_does_not_hide_that_another_is_still_oversold(flags: tuple[OrderFlagged, ...]) -> None:
    assert reasons(*flags) == ["oversold"]
    assert reasons(*flags, B_DOWN) == []
    assert reasons(B_DOWN, *flags) == []


@pytest.mark.parametrize("first", ["A", "B"])
def test_two_skus_of_one_order_are_told_by_their_own_sentinels_in_either_order(first: str) -> None:
    told = []
    for sku, hour in (("A", 0.01), ("B", 0.02)):
        sentinel = Sentinel().hears(counted(0), reserved(ORDER, at=after(hour)))
        if sku == first:
            sentinel.hears(counted(5, after(0.03)))
        told.append([one.model_copy(update={"sku": sku}) for one in sentinel.all(OrderFlagged)])
        assert {one.sku for one in sentinel.all(OrderFlagged)} == {"SKU-1"}, "each names its SKU"
    for one, other in permutations(told):
        assert reasons(*one, *other) == ["oversold"]


def test_a_flag_from_before_skus_were_named_stands_until_the_next_word_of_a_sku() -> None:
    old = flagged("oversold")
    assert reasons(old) == ["oversold"]
    state = DeskState.from_bytes(desk(old).state.to_bytes())  # as an older worker stored it
    assert state.points.keys() >= {"oversold"}
    for flags in permutations([old, B_UP, B_DOWN]):
        assert reasons(*flags) == []
