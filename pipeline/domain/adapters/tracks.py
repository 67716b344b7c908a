"""Reads a waybill's track: when it was first seen, where it is, and whether its addressee has signed."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from pipeline.domain.adapters.codes import Code, Unknown
from pipeline.domain.adapters.document import FILTER, TrackSet
from schemas.vocabulary import Phase, TrackFlag

PROGRESS: Final = {
    phase: number
    for number, phase in enumerate(
        (Phase.UNKNOWN, Phase.UNPAID, Phase.TO_SHIP, Phase.HOLD, Phase.PART_SHIPPED,
         Phase.SHIPPED, Phase.SIGNED, Phase.FINISHED, Phase.CLOSED)
    )
}  # fmt: skip
"""Of entries of one instant the furthest is the newest, in whatever order they are listed."""
MOVING: Final = frozenset({Phase.PART_SHIPPED, Phase.SHIPPED, Phase.SIGNED, Phase.FINISHED})
"""In these phases somebody holds the parcel, or held it; a revoked or unknown waybill proves no scan."""


class Entry(NamedTuple):
    """One entry as the carrier wrote it; `at` is milliseconds since 1970 UTC."""

    at: int
    code: str
    text: str


class TrackRead(NamedTuple):
    """What a track amounts to; times are milliseconds since 1970 UTC. `phase` None: it says nothing yet."""

    phase: Phase | None
    raw_code: str
    flags: tuple[TrackFlag, ...] = ()
    first_scan: int | None = None
    last_scan: int | None = None
    signed: int | None = None
    newest: int | None = None
    unknown: tuple[Unknown, ...] = ()


class _Meaning(NamedTuple):
    """What a code or a text says. A scan is no word of a parcel still to be handed over; "nothing heard for
    long" is none either. Made once for each known code: `is_scan` and `rank` are asked of every entry."""

    phase: Phase
    flags: tuple[TrackFlag, ...]
    unknown: bool
    is_scan: bool
    rank: int


def _means(phase: Phase, *flags: TrackFlag, unknown: bool = False) -> _Meaning:
    is_scan = phase in MOVING and TrackFlag.STALLED not in flags
    return _Meaning(phase, flags, unknown, is_scan, PROGRESS[phase])


class _Table:
    """A code table with its meanings made once."""

    def __init__(self, code: Code) -> None:
        self.code = code
        self._known = {known: _meaning(code, known) for known in code.means}

    def of(self, code: str) -> _Meaning:
        return self._known.get(code) or _meaning(self.code, code)

    def is_detailed(self, code: str) -> bool:
        return self.code.family(code) is not None


class _Said(NamedTuple):
    """A code and what it means; an entry's, or the waybill's own state."""

    code: str
    meaning: _Meaning
    detailed: bool


_WAITING: Final = _means(Phase.TO_SHIP)
_ON_ITS_WAY: Final = _means(Phase.SHIPPED)
_AT_STATION: Final = _means(Phase.SHIPPED, TrackFlag.STATION)
_UNPROVEN: Final = _means(Phase.SIGNED, TrackFlag.UNPROVEN)
Told = list[tuple[Entry, _Meaning]]
"""Entries with their meanings, oldest first."""


