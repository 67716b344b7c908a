"""What the pages read: shared for some seconds, and the last good answer kept while the store is away."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Any, Generic, TypeVar, cast
from uuid import uuid4

import streamlit as st
import structlog

from dashboard import limits, source
from dashboard.queries import AtRiskList, BoardRow, CsdiRow, read_at_risk, read_board, read_csdi

log = structlog.get_logger()
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Problem:
    """A read that failed: a type and an id for the screen; the log has the rest under the same id."""

    kind: str
    error_id: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Snapshot(Generic[T]):
    """The newest answer there is, when it was good, and why there is no newer one."""

    value: T | None
    as_of: datetime | None
    problem: Problem | None = None


class LastGood:
    """Keeps the last good answer of at most 64 questions; the oldest leaves first. Safe in threads."""

    def __init__(self, size: int = 64) -> None:
        self._size = size
        self._lock = Lock()
        self._good: OrderedDict[tuple[str, ...], Snapshot[Any]] = OrderedDict()
        self._problems: dict[tuple[str, ...], Problem] = {}

    def read(self, key: tuple[str, ...], load: Callable[[], tuple[T, datetime]]) -> Snapshot[T]:
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

    def _failed(self, key: tuple[str, ...], error: Exception) -> Snapshot[T]:
        kind = type(error).__name__
        with self._lock:
            problem = self._problems.get(key)
            if problem is None or problem.kind != kind:
                problem = Problem(kind, uuid4().hex[:8], datetime.now(UTC))
                self._problems[key] = problem
            kept = cast("Snapshot[T] | None", self._good.get(key))
        log.warning("board_read_failed", query=key[0], error_id=problem.error_id, error=str(error))
        return Snapshot(kept.value if kept else None, kept.as_of if kept else None, problem)


@st.cache_resource
def last_good() -> LastGood:
    """The one holder of a process."""
    return LastGood()


@st.cache_data(ttl=limits.CACHE_TTL_S, max_entries=64, show_spinner=False)
def _board() -> tuple[BoardRow | None, datetime]:
    return read_board(source.reader()), datetime.now(UTC)


@st.cache_data(ttl=limits.CACHE_TTL_S, max_entries=64, show_spinner=False)
def _csdi() -> tuple[tuple[CsdiRow, ...], datetime]:
    return read_csdi(source.reader()), datetime.now(UTC)


@st.cache_data(ttl=limits.CACHE_TTL_S, max_entries=64, show_spinner=False)
def _at_risk(shop: str) -> tuple[AtRiskList, datetime]:
    return read_at_risk(source.reader(), shop), datetime.now(UTC)


def board() -> Snapshot[BoardRow | None]:
    """The verdict's numbers."""
    return last_good().read(("board",), _board)


def csdi() -> Snapshot[tuple[CsdiRow, ...]]:
    """The index, every window and shop."""
    return last_good().read(("csdi",), _csdi)


def at_risk(shop: str) -> Snapshot[AtRiskList]:
    """The at-risk list of one shop, "" for all."""
    return last_good().read(("at_risk", shop), lambda: _at_risk(shop))
