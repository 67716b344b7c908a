"""The watchdog ends a worker that stands still with records waiting, and no other."""

import time
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pipeline.runtime import backlog, watchdog
from pipeline.runtime.app import Worker
from pipeline.runtime.backlog import backlog_of
from pipeline.runtime.watchdog import Progress


class Ended(BaseException):
    """In place of the end of the process; ends the watchdog's loop."""


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`looks(progress, backlogs)` lets the watchdog look once per backlog, 30 s apart, its limit being 60 s.

    Gives the exit status, or None where it let the worker live.
    """

    def run(progress: Progress, backlogs: list[Any]) -> int | None:
        now = [time.monotonic()]
        left = iter(backlogs)

        def sleep(_: float) -> None:
            now[0] += 30

        def backlog() -> int:
            look = next(left, None)
            if look is None:
                raise Ended
            return cast(int, look() if callable(look) else look)

        def leave(status: int) -> None:
            raise Ended(status)

        clock = SimpleNamespace(monotonic=lambda: now[0], sleep=sleep)
        monkeypatch.setattr(watchdog, "time", clock)
        progress.beat()
        monkeypatch.setattr(watchdog.os, "_exit", leave)
        monkeypatch.setattr(watchdog.faulthandler, "dump_traceback", lambda: None)
        threads: list[Any] = []
        monkeypatch.setattr(watchdog.threading, "Thread", lambda target, **_: threads.append(target) or
                            SimpleNamespace(start=lambda: None))  # fmt: skip
        watchdog.watch(progress, backlog, 60)
        try:
            threads[0]()
        except Ended as end:
            return end.args[0] if end.args else None
        return None

    return run


@pytest.fixture(autouse=True)
def counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for a consumer is counted elsewhere (test_runtime_transport.py)."""
    monkeypatch.setattr(backlog, "waiting", lambda consumer: consumer.waits)


def worker(waiting: int, *, recovered: list[int] | None = None) -> Any:
    """A worker for whom so much waits; `recovered` has the changelog offsets of a recovery under way."""
    recovery = SimpleNamespace(active_offsets=dict(enumerate(recovered or [])))
    app = SimpleNamespace(
        _consumer=SimpleNamespace(waits=waiting),
        in_recovery=recovered is not None,
        tables=SimpleNamespace(recovery=recovery),
    )
    return SimpleNamespace(app=app, progress=Progress())


def test_a_worker_that_stands_still_while_records_wait_is_ended_with_status_75(looks: Any) -> None:
    assert looks(Progress(), [9, 9]) is None
    assert looks(Progress(), [9, 9, 9]) == 75


def test_a_worker_that_finishes_batches_or_has_nothing_to_do_lives(looks: Any) -> None:
    progress = Progress()

    def finish() -> int:
        progress.beat()
        return 9

    assert looks(progress, [9, finish, 9, finish, 9, finish]) is None
    assert looks(Progress(), [9, 0, 9, 0, 9, 0]) is None


def test_a_recovery_that_reads_on_is_progress_and_one_that_stands_is_not(looks: Any) -> None:
    recovering = worker(9, recovered=[0])
    offsets = recovering.app.tables.recovery.active_offsets

    def read_on() -> int:
        offsets[0] += 1
        return backlog_of(cast(Worker, recovering))

    def stand() -> int:
        return backlog_of(cast(Worker, recovering))

    assert looks(recovering.progress, [read_on] * 6) is None
    assert looks(recovering.progress, [read_on, stand, stand, stand]) == 75


def test_nothing_waits_for_a_worker_that_has_no_consumer_yet() -> None:
    starting = worker(9)
    starting.app._consumer = None
    assert (backlog_of(cast(Worker, starting)), backlog_of(cast(Worker, worker(9)))) == (0, 9)
