"""Workers, broker and store are killed under load: every order is stored once, with the very same content."""

import shutil
import signal
import time
from typing import Any

import pytest

from pipeline.runtime.batch import SESSION_TIMEOUT_S

pytestmark = pytest.mark.connected
Outcome = tuple[int, int, str]
LOAD_S = 3.0


@pytest.fixture
def load(workers: Any, make_reports: Any, soon: Any) -> Any:
    """`load(prefix, disturb)` sends the load of `undisturbed`, disturbs it once it flows, and drains it."""

    def run(prefix: str, disturb: Any, over_s: float = LOAD_S) -> Outcome:
        sent = make_reports(prefix)
        first, rest = sent[: len(sent) // 10], sent[len(sent) // 10 :]
        workers.send(first)
        soon(lambda: workers.orders(prefix)[0] > 0, "the workers work")
        workers.send(rest, over_s=over_s, meanwhile=disturb)
        workers.drain()
        found: Outcome = workers.orders(prefix)
        return found

    return run


@pytest.mark.parametrize("state_store", ["rocksdb", "memory"])
def test_a_core_worker_killed_in_a_load_and_started_again_stores_every_order_once(
    undisturbed: Outcome, workers: Any, load: Any, state_store: str
) -> None:
    core = workers.work("core", state_store=state_store)
    workers.work("sink")

    def kill_and_restart() -> None:
        workers.kill(core)
        core.start()

    assert load(f"killed-{state_store}", kill_and_restart) == undisturbed


def test_workers_killed_again_and_again_between_outputs_and_state_repeat_without_double_rows(
    undisturbed: Outcome, workers: Any, load: Any
) -> None:
    core, sink = workers.work("core"), workers.work("sink")

    def kill_often() -> None:
        for pause_s in (2.9, 3.9, 2.6):
            workers.kill(core)
            core.start()
            workers.kill(sink)
            sink.start()
            time.sleep(pause_s)

    assert load("three-times", kill_often, over_s=10) == undisturbed


def test_workers_that_join_and_leave_during_a_load_change_no_row(
    undisturbed: Outcome, workers: Any, load: Any
) -> None:
    first = workers.work("core")
    workers.work("sink")
    ends: list[int] = []

    def join_and_leave() -> None:
        workers.work("core", 1)
        workers.work("core", 2)
        time.sleep(6)
        ends.append(first.end(signal.SIGTERM))

    assert load("joined", join_and_leave, over_s=10) == undisturbed
    assert ends == [0]


def test_workers_that_stand_still_for_longer_than_their_group_waits_go_on_by_themselves(
    undisturbed: Outcome, workers: Any, load: Any
) -> None:
    core, sink = workers.work("core"), workers.work("sink")

    def stand_still() -> None:
        for part in (core, sink):
            part.process.send_signal(signal.SIGSTOP)
        time.sleep(SESSION_TIMEOUT_S + 3)
        for part in (core, sink):
            part.process.send_signal(signal.SIGCONT)

    assert load("stood-still", stand_still) == undisturbed
    assert (core.process.poll(), sink.process.poll()) == (None, None)
    assert "left a batch" in core.output.read_text(), "nothing was in hand: this test proves nothing"


def test_a_store_killed_in_a_load_holds_up_only_the_sink_and_nothing_is_lost(
    undisturbed: Outcome, workers: Any, load: Any
) -> None:
    workers.work("core")
    sink = workers.work("sink")

    def kill_the_store() -> None:
        workers.kill(workers.store)
        sink.says("waiting out an outage", within_s=20)
        workers.store.start()
        workers.store.answers()

    assert load("store-away", kill_the_store) == undisturbed
    assert sink.process.poll() is None


def test_a_sink_told_to_stop_while_the_store_is_away_ends_in_time_and_acknowledges_nothing(
    undisturbed: Outcome, workers: Any, make_reports: Any
) -> None:
    workers.work("core")
    sink = workers.work("sink")
    workers.kill(workers.store)
    try:
        workers.send(make_reports("stopped-sink"))
        sink.says("waiting out an outage")
        started = time.monotonic()
        code = sink.end(signal.SIGTERM)
        took_s = time.monotonic() - started
    finally:
        workers.store.start()
        workers.store.answers()
    assert (code, took_s < 15) == (0, True), f"exit code {code} after {took_s:.1f} s"
    sink.start()
    workers.drain()
    assert workers.orders("stopped-sink") == undisturbed


def test_a_broker_killed_in_a_load_and_started_again_is_found_unaided(
    undisturbed: Outcome, workers: Any, make_reports: Any, soon: Any
) -> None:
    core, sink = workers.work("core"), workers.work("sink")
    sent = make_reports("broker-away")
    workers.send(sent[: len(sent) // 2])
    soon(lambda: workers.orders("broker-away")[0] > 0, "the first orders are stored")
    workers.kill(workers.broker)
    time.sleep(12)  # longer than the producer's patience and than the group's session
    workers.broker.start()
    workers.broker.answers()
    workers.send(sent[len(sent) // 2 :])
    workers.drain()
    assert workers.orders("broker-away") == undisturbed
    assert (core.process.poll(), sink.process.poll()) == (None, None)


def test_state_comes_back_from_the_changelog_when_its_folder_is_gone(
    undisturbed: Outcome, workers: Any, make_reports: Any
) -> None:
    core = workers.work("core")
    workers.work("sink")
    sent = make_reports("lost-folder")
    workers.send(sent[: len(sent) // 2])
    workers.drain()
    workers.kill(core)
    shutil.rmtree(workers.state_of())
    core.start()
    workers.send(sent[len(sent) // 2 :])
    workers.drain()
    assert workers.orders("lost-folder") == undisturbed