class Tracks:
    """Reads tracks by one set (platforms.md sections 6 to 8)."""

    def __init__(self, chosen: TrackSet, codes: Mapping[str, Code]) -> None:
        self._codes = _Table(codes[chosen.codes]) if chosen.codes else None
        self._state = _Table(codes[chosen.state]) if chosen.state else None
        self._set = chosen

    def state_of(self, item: object, around: object) -> str:
        """Return the code of the waybill's own state, "" when it says none."""
        return self._state.code.of(item, around) if self._state else ""

    def read(self, state: str, entries: Sequence[Entry]) -> TrackRead:
        """Return what the track amounts to; in which order its entries are listed does not matter.

        An earlier push of the same track tells the same, or less: earliest scan and signature stay.
        """
        told = sorted(((e, self._of_entry(e)) for e in entries), key=_age)
        whole = self._whole(state, told)
        if whole is None:
            return TrackRead(None, "")
        scans = [entry.at for entry, meaning in told if meaning.is_scan]
        if told and not told[-1][0].code and told[-1][1].is_scan and whole.meaning.phase not in MOVING:
            scans.pop()  # the waybill's state says of its last words that they are no scan
        return TrackRead(
            phase=whole.meaning.phase,
            raw_code=whole.code,
            flags=whole.meaning.flags,
            first_scan=scans[0] if scans else None,
            last_scan=scans[-1] if scans else None,
            signed=_signed(whole.meaning, told),
            newest=told[-1][0].at if told else None,
            unknown=self._unknown(state, told),
        )

    def _whole(self, state: str, told: Told) -> _Said | None:
        own = self._of_state(state, told)
        if not told:
            return own
        entry, meaning = told[-1]
        if own is None:
            return _Said(entry.code, meaning, False)
        if not entry.code or self._codes is None:
            return own
        return _joined(own, _Said(entry.code, meaning, self._codes.is_detailed(entry.code)))

    def _of_state(self, state: str, told: Told) -> _Said | None:
        if not state or self._state is None:
            return None
        texts = "\n".join(entry.text for entry, _ in told if entry.at == told[-1][0].at)
        return _Said(state, self._of_code(self._state, state, texts), self._state.is_detailed(state))

    def _of_entry(self, entry: Entry) -> _Meaning:
        if entry.code and self._codes is not None:
            return self._of_code(self._codes, entry.code, entry.text)
        if _names(entry.text, self._set.to_ship_text):
            return _WAITING
        if _names(entry.text, self._set.signed_text):
            return self._by_station(entry.text)
        return _ON_ITS_WAY

    def _of_code(self, table: _Table, code: str, text: str) -> _Meaning:
        if code in self._set.ambiguous:
            return self._by_station(text)
        if code in self._set.waiting and _names(text, self._set.to_ship_text):
            return _WAITING
        return table.of(code)

    def _by_station(self, text: str) -> _Meaning:
        """Signed, or put somewhere: the text tells; without a word of a locker nobody has proved it."""
        return _AT_STATION if _names(text, self._set.station_text) else _UNPROVEN

    def _unknown(self, state: str, told: Told) -> tuple[Unknown, ...]:
        found: dict[Unknown, None] = {}
        if self._codes is not None:
            name = self._codes.code.name
            found.update(((name, entry.code), None) for entry, meaning in told if meaning.unknown)
        if self._state is not None and state and self._state.of(state).unknown:
            found[self._state.code.name, state] = None
        return tuple(found)


def _age(told: tuple[Entry, _Meaning]) -> tuple[int, int, str, str]:
    entry, meaning = told
    return entry.at, meaning.rank, entry.code, entry.text


def _names(text: str, words: tuple[str, ...]) -> bool:
    return any(word in text for word in words)


def _joined(own: _Said, last: _Said) -> _Said:
    """The waybill's state and its newest entry, where both have a code.

    An unknown one makes the whole unknown, a closing one closes it; else the more detailed one decides, of
    equal detail the state. What the other says besides is kept where the two agree.
    """
    for phase in (Phase.UNKNOWN, Phase.CLOSED):
        for said in (own, last):
            if said.meaning.phase is phase:
                return said
    first, second = (last, own) if last.detailed and not own.detailed else (own, last)
    if first.meaning.phase is not second.meaning.phase:
        return first
    more = (f for f in second.meaning.flags if f is not TrackFlag.UNPROVEN and f not in first.meaning.flags)
    return first._replace(meaning=first.meaning._replace(flags=(*first.meaning.flags, *more)))


def _signed(whole: _Meaning, told: Told) -> int | None:
    """The first signature. The newest entry is one if the whole is signed: a return's signature is the
    sender's. While the parcel lies at a station, words alone, without a code, are no signature."""
    if not told:
        return None
    at_station = TrackFlag.STATION in whole.flags
    signed = [
        entry.at
        for entry, meaning in told[:-1]
        if meaning.phase is Phase.SIGNED and (entry.code or not at_station)
    ]
    if whole.phase is Phase.SIGNED:
        signed.append(told[-1][0].at)
    return min(signed, default=None)


def _meaning(table: Code, code: str) -> _Meaning:
    word = table.word(code)
    if word is None:
        return _means(Phase(table.family_word(code) or FILTER), unknown=True)
    phase, *flags = word.split("+")
    return _means(Phase(phase), *(TrackFlag(flag) for flag in flags))
