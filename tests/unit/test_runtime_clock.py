"""The event clock never goes back, and tells each deadline once, just after it has passed."""

from pipeline.runtime.clock import PartitionClock


def test_an_earlier_event_does_not_move_the_clock_back() -> None:
    clock = PartitionClock()
    clock.observe(20)
    clock.observe(10)
    assert clock.now_ms == 20


def test_on_the_very_instant_nothing_is_due_and_one_millisecond_later_it_is() -> None:
    clock = PartitionClock()
    clock.await_due(100, b"a")
    clock.observe(100)
    assert clock.passed() == []
    clock.observe(101)
    assert clock.passed() == [(100, b"a")]


def test_a_passed_deadline_is_told_once_and_in_the_order_of_time() -> None:
    clock = PartitionClock()
    for due_ms, key in ((30, b"c"), (10, b"a"), (20, b"b")):
        clock.await_due(due_ms, key)
    clock.observe(40)
    assert clock.passed() == [(10, b"a"), (20, b"b"), (30, b"c")]
    assert clock.passed() == []


def test_a_batch_tried_again_finds_the_same_time_and_the_same_deadlines() -> None:
    clock = PartitionClock(now_ms=5)
    clock.await_due(10, b"a")
    clock.observe(50)
    passed = clock.passed()
    clock.put_back(passed)
    clock.rewind(5)
    assert (clock.now_ms, clock.passed()) == (5, [])
    clock.observe(50)
    assert clock.passed() == passed


def test_a_restored_clock_stands_where_it_stood_and_knows_what_waits() -> None:
    clock = PartitionClock()
    clock.restore(70, iter([(90, b"b"), (60, b"a")]))
    assert clock.passed() == [(60, b"a")]
    clock.observe(91)
    assert clock.passed() == [(90, b"b")]
