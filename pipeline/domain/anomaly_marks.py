"""Findings of one kind about one subject, put in the order in which they were noticed, and read as episodes.

An episode is one anomaly: from the first sighting to the first end that follows. It is a function of the set
of findings alone, so neither the order of arrival nor repetition can change it.
"""

from typing import Any, Final, NamedTuple

from schemas.base import derived_id
from schemas.vocabulary import AnomalyEnd

MARKS_MOST: Final = 64
"""Most findings of one kind that are kept apart. Beyond it those between the first and the last of an episode
are only counted, then whole old episodes leave; past it the order of arrival could show."""

SEEN: Final = 0
ATTEMPTED: Final = 1
TAKEN: Final = 2
GONE: Final = 3
"""At one instant an end comes last: what was noticed no later than it is over."""


class Mark(NamedTuple):
    """One finding: when it was noticed (ms), what it is, its event id, and what it says as JSON."""

    at_ms: int
    what: int
    event_id: str
    said: dict[str, Any]

    @property
    def more(self) -> int:
        """How many like it were added to it."""
        return int(self.said.get("more", 0))

    @property
    def rank(self) -> tuple[int, int, str]:
        """The place in the story."""
        return self[:3]


class Episode(NamedTuple):
    """One anomaly as the marks tell it; times are milliseconds since 1970 UTC. `end` "": it is open."""

    anomaly_id: str
    opening: Mark
    seen_ms: int
    sightings: int
    attempts: int = 0
    taken_by: str = ""
    handed_by: str = ""
    end: str = ""
    ended_ms: int | None = None
    because: str = ""
    ended_by: str = ""

    @property
    def deadline_ms(self) -> int:
        """Until when it may heal by itself."""
        deadline: int = self.opening.said["deadline_ms"]
        return deadline


def put(marks: tuple[Mark, ...], mark: Mark) -> tuple[Mark, ...]:
    """Return the marks in order with this one among them; of one finding the earliest counts."""
    same = next((held for held in marks if held.event_id == mark.event_id), None)
    if same is not None:
        if same.rank <= mark.rank:
            return marks
        marks = tuple(held for held in marks if held is not same)
    return tuple(sorted((*marks, mark), key=lambda held: held.rank))


def read_episodes(marks: tuple[Mark, ...], subject: str, kind: str) -> tuple[Episode, ...]:
    """Return the anomalies that these marks (in order) tell, oldest first; only the last may be open.

    One is named by the instant of its first sighting: of several sightings of one instant any may come first.
    """
    told: list[Episode] = []
    for mark in marks:
        if told and not (mark.what == SEEN and told[-1].end):
            told[-1] = _went_on(told[-1], mark)
        elif mark.what == SEEN:
            anomaly_id = derived_id(subject, f"{kind}|{mark.at_ms}")
            told.append(Episode(anomaly_id, mark, mark.at_ms, 1 + mark.more))
    return tuple(told)


def _went_on(episode: Episode, mark: Mark) -> Episode:
    if episode.end:
        return _ended(episode, mark) if mark.what == GONE and _corrects(mark, episode) else episode
    if mark.what == SEEN:
        return episode._replace(seen_ms=mark.at_ms, sightings=episode.sightings + 1 + mark.more)
    if mark.what == ATTEMPTED:
        return episode._replace(attempts=episode.attempts + 1 + mark.more)
    if mark.what == TAKEN:
        return episode if episode.taken_by else _taken(episode, mark)
    return _ended(episode, mark)


def _taken(episode: Episode, mark: Mark) -> Episode:
    # A state that was written before there was a hand-over does not say by whom.
    return episode._replace(taken_by=mark.said["by"], handed_by=mark.said.get("handed_by", ""))


def _corrects(mark: Mark, episode: Episode) -> bool:
    """A late report shows that it never was, or that what seemed to have failed was done in time."""
    how = mark.said["how"]
    if how == AnomalyEnd.WITHDRAWN:
        return episode.end != AnomalyEnd.WITHDRAWN
    return how == AnomalyEnd.HEALED and episode.end == AnomalyEnd.FAILED


def _ended(episode: Episode, mark: Mark) -> Episode:
    return episode._replace(
        end=mark.said["how"], ended_ms=mark.at_ms, because=mark.said["because"], ended_by=mark.event_id
    )


def shortened(marks: tuple[Mark, ...]) -> tuple[Mark, ...]:
    """Return at most MARKS_MOST marks that tell the same episodes, the oldest of them left out if need be."""
    if len(marks) <= MARKS_MOST:
        return marks
    stretches = [_counted(stretch) for stretch in _stretches(marks)]
    while len(stretches) > 1 and sum(map(len, stretches)) > MARKS_MOST:
        del stretches[0]
    return tuple(mark for stretch in stretches for mark in stretch)


def _stretches(marks: tuple[Mark, ...]) -> list[list[Mark]]:
    """Cut the marks behind each end, so that no episode lies in two stretches."""
    stretches: list[list[Mark]] = [[]]
    for place, mark in enumerate(marks):
        stretches[-1].append(mark)
        if mark.what == GONE and any(later.what == SEEN for later in marks[place + 1 : place + 2]):
            stretches.append([])
    return [stretch for stretch in stretches if stretch]


def _counted(stretch: list[Mark]) -> list[Mark]:
    """Keep the first and the last mark of each sort; those between are added to the count of the first."""
    kept: list[Mark] = []
    for what in (SEEN, ATTEMPTED, TAKEN, GONE):
        found = [mark for mark in stretch if mark.what == what]
        if len(found) > 2:
            more = sum(1 + mark.more for mark in found[1:-1])
            first = found[0]._replace(said={**found[0].said, "more": found[0].more + more})
            found = [first, found[-1]]
        kept += found
    return sorted(kept, key=lambda mark: mark.rank)
