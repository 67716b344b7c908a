"""What is read next when topics are read in step: the release rule, its bounds and its order."""

from operator import attrgetter
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.runtime import in_step as module
from pipeline.runtime.in_step import PATIENCE_S, InStep, Member, Slice

A, B, OTHER = ("raw.a", 0), ("raw.b", 0), ("raw.a", 1)
STEP_MS = 100


def records(member: Member, *times_ms: int, first: int = 0, size: int = 1) -> list[Any]:
    return [
        SimpleNamespace(
            topic=member[0], partition=member[1], offset=first + n, timestamp=ms, value=b"v" * size
        )
        for n, ms in enumerate(times_ms)
    ]


def steps(most: int = 1000, **held: Any) -> InStep:
    return InStep(attrgetter("timestamp"), STEP_MS, most, **held)


def due(asked: InStep, *behind: Member, now_s: float = 0) -> Slice | None:
    return asked.next(lambda: behind, now_s)


def read(asked: InStep, *behind: Member, now_s: float = 0) -> list[int] | None:
    """The times of the next slice."""
    found = due(asked, *behind, now_s=now_s)
    return None if found is None else [record.timestamp for record in found.records]


def test_what_lies_within_the_step_of_the_oldest_record_is_one_slice_in_the_order_of_time() -> None:
    asked = steps()
    asked.hold(A, records(A, 1000, 1050))
    asked.hold(B, records(B, 1020, 1100, 1101))
    assert read(asked, A, B) == [1000, 1020, 1050, 1100]


def test_a_slice_spans_no_more_than_the_step_even_where_nothing_can_come_between() -> None:
    """Who passes on what was read keeps up with one slice at a time."""
    asked = steps()
    asked.hold(A, records(A, 1000, 1100, 1101, 9000))
    assert read(asked) == [1000, 1100]
    assert read(asked) == [1101]
    assert read(asked) == [9000]


def test_nothing_is_read_while_a_sibling_is_empty_and_behind() -> None:
    asked = steps()
    asked.hold(A, records(A, 1000))
    assert read(asked, B) is None
    asked.hold(B, records(B, 10))
    assert read(asked, A, B) == [10]
    assert read(asked, B) is None
    assert read(asked) == [1000]


def test_partitions_of_other_numbers_are_waited_for_too_because_facts_of_a_page_go_everywhere() -> None:
    asked = steps()
    asked.hold(A, records(A, 1000))
    assert read(asked, OTHER) is None
    asked.hold(OTHER, records(OTHER, 10, 1090))
    assert read(asked, A, OTHER) == [10]
    assert read(asked, A, OTHER) == [1000, 1090]


def test_a_slice_says_where_each_of_its_partitions_goes_on_across_gaps_of_offsets() -> None:
    asked = steps()
    asked.hold(A, [*records(A, 1, first=7), *records(A, 2, first=19)])
    asked.hold(B, records(B, 3, first=5))
    found = due(asked)
    assert found is not None
    assert found.ends == {A: 20, B: 6}


def test_siblings_that_have_caught_up_hold_nobody_up() -> None:
    asked = steps()
    asked.hold(A, records(A, 1000))
    assert read(asked) == [1000]
    assert not asked.holds


def test_nothing_lies_further_ahead_of_what_others_have_yet_to_read_than_the_step() -> None:
    asked = steps()
    asked.hold(A, records(A, 1000, 1050, 1101))
    assert asked.next(tuple, 0, 899) is None
    found = asked.next(tuple, 0, 950)
    assert found is not None
    assert ([record.timestamp for record in found.records], found.began_ms) == ([1000, 1050], 1000)
    found = asked.next(tuple, 0, 5000)
    assert found is not None
    assert [record.timestamp for record in found.records] == [1101]


def test_the_front_is_the_oldest_held_record_or_the_last_slice_while_a_member_brings_nothing() -> None:
    asked = steps()
    assert asked.front_ms([]) is None
    assert asked.front_ms([A]) == 0, "nothing is known yet"
    asked.hold(A, records(A, 1000, 2000))
    asked.hold(B, records(B, 1500))
    assert asked.front_ms([A, B]) == 1000
    assert read(asked) == [1000]
    assert asked.front_ms([A, B]) == 1500
    assert read(asked) == [1500]
    assert asked.front_ms([A]) == 2000
    assert asked.front_ms([A, B]) == 1500, "what comes of it is no older than what came before it"


