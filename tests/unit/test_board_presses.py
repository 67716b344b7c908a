"""One press is one command, however often the button is hit, and from however many tabs."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event as Gate
from typing import Any

import pytest

from dashboard import limits
from dashboard.actions import Presses
from pipeline.outbox import Answer, KafkaAway, Wish, track
from schemas.desk import CommandAnswered

NOW = datetime(2026, 11, 11, tzinfo=UTC)
SAME = ("mei", "track", "O1", "7")


def answer_of(wish: Wish) -> Answer:
    command = wish.at(NOW, NOW)
    base: dict[str, Any] = {"event_id": "e", "cause_id": "c", "occurred_at": NOW, "observed_at": NOW}
    base |= {"order_id": "O1", "shop": "s", "command_key": wish.key, "command": "desk.track_order"}
    said = CommandAnswered.model_validate(base | {"pressed_by": "mei", "answer": "told"})
    return Answer(command, True, (said,), 0.1)


class Kafka:
    """Counts what is sent; may be away, may be slow."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.fails: Exception | None = None
        self.gate = Gate()
        self.gate.set()

    def __call__(self, wish: Wish) -> Answer:
        self.sent.append(wish.key)
        self.gate.wait(5)
        if self.fails:
            raise self.fails
        return answer_of(wish)


def make(key: str) -> Wish:
    return track("O1", "mei", key)


def test_a_double_click_sends_one_command_and_both_get_its_answer() -> None:
    kafka = Kafka()
    holder = Presses(kafka)
    kafka.gate.clear()
    with ThreadPoolExecutor(8) as pool:
        hits = [pool.submit(holder.press, SAME, make) for _ in range(8)]
        kafka.gate.set()
        outcomes = [hit.result(5) for hit in hits]
    assert len(kafka.sent) == 1
    assert len({id(outcome) for outcome in outcomes}) == 1
    assert not outcomes[0].failed


def test_another_person_order_choice_or_version_is_another_press() -> None:
    kafka = Kafka()
    holder = Presses(kafka)
    for same in (SAME, ("li", *SAME[1:]), ("mei", "track", "O2", "7"), ("mei", "track", "O1", "8")):
        holder.press(same, make)
    assert len(set(kafka.sent)) == 4


@pytest.mark.parametrize(("later_s", "sent"), [(limits.SAME_PRESS_S, 1), (limits.SAME_PRESS_S + 0.1, 2)])
def test_the_same_press_is_a_new_one_after_a_while(later_s: float, sent: int) -> None:
    now, kafka = [100.0], Kafka()
    holder = Presses(kafka, lambda: now[0])
    holder.press(SAME, make)
    now[0] += later_s
    holder.press(SAME, make)
    assert len(kafka.sent) == sent


def test_a_press_that_failed_may_be_tried_again_at_once_and_says_why() -> None:
    kafka = Kafka()
    kafka.fails = KafkaAway("secret-host:9092 is away")
    holder = Presses(kafka)
    failed = holder.press(SAME, make)
    assert (failed.failed, failed.detail) == ("press_away", "")
    kafka.fails = None
    assert not holder.press(SAME, make).failed
    assert len(kafka.sent) == 2


def test_what_breaks_otherwise_reaches_everybody_who_waits() -> None:
    kafka = Kafka()
    kafka.fails = RuntimeError("a bug")
    holder = Presses(kafka)
    with pytest.raises(RuntimeError, match="a bug"):
        holder.press(SAME, make)
    kafka.fails = None
    assert not holder.press(SAME, make).failed


def test_nobody_who_took_it_and_nothing_that_came_of_it_are_told_apart() -> None:
    command = make("k").at(NOW, NOW)
    for heard, failed in ((False, "press_unheard"), (True, "press_nothing")):
        holder = Presses(lambda _wish, heard=heard: Answer(command, heard, (), 5.0))
        assert holder.press(SAME, make).failed == failed


def test_only_so_many_presses_are_remembered() -> None:
    holder = Presses(Kafka(), size=3)
    for number in range(10):
        holder.press((*SAME, str(number)), make)
    assert len(holder._pressed) == 3
