"""Questions do not grow with viewers: one asks for all, a failure is shared, what is looked at stays warm."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event as Gate

from dashboard import limits
from dashboard.live import LastGood, Shared

THEN = datetime(2026, 11, 11, 8, 0, tzinfo=UTC)
KEY = ("board",)


class Store:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.away = False
        self.gate = Gate()
        self.gate.set()

    def __call__(self) -> tuple[int, datetime]:
        self.asked += 1
        self.gate.wait(5)
        if self.away:
            raise ConnectionError("away")
        return self.asked, THEN


def holder() -> tuple[Shared, list[float]]:
    now = [0.0]
    return Shared(LastGood(), lambda: now[0]), now


def test_fifty_viewers_at_once_ask_once() -> None:
    shared, _ = holder()
    store = Store()
    store.gate.clear()
    with ThreadPoolExecutor(50) as pool:
        looks = [pool.submit(shared.read, KEY, store, 25) for _ in range(50)]
        store.gate.set()
        assert {look.result(5).value for look in looks} == {1}
    assert store.asked == 1


def test_an_answer_is_shared_for_its_time_and_not_longer() -> None:
    shared, now = holder()
    store = Store()
    for moment, asked in ((0.0, 1), (24.9, 1), (25.0, 2), (30.0, 2)):
        now[0] = moment
        shared.read(KEY, store, 25)
        assert store.asked == asked


def test_an_outage_costs_one_question_in_five_seconds_and_keeps_the_picture() -> None:
    shared, now = holder()
    store = Store()
    shared.read(KEY, store, 25)
    store.away, now[0] = True, 30.0
    for _ in range(50):
        kept = shared.read(KEY, store, 25)
    assert (kept.value, kept.as_of, store.asked) == (1, THEN, 2)
    assert kept.problem is not None
    now[0] += limits.FAILED_TTL_S
    store.away = False
    assert shared.read(KEY, store, 25).problem is None


def test_what_is_looked_at_is_asked_before_it_is_old_and_what_is_not_is_left_alone() -> None:
    shared, now = holder()
    store = Store()
    shared.read(KEY, store, 25)
    now[0] = 17.0
    assert shared.warm(limits.WARM_AFTER_S, limits.WARM_WHILE_S) == 0
    now[0] = 19.0
    assert shared.warm(limits.WARM_AFTER_S, limits.WARM_WHILE_S) == 1
    now[0] = 30.0
    assert shared.read(KEY, store, 25).value == 2
    now[0] = 30.0 + limits.WARM_WHILE_S
    assert shared.warm(limits.WARM_AFTER_S, limits.WARM_WHILE_S) == 0


def test_filters_are_kept_apart_and_their_number_is_bounded() -> None:
    shared, _ = holder()
    store = Store()
    for number in range(limits.KEPT_ANSWERS + 10):
        shared.read(("list", number), store, 25)
    assert len(shared._entries) == limits.KEPT_ANSWERS


def test_the_times_fit_each_other() -> None:
    soonest_s = limits.REFRESH_S * limits.SOONEST
    assert limits.WARM_AFTER_S + limits.QUERY_TIMEOUT_S < limits.CACHE_TTL_S < soonest_s
    assert limits.WARM_WHILE_S > 2 * limits.REFRESH_S
