"""Whose word on its progress counts, for how long, and what follows from it for the others."""

from datetime import timedelta
from math import inf
from typing import Any

import pytest
from faust.types import TP

from pipeline.domain.instants import EPOCH
from pipeline.runtime.fronts import SILENT_S, Fronts
from schemas.progress import WorkerReached

ORDERS = TP("fact.order.v1", 2)


def word(worker: str = "b", generation: int = 3, front_ms: int | None = None, **more: Any) -> WorkerReached:
    front = None if front_ms is None else EPOCH + timedelta(milliseconds=front_ms)
    base = {"worker": worker, "generation": generation, "partitions": (2, 3), "front_at": front}
    return WorkerReached(**(base | more))


@pytest.fixture
def fronts() -> Fronts:
    """Of a worker that holds two of four partitions, in the third generation."""
    made = Fronts("a", 4)
    made.own(3, {0, 1})
    return made


@pytest.mark.parametrize(("mine", "alone"), [({0, 1, 2, 3}, True), (set(), True), ({0, 1}, False)])
def test_who_has_every_partition_or_none_is_alone(mine: set[int], alone: bool) -> None:
    fronts = Fronts("a", 4)
    assert fronts.alone
    fronts.own(1, mine)
    assert fronts.alone is alone


def test_the_lowest_front_of_the_others_counts_and_who_is_done_holds_nobody_up(fronts: Fronts) -> None:
    assert fronts.lowest_ms(0) == inf
    fronts.hear(word("b", front_ms=700), 0)
    fronts.hear(word("c", front_ms=500), 0)
    assert fronts.lowest_ms(0) == 500
    fronts.hear(word("c"), 0)
    assert fronts.lowest_ms(0) == 700


def test_what_this_worker_said_itself_is_no_news(fronts: Fronts) -> None:
    assert not fronts.hear(word("a", front_ms=500), 0)
    assert fronts.lowest_ms(0) == inf


def test_another_worker_has_moved_if_it_says_something_else(fronts: Fronts) -> None:
    assert [fronts.hear(word(front_ms=ms), 0) for ms in (500, 500, 600)] == [True, False, True]


def test_a_worker_that_fell_silent_is_left_to_itself(fronts: Fronts) -> None:
    fronts.hear(word(front_ms=500, waits=True, done={ORDERS.topic: {2: 9}}), 5)
    last = 5 + SILENT_S - 0.1
    assert (fronts.lowest_ms(last), fronts.asked(last), fronts.done_to(ORDERS, last)) == (500, True, 9)
    late = 5 + SILENT_S
    assert (fronts.lowest_ms(late), fronts.asked(late), fronts.done_to(ORDERS, late)) == (inf, False, None)


def test_what_was_said_in_an_earlier_generation_was_said_of_other_partitions(fronts: Fronts) -> None:
    fronts.hear(word(generation=2, front_ms=500, done={ORDERS.topic: {2: 9}}), 0)
    assert (fronts.lowest_ms(0), fronts.done_to(ORDERS, 0)) == (inf, None)
    assert fronts.unheard() == {2, 3}
    fronts.hear(word(generation=4, front_ms=500), 0)
    assert (fronts.lowest_ms(0), fronts.unheard()) == (500, frozenset()), "it knows of the next one already"


def test_partitions_of_others_are_unheard_of_until_their_worker_spoke_once(fronts: Fronts) -> None:
    assert fronts.unheard() == {2, 3}
    fronts.hear(word(partitions=(2,)), 0)
    assert fronts.unheard() == {3}
    fronts.hear(word("c", partitions=(3,)), 0)
    assert fronts.unheard() == frozenset(), "silence is another matter"
    fronts.own(4, {0, 1})
    assert fronts.unheard() == {2, 3}


def test_a_partition_of_which_its_worker_has_done_nothing_yet_is_at_its_beginning(fronts: Fronts) -> None:
    fronts.hear(word(done={"fact.waybill.v1": {2: 7}}), 0)
    assert fronts.done_to(ORDERS, 0) == 0
    assert fronts.done_to(TP(ORDERS.topic, 1), 0) is None
