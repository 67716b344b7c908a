"""Keeps the anomalies of one subject: each opened once, ended once, healed in time or handed to a person.

What stands is a function of the set of findings (anomaly_marks.py). What is announced follows it: an anomaly
is opened and ended once; where a late finding changes what was announced, that is a correction by name.
"""

from typing import Any, Final, Literal, NamedTuple

from pipeline.domain.anomaly_marks import MARKS_MOST, Episode, Mark, put, read_episodes, shortened
from pipeline.domain.anomaly_state import (
    Kind,
    LifeFinding,
    LifePolicy,
    LifeState,
    Said,
    kind_of,
    open_anomalies,
    read_mark,
)
from pipeline.domain.instants import from_ms, to_ms
from pipeline.domain.outcome import Outcome
from schemas.anomaly import AnomalyEnded, AnomalyOpened
from schemas.anomaly_life import AnomalyCorrected, ClockPassed, HandedOver
from schemas.base import Event, derived_id
from schemas.vocabulary import AnomalyEnd

TOLD_OTHERWISE: Final = "an earlier sighting arrived late; it is told as another anomaly"
TAKEN_MOST: Final = 16
"""Most takes of a whole subject that are remembered."""


class _Now(NamedTuple):
    """Of what kind and subject is spoken, because of what, at which instant."""

    subject: str
    kind: str
    cause_id: str
    now_ms: int
    policy: LifePolicy


def decide_anomaly_life(
    state: LifeState | None,
    finding: LifeFinding | ClockPassed | None,
    key: str,
    now_ms: int,
    policy: LifePolicy,
) -> Outcome[LifeState]:
    """Take one finding about a subject, or (None) the passing of time, at `now_ms` of the event clock."""
    if isinstance(finding, ClockPassed):
        finding = None  # it speaks of no subject; its time has moved the clock
    if state is None and finding is None:
        return Outcome(None)
    after = state or LifeState()
    if finding is not None:
        after = _hear(after, finding, read_mark(finding, policy), key)
        after = after._replace(heard_ms=max(after.heard_ms, now_ms, to_ms(finding.observed_at)))
    kinds, events = dict(after.kinds), list[Event]()
    for name, kind in after.kinds.items():
        at = _Now(key, name, key if finding is None else finding.event_id, now_ms, policy)
        kinds[name], told = _announced(kind, at)
        events += told
    after = after._replace(kinds=kinds)
    due_ms = _due_ms(after, key, policy)
    if finding is None and not events and now_ms > due_ms and not open_anomalies(after, key):
        return Outcome(None)
    return Outcome(after, tuple(events), due_ms)


def _hear(state: LifeState, finding: LifeFinding, mark: Mark, key: str) -> LifeState:
    """Take a finding; who takes all of a subject takes what is noticed of it later in the story as well."""
    if name := kind_of(finding):
        kind = state.kinds.get(name, Kind(state.taken))
        return state._replace(kinds={**state.kinds, name: _heard(kind, mark, key, name)})
    kinds = {name: _heard(kind, mark, key, name) for name, kind in state.kinds.items()}
    return state._replace(kinds=kinds, taken=put(state.taken, mark)[-TAKEN_MOST:])


def _heard(kind: Kind, mark: Mark, key: str, name: str) -> Kind:
    """Take a mark, unless it is older than all that is remembered; forget what is too much."""
    if mark.at_ms <= kind.floor_ms:
        return kind
    marks = put(kind.marks, mark)
    kept = shortened(marks)
    if kept is marks:
        return kind._replace(marks=marks)
    lost = {one.anomaly_id for one in read_episodes(marks, key, name)}
    lost -= {one.anomaly_id for one in read_episodes(kept, key, name)}
    said = {anomaly_id: told for anomaly_id, told in kind.said.items() if anomaly_id not in lost}
    left = [held.at_ms for held in marks if held.rank < kept[0].rank]
    return Kind(kept, said, max([kind.floor_ms, *left]))


