"""The self-heal rate of domain.md section 10, as a pure function: what a view in SQL is held against."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from pipeline.domain.instants import to_ms
from schemas.anomaly_life import AnomalyStanding
from schemas.vocabulary import AnomalyEnd

COUNTED: Final = frozenset({AnomalyEnd.HEALED, AnomalyEnd.RESOLVED, AnomalyEnd.FAILED})
"""Ends that count. What went away without us (cleared) and what never was (withdrawn) count nowhere."""


class Ended(NamedTuple):
    """One anomaly, as far as the rate must know it; milliseconds since 1970 UTC. `end` None: it is open."""

    detected_ms: int
    heal_deadline_ms: int
    end: AnomalyEnd | None = None
    ended_ms: int | None = None


class SelfHeal(NamedTuple):
    """`healed` of `counted` anomalies of one window; `rate` None: nothing counted, which is no data."""

    healed: int
    counted: int

    @property
    def rate(self) -> float | None:
        """In 0..1."""
        return self.healed / self.counted if self.counted else None


def self_heal(anomalies: Iterable[Ended], clock_ms: int, length_ms: int) -> SelfHeal:
    """Return healed / (healed + resolved + failed + open past its heal deadline) of (clock - length, clock].

    The window is seen as of `clock_ms`: an end that is later is not there yet. An anomaly counts in the
    window in which its end falls; while it is open, in that in which its heal deadline fell, once that has
    passed (on the very instant it has not).
    """
    healed = counted = 0
    for anomaly in anomalies:
        at_ms, was_healed = _counts(anomaly, clock_ms)
        if at_ms is not None and clock_ms - length_ms < at_ms <= clock_ms:
            counted += 1
            healed += was_healed
    return SelfHeal(healed, counted)


def _counts(anomaly: Ended, clock_ms: int) -> tuple[int | None, bool]:
    """When it counts as of the clock (None: not at all), and whether as healed."""
    if anomaly.end is AnomalyEnd.WITHDRAWN or anomaly.detected_ms > clock_ms:
        return None, False
    if anomaly.end is not None and anomaly.ended_ms is not None and anomaly.ended_ms <= clock_ms:
        counts = anomaly.end in COUNTED
        return (anomaly.ended_ms if counts else None), anomaly.end is AnomalyEnd.HEALED
    past = clock_ms > anomaly.heal_deadline_ms
    return (anomaly.heal_deadline_ms if past else None), False


def as_ended(standing: AnomalyStanding) -> Ended:
    """Return what the rate must know of an anomaly."""
    return Ended(
        to_ms(standing.detected_at),
        to_ms(standing.heal_deadline_at),
        standing.end,
        None if standing.ended_at is None else to_ms(standing.ended_at),
    )
