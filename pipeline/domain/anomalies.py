"""Keeps the anomalies of one subject: each kind is opened once, however often it is noticed, and ends once.

What is noticed and what ends it arrive in any order, late and twice. So each carries an instant, and one rule
decides: **an anomaly is open exactly while something was noticed that is newer than the newest relief.** What
is not newer belongs to the past, whenever it arrives; neither order nor repetition can change whether the
anomaly is open in the end.

The instant of a parked code is when we received its record, the same however often it is delivered or read.
That of a mended one is when its record was read again. Maps are named by a hash of their content, which has
no order: a newer map that does not know the code counts by the records it speaks of.
"""

from datetime import datetime
from typing import Final, NamedTuple, assert_never

import orjson

from pipeline.domain.instants import EARLIEST_MS, to_ms
from pipeline.domain.outcome import Outcome
from pipeline.domain.policy import AnomalyPolicy
from schemas.anomaly import AnomalyEnded, AnomalyOpened, CodeMended, CodeParked
from schemas.base import Event, derived_id
from schemas.vocabulary import AnomalyEnd, AnomalyKind

Finding = CodeParked | CodeMended

KNOWN_NOW: Final = "the map knows the code now"


class Sighting(NamedTuple):
    """Something of a kind was noticed, as of `at`."""

    kind: AnomalyKind
    severity: str
    evidence: dict[str, str]
    at: datetime


class Relief(NamedTuple):
    """Everything of a kind that was noticed up to `at` is over."""

    kind: AnomalyKind
    end: AnomalyEnd
    because: str
    at: datetime


class Standing(NamedTuple):
    """One kind of anomaly of one subject; times are milliseconds since 1970 UTC.

    `anomaly_id`: the open one, empty when none is. `sightings`: how often the last one was noticed.
    `seen_ms`: its newest sighting. `over_ms`: what was noticed no later than this is over.
    """

    anomaly_id: str = ""
    sightings: int = 0
    seen_ms: int = EARLIEST_MS
    over_ms: int = EARLIEST_MS


class AnomalyState(NamedTuple):
    """Every kind of anomaly that one subject had, and when something was last heard of it."""

    kinds: dict[str, Standing] = {}  # noqa: RUF012  (no change in place: what is heard makes a new one)
    heard_ms: int = EARLIEST_MS

    def to_bytes(self) -> bytes:
        """The state as JSON."""
        return orjson.dumps([{kind: tuple(each) for kind, each in self.kinds.items()}, self.heard_ms])

    @classmethod
    def from_bytes(cls, raw: bytes) -> "AnomalyState":
        """Read `to_bytes` back."""
        kinds, heard_ms = orjson.loads(raw)
        return cls({kind: Standing(*each) for kind, each in kinds.items()}, heard_ms)

    @property
    def is_open(self) -> bool:
        """True while an anomaly of any kind is open."""
        return any(each.anomaly_id for each in self.kinds.values())


def decide_anomaly(
    state: AnomalyState | None, finding: Finding | None, key: str, now_ms: int, policy: AnomalyPolicy
) -> Outcome[AnomalyState]:
    """Take one finding about a subject, or (None) the passing of time, at `now_ms` of the event clock."""
    if finding is None:
        return _waited(state, now_ms, policy)
    state = state or AnomalyState()
    told = read_finding(finding)
    before = state.kinds.get(told.kind, Standing())
    match told:
        case Sighting():
            after, events = _noticed(before, told, key, finding)
        case Relief():
            after, events = _relieved(before, told, key, finding)
        case _:
            assert_never(told)
    heard_ms = max(state.heard_ms, to_ms(finding.observed_at), now_ms)
    heard = AnomalyState({**state.kinds, str(told.kind): after}, heard_ms)
    return Outcome(heard, events, _due_ms(heard, policy))


def read_finding(finding: Finding) -> Sighting | Relief:
    """Return what a finding means for the anomalies of its subject; a further kind is one case here."""
    match finding:
        case CodeParked():
            evidence = {
                "source": finding.source,
                "field": finding.field,
                "code": finding.code,
                "mapping": finding.mapping,
                "record": f"{finding.origin_topic}[{finding.origin_partition}]@{finding.origin_offset}",
            }
            return Sighting(AnomalyKind.UNKNOWN_CODE, "warning", evidence, finding.observed_at)
        case CodeMended():
            return Relief(AnomalyKind.UNKNOWN_CODE, AnomalyEnd.RESOLVED, KNOWN_NOW, finding.observed_at)
        case _:
            assert_never(finding)


def _noticed(
    standing: Standing, told: Sighting, key: str, cause: Finding
) -> tuple[Standing, tuple[Event, ...]]:
    at_ms = to_ms(told.at)
    if at_ms <= standing.over_ms:
        return standing, ()
    if standing.anomaly_id:
        seen_ms = max(standing.seen_ms, at_ms)
        return standing._replace(sightings=standing.sightings + 1, seen_ms=seen_ms), ()
    anomaly_id = derived_id(key, f"{told.kind}|{cause.event_id}")
    opened = AnomalyOpened.model_validate(
        {
            "event_id": derived_id(anomaly_id, "anomaly.opened"),
            "cause_id": cause.event_id,
            "occurred_at": cause.occurred_at,
            "observed_at": told.at,
            "anomaly_id": anomaly_id,
            "kind": told.kind,
            "subject": key,
            "severity": told.severity,
            "evidence": told.evidence,
        }
    )
    return Standing(anomaly_id, 1, at_ms, standing.over_ms), (opened,)


def _relieved(
    standing: Standing, told: Relief, key: str, cause: Finding
) -> tuple[Standing, tuple[Event, ...]]:
    after = standing._replace(over_ms=max(standing.over_ms, to_ms(told.at)))
    if not standing.anomaly_id or after.over_ms < standing.seen_ms:
        return after, ()
    ended = AnomalyEnded(
        event_id=derived_id(standing.anomaly_id, "anomaly.ended"),
        cause_id=cause.event_id,
        occurred_at=told.at,
        observed_at=told.at,
        anomaly_id=standing.anomaly_id,
        kind=told.kind,
        subject=key,
        end=told.end,
        because=told.because,
    )
    return after._replace(anomaly_id=""), (ended,)


def _waited(state: AnomalyState | None, now_ms: int, policy: AnomalyPolicy) -> Outcome[AnomalyState]:
    """Forget a subject of which nothing is open and nobody has spoken for long."""
    due_ms = None if state is None else _due_ms(state, policy)
    if due_ms is not None and now_ms > due_ms:
        return Outcome(None)
    return Outcome(state, (), due_ms)


def _due_ms(state: AnomalyState, policy: AnomalyPolicy) -> int | None:
    return None if state.is_open else state.heard_ms + policy.retention_ms
