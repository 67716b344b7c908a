"""What the pages read: shared by all viewers, kept warm, and the last good answer while the store is away."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock, Thread
from typing import Any, Generic, TypeVar, cast
from uuid import uuid4

import streamlit as st
import structlog

from dashboard import limits, source

log = structlog.get_logger()
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Key = tuple[Any, ...]  # name of the question and its filters


@dataclass(frozen=True, slots=True)
class Problem:
    """A read that failed: a type and an id for the screen; the log has the rest under the same id."""

    kind: str
    error_id: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Snapshot(Generic[T_co]):
    """The newest answer there is, when it was good, and why there is no newer one."""

    value: T_co | None
    as_of: datetime | None
    problem: Problem | None = None


class LastGood:
    """Keeps the last good answer of at most `size` questions; the oldest leaves first. Safe in threads."""

    def __init__(self, size: int = limits.KEPT_ANSWERS) -> None:
        self._size = size
        self._lock = Lock()
        self._good: OrderedDict[Key, Snapshot[Any]] = OrderedDict()
        self._problems: dict[Key, Problem] = {}

    def read(self, key: Key, load: Callable[[], tuple[T, datetime]]) -> Snapshot[T]:
        """Load the answer and keep it, or return the kept one together with what went wrong."""
        try:
            value, as_of = load()
        except Exception as error:  # whatever broke: it is logged, and the last good picture stays
            return self._failed(key, error)
        fresh = Snapshot(value, as_of)
        with self._lock:
            self._problems.pop(key, None)
            self._good[key] = fresh
            self._good.move_to_end(key)
            while len(self._good) > self._size:
                self._good.popitem(last=False)
        return fresh

    def _failed(self, key: Key, error: Exception) -> Snapshot[T]:
        kind = type(error).__name__
        with self._lock:
            problem = self._problems.get(key)
            if problem is None or problem.kind != kind:
                problem = Problem(kind, uuid4().hex[:8], datetime.now(UTC))
                self._problems[key] = problem
            while len(self._problems) > self._size:
                self._problems.pop(next(iter(self._problems)))
            kept = cast("Snapshot[T] | None", self._good.get(key))
        log.warning("board_read_failed", query=key[0], error_id=problem.error_id, error=str(error))
        return Snapshot(kept.value if kept else None, kept.as_of if kept else None, problem)


@dataclass(slots=True)
class _Entry:
    lock: Lock = field(default_factory=Lock)
    snapshot: Snapshot[Any] | None = None
    loaded_s: float = 0.0
    asked_s: float = 0.0
    load: Callable[[], tuple[Any, datetime]] | None = None


class Shared:
    """One answer for all viewers: asked once per `ttl_s` however many look, by one of them at a time.

    A failure is shared too, for `limits.FAILED_TTL_S`: an outage costs one wait, not one a viewer.
    """

    def __init__(self, good: LastGood, clock: Callable[[], float] = time.monotonic) -> None:
        self._good = good
        self._clock = clock
        self._lock = Lock()
        self._entries: OrderedDict[Key, _Entry] = OrderedDict()

    def read(self, key: Key, load: Callable[[], tuple[T, datetime]], ttl_s: float) -> Snapshot[T]:
        """Return the shared answer, or load it."""
        entry = self._entry(key)
        entry.load = load
        if self._is_fresh(entry, ttl_s):
            return cast("Snapshot[T]", entry.snapshot)
        with entry.lock:
            if not self._is_fresh(entry, ttl_s):
                self._load(key, entry)
            return cast("Snapshot[T]", entry.snapshot)

    def warm(self, older_than_s: float, asked_within_s: float) -> int:
        """Load again what is getting old and is still looked at, so that nobody waits; returns how many."""
        now = self._clock()
        with self._lock:
            due = [
                (key, entry)
                for key, entry in self._entries.items()
                if entry.load and now - entry.asked_s < asked_within_s and now - entry.loaded_s > older_than_s
            ]
        for key, entry in due:
            with entry.lock:
                self._load(key, entry)
        return len(due)

    def forget(self, key: Key) -> None:
        """Let one answer be asked anew: something was just done about it."""
        with self._lock:
            self._entries.pop(key, None)

    def expire(self) -> None:
        """Let every answer be asked anew; what was good is still kept."""
        with self._lock:
            self._entries.clear()

    def _entry(self, key: Key) -> _Entry:
        with self._lock:
            entry = self._entries.setdefault(key, _Entry())
            entry.asked_s = self._clock()
            self._entries.move_to_end(key)
            while len(self._entries) > limits.KEPT_ANSWERS:
                self._entries.popitem(last=False)
            return entry

    def _is_fresh(self, entry: _Entry, ttl_s: float) -> bool:
        if entry.snapshot is None:
            return False
        failed = entry.snapshot.problem is not None
        return self._clock() - entry.loaded_s < (min(ttl_s, limits.FAILED_TTL_S) if failed else ttl_s)

    def _load(self, key: Key, entry: _Entry) -> None:
        assert entry.load is not None
        entry.snapshot = self._good.read(key, entry.load)
        entry.loaded_s = self._clock()


@st.cache_resource
def shared() -> Shared:
    """The one holder of a process."""
    return Shared(LastGood())


def ask(
    name: str, load: Callable[..., T], *filters: object, ttl_s: float | None = None
) -> Snapshot[T]:  # load(reader, *filters)
    """Return the shared answer of a question: its name and its filters are its key."""
    reader = source.reader()
    return shared().read(
        (name, *filters),
        lambda: (load(reader, *filters), datetime.now(UTC)),
        limits.CACHE_TTL_S if ttl_s is None else ttl_s,
    )


def forget(name: str, *filters: object) -> None:
    """Let one answer be asked anew at the next look."""
    shared().forget((name, *filters))


def keep_warm(holder: Shared, first: Callable[[], object]) -> Thread:
    """Start the thread that asks what the first viewer will, then again what somebody still looks at."""

    def run() -> None:
        first()
        while True:
            time.sleep(limits.WARM_EVERY_S)
            holder.warm(limits.WARM_AFTER_S, limits.WARM_WHILE_S)

    thread = Thread(target=run, name="keep-warm", daemon=True)
    thread.start()
    return thread
