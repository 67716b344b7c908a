"""Ends a worker that stands still although records wait: known hangs of consumers only show that way."""

import faulthandler
import os
import threading
import time
from collections.abc import Callable

import structlog

log = structlog.get_logger(__name__)

EXIT_STANDSTILL = 75
LOOK_S = 2.0


class Progress:
    """When something last moved, by the monotonic clock; written by the event loop, read by the watchdog."""

    def __init__(self) -> None:
        self.at_s = time.monotonic()
        self._place: object = None

    def beat(self) -> None:
        """Something moved."""
        self.at_s = time.monotonic()

    def reached(self, place: object) -> None:
        """Count as a movement if `place` is another one than last time."""
        if place != self._place:
            self._place = place
            self.beat()

    def idle_s(self) -> float:
        """Seconds since something moved."""
        return time.monotonic() - self.at_s


def watch(progress: Progress, backlog: Callable[[], int], limit_s: float) -> threading.Thread:
    """Start the watchdog thread: no progress for `limit_s` while `backlog()` > 0 ends the process.

    It runs beside the event loop, so that a blocked loop is noticed, too.
    """

    def run() -> None:
        while True:
            time.sleep(LOOK_S)
            waiting = backlog()
            if waiting == 0:
                progress.beat()
            elif progress.idle_s() > limit_s:
                log.critical("standstill: records wait and nothing moves; the worker stops to be restarted",
                             waiting=waiting, idle_s=round(progress.idle_s(), 1))  # fmt: skip
                faulthandler.dump_traceback()
                os._exit(EXIT_STANDSTILL)

    thread = threading.Thread(target=run, name="watchdog", daemon=True)
    thread.start()
    return thread
