"""A circuit breaker of one order, with words of its reporters: tests say only what matters to them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipeline.domain.conflict import ConflictPolicy, ConflictState, decide_conflict
from pipeline.domain.conflict.breaker import Fact
from pipeline.domain.instants import from_ms, to_ms
from pipeline.domain.outcome import Outcome
from schemas.base import derived_id
from schemas.conflict import ConflictDecided, CorrectionRequested, OrderLocked, OrderUnlocked
from schemas.order import OrderReported
from schemas.vocabulary import Phase, Reporter
from tests.builders import ORDER, START, order_fact
from tests.one_order import OneOrder

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


@dataclass
class Breaker(OneOrder[ConflictPolicy, Fact, ConflictState]):
    """The breaker of one order."""

    policy: ConflictPolicy = BREAKER_POLICY

    def decide(self, fact: Fact | None) -> Outcome[ConflictState]:
        return decide_conflict(self.state, fact, ORDER, to_ms(self.now), self.policy)

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
