"""What the breaker says: its events, with the evidence that a person needs."""

from datetime import datetime
from typing import Any, NamedTuple

from pipeline.domain.conflict.timeline import BY, COMMAND, RIGHT, WHY, Lock, Reading
from pipeline.domain.conflict.words import AT, MAPPING, RAW_CODE, ConflictState, Run
from pipeline.domain.instants import from_ms
from schemas.base import Event, derived_id
from schemas.conflict import (
    CorrectionRequested,
    OrderLocked,
    OrderUnlocked,
    StatusDiffered,
    UnlockedBy,
)


class Teller(NamedTuple):
    """Who is spoken of, when, and because of which fact (None: of the clock)."""

    key: str
    shop: str
    now_ms: int
    cause: Event | None

    def differed(self, reading: Reading, *, differing: bool) -> StatusDiffered:
        """The order's reporters began or ceased to differ."""
        said = [f"{run.reporter}={run.phase}" for run in reading.voices if run.phase is not None]
        since = [rift.since_ms for rift in reading.rifts]
        return StatusDiffered(
            **self._base(f"differed|{differing}|{since}|{said}|{self._because()}"),
            order_id=self.key,
            shop=self.shop,
            differing=differing,
            evidence=_evidence(reading),
        )

    def locked(self, lock: Lock, reading: Reading, before: int) -> OrderLocked:
        """The order is locked; it was locked `before` times, so that each conflict has an id of its own."""
        conflict_id = derived_id(self.key, f"conflict|{before}|{lock.rift.since_ms}")
        return OrderLocked(
            **self._base(f"locked|{conflict_id}", at_ms=lock.from_ms),
            order_id=self.key,
            shop=self.shop,
            conflict_id=conflict_id,
            differs_since_at=from_ms(lock.rift.since_ms),
            settle_ms=lock.rift.settle_ms,
            evidence=_evidence(reading),
        )

    def unlocked(
        self,
        state: ConflictState,
        told: list[Any],  # an announced lock, as it is stored
        reading: Reading,
        how: UnlockedBy,
        corrects: UnlockedBy | None = None,
    ) -> OrderUnlocked:
        """The lock is open, or its end is another one than was told."""
        person: dict[str, str] = {}
        if how is UnlockedBy.DECISION and state.decision:
            decision = state.decision
            person = {"command_id": decision[COMMAND], "decided_by": decision[BY], "why": decision[WHY]}
        return OrderUnlocked(
            **self._base(f"unlocked|{told[0]}|{how}"),
            order_id=self.key,
            shop=self.shop,
            conflict_id=told[0],
            how=how,
            corrects=corrects,
            evidence=_evidence(reading),
            **person,
        )

    def correction(self, decision: list[Any], right: Run, wrong: Run) -> CorrectionRequested:
        """Ask a reporter that lost to correct itself."""
        assert right.phase is not None
        assert wrong.phase is not None
        return CorrectionRequested(
            **self._base(f"correction|{decision[COMMAND]}|{wrong.reporter}"),
            order_id=self.key,
            shop=self.shop,
            reporter=wrong.reporter,
            said=wrong.phase,
            right=decision[RIGHT],
            right_phase=right.phase,
            decided_by=decision[BY],
            command_id=decision[COMMAND],
            why=decision[WHY],
        )

    def _because(self) -> str:
        return self.cause.event_id if self.cause else str(self.now_ms)

    def _base(self, content: str, at_ms: int | None = None) -> dict[str, Any]:  # fields of Event
        observed: datetime = self.cause.observed_at if self.cause else from_ms(self.now_ms)
        occurred = self.cause.occurred_at if self.cause else observed
        return {
            "event_id": derived_id(self.key, content),
            "cause_id": self.cause.event_id if self.cause else self.key,
            "occurred_at": occurred if at_ms is None else from_ms(at_ms),
            "observed_at": observed,
        }


def _evidence(reading: Reading) -> tuple[Any, ...]:  # fields of Spoken, which the event validates
    return tuple(
        [
            {
                "reporter": run.reporter,
                "phase": run.phase,
                "raw_code": run.word[RAW_CODE],
                "mapping": run.word[MAPPING],
                "since_at": from_ms(run.at_ms),
                "said_at": from_ms(run.word[AT]),
            }
            for run in reading.voices
            if run.phase is not None
        ]
    )
