"""A circuit breaker of one order, with words of its reporters: tests say only what matters to them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pipeline.domain.conflict import ConflictPolicy, ConflictState, decide_conflict
from pipeline.domain.conflict.breaker import Fact
from pipeline.domain.instants import from_ms, to_ms
from schemas.base import Event, derived_id
from schemas.conflict import ConflictDecided, CorrectionRequested, OrderLocked, OrderUnlocked
from schemas.order import ClockTicked, OrderReported
from schemas.vocabulary import Phase, Reporter
from tests.builders import ORDER, START, order_fact

BREAKER_POLICY = ConflictPolicy()


def at(seconds: float = 0, *, ms: int = 0) -> datetime:
    """So many seconds after the first instant of every test."""
    return from_ms(to_ms(START) + round(seconds * 1000) + ms)


def says(reporter: Reporter, phase: Phase | None, seconds: float, **told: Any) -> OrderReported:
    """One word, received as soon as it was said. Any: they are the fields of the fact."""
    said = at(seconds)
    what = {"phase": phase, "raw_code": f"{reporter}-{phase}", "observed_at": said, **told}
    return order_fact(reporter, said, **what)


def erp(phase: Phase | None, seconds: float, **told: Any) -> OrderReported:
    return says(Reporter.ERP, phase, seconds, **told)


def wms(phase: Phase | None, seconds: float, waybill: str = "SF1", **told: Any) -> OrderReported:
    return says(Reporter.WMS, phase, seconds, line=waybill, **told)


def cs(phase: Phase | None, seconds: float, **told: Any) -> OrderReported:
    return says(Reporter.CS, phase, seconds, **told)


def decides(right: Reporter, seconds: float, command_id: str = "c-1") -> ConflictDecided:
    return ConflictDecided(
        event_id=derived_id(command_id, "conflict.decided"),
        cause_id=command_id,
        occurred_at=at(seconds),
        observed_at=at(seconds),
        order_id=ORDER,
        command_id=command_id,
        right=right,
        decided_by="li.wei",
        why="asked the warehouse",
    )


def ticked(now: datetime) -> ClockTicked:
    return ClockTicked(event_id=str(now), cause_id="clock", occurred_at=now, observed_at=now, source="clock")


@dataclass
class Breaker:
    """The breaker of one order; `now` is the event clock, which only ever moves forward."""

    policy: ConflictPolicy = BREAKER_POLICY
    now: datetime = START
    state: ConflictState | None = None
    due_ms: int | None = None
    events: list[Event] = field(default_factory=list)

    def hears(self, *facts: Fact, now: datetime | None = None) -> "Breaker":
        """Put facts to the decision, each at the clock it moves on to; deadlines come after it."""
        for fact in facts:
            self.now = max(self.now, min(fact.occurred_at, fact.observed_at))
            self._decide(fact)
            self._pass()
        return self if now is None else self.waits_until(now)

    def waits_until(self, now: datetime) -> "Breaker":
        """Move the clock on."""
        self.now = max(self.now, now)
        self._pass()
        return self

    def _pass(self) -> None:
        if self.state is not None and self.due_ms is not None and self.due_ms < to_ms(self.now):
            self._decide(None)
            assert self.state is None or self.due_ms is None or self.due_ms >= to_ms(self.now), "asked once"

    def _decide(self, fact: Fact | None) -> None:
        outcome = decide_conflict(self.state, fact, ORDER, to_ms(self.now), self.policy)
        state = outcome.state
        self.state = None if state is None else ConflictState.from_bytes(state.to_bytes())
        assert self.state == state, "the state survives its bytes"
        self.due_ms = outcome.due_ms
        self.events += outcome.events

    @property
    def is_locked(self) -> bool:
        return self.state is not None and self.state.locked is not None

    @property
    def is_differing(self) -> bool:
        return self.state is not None and self.state.differing

    @property
    def told(self) -> list[str]:
        """What was announced, in order: the type, and how a lock opened."""
        return [f"{e.type}:{e.how}" if isinstance(e, OrderUnlocked) else e.type for e in self.events]  # type: ignore[attr-defined]

    @property
    def locks(self) -> list[OrderLocked]:
        return [event for event in self.events if isinstance(event, OrderLocked)]

    @property
    def unlocks(self) -> list[OrderUnlocked]:
        return [event for event in self.events if isinstance(event, OrderUnlocked)]

    @property
    def corrections(self) -> list[CorrectionRequested]:
        return [event for event in self.events if isinstance(event, CorrectionRequested)]
