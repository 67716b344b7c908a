"""What is kept of the anomalies of one subject: findings in order, and what was announced of each anomaly."""

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import orjson

from pipeline.domain.anomaly_marks import ATTEMPTED, GONE, SEEN, TAKEN, Episode, Mark, read_episodes
from pipeline.domain.instants import EARLIEST_MS, to_ms
from pipeline.domain.policy import DAY_MS, HOUR_MS
from schemas.anomaly import CodeMended, CodeParked
from schemas.anomaly_life import ConditionGone, ConditionSeen, HealAttempted, Resolved, Taken
from schemas.vocabulary import AnomalyEnd, AnomalyKind

LifeFinding = CodeParked | CodeMended | ConditionSeen | ConditionGone | HealAttempted | Taken | Resolved

OPEN: Final = ""
KNOWN_NOW: Final = "the map knows the code now"


@dataclass(frozen=True, slots=True)
class LifePolicy:
    """How long healing is left to itself.

    `heal_ms`: from the first sighting, where the finding sets no deadline (2 h, domain.md section 10).
    `attempts`: how often healers may try; `attempts_of` says otherwise for a kind. `retention_ms`: how long
    a subject stays of which nothing is open and nobody speaks; longer than raw records are kept.
    """

    heal_ms: int = 2 * HOUR_MS
    attempts: int = 3
    attempts_of: dict[AnomalyKind, int] = field(default_factory=dict)
    retention_ms: int = 45 * DAY_MS

    def attempts_most(self, kind: str) -> int:
        """How often healers may try that kind."""
        return self.attempts_of.get(AnomalyKind(kind), self.attempts)


class Said(NamedTuple):
    """What was announced of one anomaly: the end that was said last ("": open), and what was said once.

    `corrections`: how many there were; one that says again what an earlier one said is another event.
    """

    end: str = OPEN
    ended: bool = False
    handed_over: bool = False
    corrections: int = 0


class Kind(NamedTuple):
    """One kind of anomaly: its findings in order, what was announced; nothing up to `floor_ms` is heard."""

    marks: tuple[Mark, ...] = ()
    said: dict[str, Said] = {}  # noqa: RUF012  (no change in place: what is heard makes a new one)
    floor_ms: int = EARLIEST_MS


class LifeState(NamedTuple):
    """Every kind of anomaly that one subject had. `taken`: who took all of the subject, and when."""

    kinds: dict[str, Kind] = {}  # noqa: RUF012  (likewise)
    taken: tuple[Mark, ...] = ()
    heard_ms: int = EARLIEST_MS

    def to_bytes(self) -> bytes:
        """The state as JSON."""
        kinds = {
            name: [
                [tuple(mark) for mark in kind.marks],
                {anomaly_id: tuple(said) for anomaly_id, said in kind.said.items()},
                kind.floor_ms,
            ]
            for name, kind in self.kinds.items()
        }
        return orjson.dumps([kinds, [tuple(mark) for mark in self.taken], self.heard_ms])

    @classmethod
    def from_bytes(cls, raw: bytes) -> "LifeState":
        """Read `to_bytes` back."""
        kinds, taken, heard_ms = orjson.loads(raw)
        known = {name: _kind(*held) for name, held in kinds.items()}
        return cls(known, tuple(Mark(*mark) for mark in taken), heard_ms)


def _kind(marks: list[Any], said: dict[str, Any], floor_ms: int) -> Kind:
    known = {anomaly_id: Said(*told) for anomaly_id, told in said.items()}
    return Kind(tuple(Mark(*mark) for mark in marks), known, floor_ms)


def kind_of(finding: LifeFinding) -> str:
    """Return the kind of anomaly it speaks of; "" for every kind of its subject."""
    if isinstance(finding, CodeParked | CodeMended):
        return AnomalyKind.UNKNOWN_CODE.value
    return "" if finding.kind is None else str(finding.kind)


def read_mark(finding: LifeFinding, policy: LifePolicy) -> Mark:
    """Return the finding as a mark, noticed at its `observed_at`.

    That of a parked code is when its record was received, however often it is read; that of a mended one is
    when the record was read again.
    """
    at_ms = to_ms(finding.observed_at)
    said: dict[str, Any]
    what = GONE
    match finding:
        case CodeParked():
            what, said = SEEN, _parked(finding, at_ms + policy.heal_ms)
        case CodeMended():
            said = {"how": str(AnomalyEnd.RESOLVED), "because": KNOWN_NOW, "by": finding.mapping}
        case ConditionSeen():
            what, said = SEEN, _seen(finding, at_ms + policy.heal_ms)
        case HealAttempted():
            what, said = ATTEMPTED, {"healer": finding.healer}
        case Taken():
            what, said = TAKEN, {"by": finding.by, "handed_by": finding.handed_by}
        case ConditionGone():
            said = {"how": str(finding.how), "because": finding.because}
        case Resolved():
            said = {"how": str(AnomalyEnd.RESOLVED), "because": finding.because, "by": finding.by}
    return Mark(at_ms, what, finding.event_id, said)


def _seen(finding: ConditionSeen, usual_ms: int) -> dict[str, Any]:
    deadline = finding.heal_deadline_at
    return {
        "severity": finding.severity,
        "evidence": finding.evidence,
        "deadline_ms": usual_ms if deadline is None else to_ms(deadline),
        "occurred_ms": to_ms(finding.occurred_at),
    }


def _parked(finding: CodeParked, deadline_ms: int) -> dict[str, Any]:
    record = f"{finding.origin_topic}[{finding.origin_partition}]@{finding.origin_offset}"
    names = ("source", "field", "code", "mapping")
    evidence = {name: getattr(finding, name) for name in names} | {"record": record}
    occurred_ms = to_ms(finding.occurred_at)
    told = {"severity": "warning", "evidence": evidence}
    return {**told, "deadline_ms": deadline_ms, "occurred_ms": occurred_ms}


def all_anomalies(state: LifeState, key: str) -> list[tuple[str, Episode]]:
    """Return (kind, anomaly) of everything that is remembered of the subject."""
    return [
        (name, episode)
        for name, kind in sorted(state.kinds.items())
        for episode in read_episodes(kind.marks, key, name)
    ]


def open_anomalies(state: LifeState, key: str) -> dict[str, Episode]:
    """Return what is open, by kind."""
    return {name: episode for name, episode in all_anomalies(state, key) if not episode.end}
