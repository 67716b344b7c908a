"""The anomalies of one subject as they stand, for the store and the screens."""

from pipeline.domain.anomaly_marks import Episode
from pipeline.domain.anomaly_state import LifeState, all_anomalies
from pipeline.domain.instants import from_ms, from_ms_or_none
from schemas.anomaly_life import AnomalyAccount, AnomalyStanding
from schemas.base import derived_id
from schemas.vocabulary import AnomalyEnd, AnomalyKind


def describe_anomalies(state: LifeState, key: str) -> AnomalyAccount:
    """Return the subject's anomalies as they stand: a function of the findings alone."""
    standing = tuple(_standing(name, episode) for name, episode in all_anomalies(state, key))
    at_ms = max([episode.seen_ms for _, episode in all_anomalies(state, key)], default=0)
    content = b"".join(one.to_bytes() for one in standing).decode()
    return AnomalyAccount(
        event_id=derived_id(key, f"anomalies|{content}"),
        cause_id=key,
        occurred_at=from_ms(at_ms),
        observed_at=from_ms(at_ms),
        subject=key,
        anomalies=standing,
    )


def _standing(name: str, episode: Episode) -> AnomalyStanding:
    return AnomalyStanding(
        anomaly_id=episode.anomaly_id,
        kind=AnomalyKind(name),
        severity=episode.opening.said["severity"],
        detected_at=from_ms(episode.opening.at_ms),
        last_seen_at=from_ms(episode.seen_ms),
        heal_deadline_at=from_ms(episode.deadline_ms),
        sightings=episode.sightings,
        attempts=episode.attempts,
        taken_by=episode.taken_by,
        handed_by=episode.handed_by,
        end=AnomalyEnd(episode.end) if episode.end else None,
        ended_at=from_ms_or_none(episode.ended_ms),
    )