def test_the_front_forgets_who_was_left_out_and_what_was_dropped() -> None:
    asked = steps()
    asked.hold(A, records(A, 1000, 3000))
    assert read(asked, B, now_s=0) is None
    assert read(asked, B, now_s=PATIENCE_S) == [1000]
    assert asked.front_ms([B]) == 3000
    asked.clear()
    assert asked.front_ms([A]) == 0


def test_records_of_one_time_are_read_even_with_no_step_at_all() -> None:
    asked = InStep(attrgetter("timestamp"), 0, 1000)
    asked.hold(A, records(A, 5, 5, 6))
    asked.hold(B, records(B, 5))
    assert read(asked, A, B) == [5, 5, 5]


def test_a_sibling_that_brings_nothing_is_waited_for_up_to_the_bound_and_counted_when_left_out() -> None:
    left_out: list[Member] = []
    asked = steps(left_out=left_out.append, most=1)
    asked.hold(A, records(A, 1000, 2000))
    assert read(asked, B, now_s=5) is None
    assert read(asked, B, now_s=5 + PATIENCE_S - 0.1) is None
    assert left_out == []
    assert read(asked, B, now_s=5 + PATIENCE_S) == [1000]
    assert read(asked, B, now_s=6 + PATIENCE_S) == [2000]  # it was waited for once, not at each step
    assert left_out == [B]


def test_a_sibling_that_was_left_out_is_waited_for_again_once_it_has_brought_something() -> None:
    asked = steps(most=1)
    asked.hold(A, records(A, 1000, 2000, 3000))
    assert read(asked, B, now_s=0) is None
    assert read(asked, B, now_s=PATIENCE_S) == [1000]
    asked.hold(B, records(B, 500))
    assert read(asked, B, now_s=PATIENCE_S) == [500]
    assert read(asked, B, now_s=PATIENCE_S + 1) is None


def test_a_sibling_that_caught_up_meanwhile_is_waited_for_from_anew() -> None:
    asked = steps(most=1)
    asked.hold(A, records(A, 1000, 2000, 3000))
    assert read(asked, B, now_s=0) is None
    assert read(asked, now_s=1) == [1000]
    assert read(asked, B, now_s=PATIENCE_S) is None


def test_a_record_older_than_its_predecessor_keeps_its_place() -> None:
    asked = steps()
    asked.hold(A, records(A, 1000, 400, 1001))
    asked.hold(B, records(B, 990, 1000))
    assert read(asked, A, B) == [990, 1000, 400, 1000, 1001]


def test_the_place_of_a_record_is_kept_across_two_fetches() -> None:
    asked = steps()
    asked.hold(A, records(A, 5000))
    asked.hold(A, records(A, 10, first=1))
    asked.hold(B, records(B, 1000))
    assert read(asked, B) == [1000]
    assert read(asked) == [5000, 10]


@pytest.mark.parametrize("time_ms", [0, -1])
def test_a_record_without_a_time_goes_at_once_or_with_its_predecessor(time_ms: int) -> None:
    asked = steps()
    asked.hold(A, records(A, time_ms, 1000, time_ms))
    asked.hold(B, records(B, 950))
    assert read(asked, A, B) == [time_ms]
    assert read(asked) == [950, 1000, time_ms]


def test_a_slice_has_at_most_so_many_records_and_the_rest_follows() -> None:
    asked = steps(most=3)
    asked.hold(A, records(A, 1, 3, 5))
    asked.hold(B, records(B, 2, 4))
    assert read(asked) == [1, 2, 3]
    found = due(asked)
    assert found is not None
    assert ([record.timestamp for record in found.records], found.ends) == ([4, 5], {A: 3, B: 2})


def test_a_member_is_full_from_its_bound_of_bytes_on_until_it_was_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "HELD_BYTES", 10)
    asked = steps(most=2)
    asked.hold(A, records(A, 1, 500, size=4))
    assert (asked.full(A), asked.full(B)) == (False, False)
    asked.hold(A, records(A, 1000, first=2, size=2))
    assert asked.full(A)
    assert read(asked) == [1]
    assert not asked.full(A)


def test_what_was_dropped_is_gone_and_holds_nobody_up() -> None:
    asked = steps()
    asked.hold(A, records(A, 1000))
    asked.hold(B, records(B, 10))
    asked.drop({B})
    assert read(asked) == [1000]
    asked.hold(A, records(A, 1100))
    asked.clear()
    assert (asked.holds, read(asked)) == (False, None)