def _announced(kind: Kind, at: _Now) -> tuple[Kind, list[Event]]:
    """Say what is new: opened, ended, corrected, handed over."""
    episodes = {one.anomaly_id: one for one in read_episodes(kind.marks, at.subject, at.kind)}
    said, events = dict(kind.said), list[Event]()
    for anomaly_id, before in kind.said.items():
        if anomaly_id not in episodes and before.end != AnomalyEnd.WITHDRAWN:
            what = _common(anomaly_id, at)
            said[anomaly_id], told = _end_said(before, AnomalyEnd.WITHDRAWN, TOLD_OTHERWISE, what)
            events.append(told)
    for episode in episodes.values():
        known = said.get(episode.anomaly_id)
        if known is None:
            events.append(_opened(episode, at))
        said[episode.anomaly_id], told_of_it = _follow(episode, known or Said(), at)
        events += told_of_it
    gone = [anomaly_id for anomaly_id in said if anomaly_id not in episodes]
    for anomaly_id in gone[:-MARKS_MOST]:
        del said[anomaly_id]
    return kind._replace(said=said), events


def _follow(episode: Episode, said: Said, at: _Now) -> tuple[Said, list[Event]]:
    events: list[Event] = []
    if episode.end != said.end:
        ended_at = at if episode.ended_ms is None else at._replace(now_ms=episode.ended_ms)
        what = _common(episode.anomaly_id, ended_at._replace(cause_id=episode.ended_by or at.cause_id))
        said, told = _end_said(said, episode.end, episode.because, what)
        events.append(told)
    why = None if said.handed_over else _over_to_a_person(episode, at)
    if why is not None:
        said = said._replace(handed_over=True)
        events.append(_handed_over(episode, why, at))
    return said, events


def _end_said(before: Said, end: str, because: str, what: dict[str, Any]) -> tuple[Said, Event]:
    """The first end is announced as such; whatever changes it, as a correction."""
    anomaly_id = what["anomaly_id"]
    after = before._replace(end=end, ended=True)
    if not before.ended:
        ended = {**what, "event_id": derived_id(anomaly_id, "anomaly.ended"), "end": end}
        return after, AnomalyEnded.model_validate({**ended, "because": because})
    after = after._replace(corrections=before.corrections + 1)
    content = f"corrected|{after.corrections}|{before.end}|{end}|{what['cause_id']}"
    corrected = {**what, "event_id": derived_id(anomaly_id, content), "because": because}
    ends = {"end": end or None, "corrects": before.end or None}
    return after, AnomalyCorrected.model_validate({**corrected, **ends})


def _opened(episode: Episode, at: _Now) -> AnomalyOpened:
    mark = episode.opening
    what = _common(episode.anomaly_id, at._replace(cause_id=mark.event_id, now_ms=mark.at_ms))
    what["occurred_at"] = from_ms(mark.said["occurred_ms"])
    what["event_id"] = derived_id(episode.anomaly_id, "anomaly.opened")
    told = {"severity": mark.said["severity"], "evidence": mark.said["evidence"]}
    return AnomalyOpened.model_validate({**what, **told})


def _over_to_a_person(
    episode: Episode, at: _Now
) -> Literal["attempts_used_up", "heal_deadline_passed"] | None:
    """Why a person is asked; nobody is while it heals, and nobody twice: one who took it is one."""
    if episode.end or episode.taken_by:
        return None
    if episode.attempts >= max(1, at.policy.attempts_most(at.kind)):
        return "attempts_used_up"
    return "heal_deadline_passed" if at.now_ms > episode.deadline_ms else None


def _handed_over(episode: Episode, because: str, at: _Now) -> HandedOver:
    event_id = derived_id(episode.anomaly_id, "anomaly.handed_over")
    told = {"event_id": event_id, "because": because, "attempts": episode.attempts}
    return HandedOver.model_validate({**_common(episode.anomaly_id, at), **told})


def _common(anomaly_id: str, at: _Now) -> dict[str, Any]:  # fields of an event, which validates them
    when = from_ms(at.now_ms)
    what = {"anomaly_id": anomaly_id, "kind": at.kind, "subject": at.subject}
    return {**what, "cause_id": at.cause_id, "occurred_at": when, "observed_at": when}


def _due_ms(state: LifeState, key: str, policy: LifePolicy) -> int:
    """When the next heal deadline is; with nothing awaited, when the subject is forgotten."""
    waiting = [
        episode.deadline_ms
        for name, episode in open_anomalies(state, key).items()
        if not episode.taken_by and not state.kinds[name].said[episode.anomaly_id].handed_over
    ]
    return min(waiting, default=state.heard_ms + policy.retention_ms)
