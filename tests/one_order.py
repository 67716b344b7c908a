"""One order before one decision: the event clock moves, deadlines are kept, the state lives as bytes."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Protocol, Self, TypeVar

from pipeline.domain.instants import to_ms
from pipeline.domain.outcome import Outcome
from schemas.base import Event
from schemas.order import ClockTicked
from tests.builders import START


class Bytes(Protocol):
    """A state that can be stored."""

    def to_bytes(self) -> bytes: ...

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self: ...


P = TypeVar("P")
F = TypeVar("F", bound=Event)
S = TypeVar("S", bound=Bytes)


def ticked(now: datetime) -> ClockTicked:
    return ClockTicked(event_id=str(now), cause_id="clock", occurred_at=now, observed_at=now, source="clock")


@dataclass
class OneOrder(Generic[P, F, S]):
    """What the decision made of the order; `now` is the event clock, which only ever moves forward."""

    policy: P
    now: datetime = START
    state: S | None = None
    due_ms: int | None = None
    events: list[Event] = field(default_factory=list)

    def decide(self, fact: F | None) -> Outcome[S]:
        """Ask the decision about a fact, or (None) the passing of time, at `now`."""
        raise NotImplementedError

    def hears(self, *facts: F, now: datetime | None = None) -> Self:
        """Put facts to the decision, each at the clock it moves on to; deadlines come after it."""
        for fact in facts:
            self.now = max(self.now, min(fact.occurred_at, fact.observed_at))
            self._take(fact)
            self._pass()
        return self if now is None else self.waits_until(now)

    def waits_until(self, now: datetime) -> Self:
        """Move the clock on."""
        self.now = max(self.now, now)
        self._pass()
        return self

    def _pass(self) -> None:
        if self.state is not None and self.due_ms is not None and self.due_ms < to_ms(self.now):
            self._take(None)
            assert self.state is None or self.due_ms is None or self.due_ms >= to_ms(self.now), "asked once"

    def _take(self, fact: F | None) -> None:
        outcome = self.decide(fact)
        state = outcome.state
        self.state = None if state is None else type(state).from_bytes(state.to_bytes())
        assert self.state == state, "the state survives its bytes"
        self.due_ms = outcome.due_ms
        self.events += outcome.events
