"""The anomalies of one subject for tests: findings with defaults, and a keeper that hears them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.domain.anomaly_account import describe_anomalies
from pipeline.domain.anomaly_life import decide_anomaly_life
from pipeline.domain.anomaly_state import LifeFinding, LifePolicy, LifeState, open_anomalies
from pipeline.domain.instants import from_ms, to_ms
from schemas.anomaly import AnomalyEnded, AnomalyOpened, CodeMended, CodeParked
from schemas.anomaly_life import (
    AnomalyCorrected,
    AnomalyStanding,
    ConditionGone,
    ConditionSeen,
    HealAttempted,
    Resolved,
    Taken,
)
from schemas.base import Event, derived_id
from schemas.vocabulary import AnomalyEnd, AnomalyKind

SUBJECT = "order:260301-1"
CODE = "code:tmall|status|MOON"
START = datetime(2026, 3, 1, 8, tzinfo=UTC)
MS = timedelta(milliseconds=1)
AT_RISK = AnomalyKind.PROMISE_AT_RISK


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def said(what: str, name: str, minutes: float, kind: AnomalyKind | None) -> dict[str, Any]:
    """A finding's common fields; it happened a little before it was noticed."""
    cause = f"{what}|{name}|{kind}"
    return {
        "event_id": derived_id(cause, "test"),
        "cause_id": name,
        "occurred_at": at(minutes) - MS,
        "observed_at": at(minutes),
        "subject": SUBJECT,
        "kind": kind,
    }


def seen(
    name: str, minutes: float, kind: AnomalyKind = AT_RISK, deadline: float | None = None
) -> ConditionSeen:
    heal_by = None if deadline is None else at(deadline)
    told = said("seen", name, minutes, kind)
    return ConditionSeen(**told, severity="warning", evidence={"seen": name}, heal_deadline_at=heal_by)


def gone(name: str, minutes: float, how: str = "healed", kind: AnomalyKind = AT_RISK) -> ConditionGone:
    told = {**said("gone", name, minutes, kind), "how": how, "because": f"it is {how}"}
    return ConditionGone.model_validate(told)


def attempted(name: str, minutes: float, kind: AnomalyKind = AT_RISK) -> HealAttempted:
    return HealAttempted(**said("attempted", name, minutes, kind), healer="divisions", because="not yet")


def taken(name: str, minutes: float, kind: AnomalyKind | None = AT_RISK, handed_by: str = "") -> Taken:
    return Taken(**said("taken", name, minutes, kind), by=name, handed_by=handed_by)


def resolved(name: str, minutes: float, kind: AnomalyKind = AT_RISK) -> Resolved:
    return Resolved(**said("resolved", name, minutes, kind), by=name, because="mended")


def parked(name: str, minutes: float, mapping: str = "tmall@1") -> CodeParked:
    """A record of that name, received then, says a code that the map does not know."""
    told = {**said("parked", name, minutes, AnomalyKind.UNKNOWN_CODE), "subject": CODE, "mapping": mapping}
    del told["kind"]
    where = {"origin_topic": "raw.tmall.v1", "origin_partition": 2, "origin_offset": 41}
    return CodeParked.model_validate({**told, **where, "source": "tmall", "field": "status", "code": "MOON"})


def mended(name: str, minutes: float) -> CodeMended:
    """That record was read again then, and its code was known."""
    told = {**said("mended", name, minutes, AnomalyKind.UNKNOWN_CODE), "subject": CODE, "mapping": "tmall@2"}
    del told["kind"]
    return CodeMended.model_validate({**told, "occurred_at": START})


@dataclass
class Keeper:
    """The keeper of one subject's anomalies; every state goes through its bytes."""

    policy: LifePolicy = field(default_factory=LifePolicy)
    now: datetime = START
    subject: str = SUBJECT
    state: LifeState | None = None
    due_ms: int | None = None
    events: list[Event] = field(default_factory=list)

    def hears(self, *findings: LifeFinding) -> "Keeper":
        for finding in findings:
            self.now = max(self.now, min(finding.occurred_at, finding.observed_at))
            self._decide(finding)
        return self

    def waits_until(self, moment: datetime) -> "Keeper":
        """Move the clock on, asking at every instant just after a due one, as a ticking clock does."""
        while self.state is not None and self.due_ms is not None and self.due_ms < to_ms(moment):
            asked = self.due_ms
            self.now = max(self.now, from_ms(asked + 1))
            self._decide(None)
            if self.due_ms == asked:
                break
        self.now = max(self.now, moment)
        return self

    def _decide(self, finding: LifeFinding | None) -> None:
        outcome = decide_anomaly_life(self.state, finding, self.subject, to_ms(self.now), self.policy)
        self.state = outcome.state and LifeState.from_bytes(outcome.state.to_bytes())
        assert self.state == outcome.state
        self.due_ms = outcome.due_ms
        self.events += outcome.events

    def count(self, kind: type[Event]) -> int:
        return sum(isinstance(event, kind) for event in self.events)

    @property
    def told(self) -> list[str]:
        return [event.type for event in self.events]  # type: ignore[attr-defined]

    @property
    def ends(self) -> list[str]:
        return [str(event.end) for event in self.events if isinstance(event, AnomalyEnded)]

    @property
    def standing(self) -> tuple[AnomalyStanding, ...]:
        assert self.state is not None
        return describe_anomalies(self.state, self.subject).anomalies

    @property
    def open(self) -> list[str]:
        return [] if self.state is None else list(open_anomalies(self.state, self.subject))

    @property
    def stands(self) -> set[tuple[str, str]]:
        """What a reader of the events alone holds for true: (anomaly, its end), withdrawn ones left out."""
        ends: dict[str, AnomalyEnd | None] = {}
        for event in self.events:
            match event:
                case AnomalyOpened():
                    ends[event.anomaly_id] = None
                case AnomalyEnded() | AnomalyCorrected():
                    ends[event.anomaly_id] = event.end
        return {(name, str(end or "")) for name, end in ends.items() if end is not AnomalyEnd.WITHDRAWN}


def kept(findings: Iterable[LifeFinding]) -> Keeper:
    return Keeper().hears(*findings)
