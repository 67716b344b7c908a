"""Reads partitions of several topics in step: none goes far ahead of what another has yet to tell."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import accumulate, islice, repeat
from math import inf
from operator import itemgetter
from typing import Any

Member = tuple[str, int]
"""Topic and partition; Faust's TP is one."""

HELD_BYTES = 2 << 20
"""A member that holds this much takes no further fetch. At 1 KiB a record it lasts for the half second that
another fetch, or the end of one that waits for news of quiet topics, may take."""
PATIENCE_S = 10.0
"""How long a member that is behind and brings nothing is waited for: longer than a leader takes to change,
shorter than the watchdog."""

TimeOf = Callable[[Any], int]
"""The milliseconds since 1970 UTC by which a record is read in step; 0 when it has none."""

_FIRST = itemgetter(0)


@dataclass(frozen=True, slots=True)
class Slice:
    """Records of several members, oldest first; `ends` has each member's offset after its last one.

    Everything older than `began_ms` was read before.
    """

    records: list[Any]
    ends: dict[Member, int]
    began_ms: int


class _Held:
    """What one member holds. A record counts with its own time, or its predecessor's if that is later:
    it cannot be read before it, and was appended after it."""

    def __init__(self) -> None:
        self.records: list[Any] = []
        self.times: list[int] = []
        self.size = 0

    def add(self, records: Sequence[Any], time_of: TimeOf) -> None:
        before = self.times[-1] if self.times else 0
        self.times += islice(accumulate(map(time_of, records), max, initial=before), 1, None)
        self.records += records
        self.size += _size(records)

    def up_to(self, bound_ms: float) -> int:
        return bisect_right(self.times, bound_ms)

    def forget(self, count: int) -> None:
        self.size -= _size(self.records[:count])
        del self.records[:count], self.times[:count]


class InStep:
    """Holds what was fetched of each member, and says what may be read next.

    Nothing is read while a member is both empty and behind. Then what lies within `step_ms` of the oldest
    held record is due, and no more: nothing is read while something older by more than the step is unread
    elsewhere, and who passes on what was read can keep up. Members that have caught up hold nobody up, nor
    does one that was behind for `PATIENCE_S` and brought nothing. The order within a member stays. A record
    without a time goes at once: none tells its place.
    """

    def __init__(
        self,
        time_of: TimeOf,
        step_ms: float,
        most: int,
        left_out: Callable[[Member], None] = lambda member: None,
    ) -> None:
        self._time_of = time_of
        self._step_ms = step_ms
        self._most = most
        self._left_out = left_out
        self._held: dict[Member, _Held] = {}
        self._began_ms = 0
        self._missing_since: dict[Member, float] = {}
        self._without: set[Member] = set()

    @property
    def holds(self) -> bool:
        """Whether any record waits here."""
        return bool(self._held)

    def full(self, member: Member) -> bool:
        """Tell whether a member holds enough; memory is `HELD_BYTES` and one fetch of each at most."""
        held = self._held.get(member)
        return held is not None and held.size >= HELD_BYTES

    def hold(self, member: Member, records: Sequence[Any]) -> None:
        """Take what was fetched of a member, after what it holds already."""
        self._held.setdefault(member, _Held()).add(records, self._time_of)

    def drop(self, members: Iterable[Member]) -> None:
        """Forget what these hold: it will be fetched again."""
        for member in members:
            self._held.pop(member, None)
            self._missing_since.pop(member, None)

    def clear(self) -> None:
        """Forget everything."""
        self.drop(list(self._held | self._missing_since))
        self._began_ms = 0

    def front_ms(self, behind: Iterable[Member]) -> int | None:
        """Everything older was handed out; None: everything was. See `next` for `behind`."""
        if any(member not in self._held and member not in self._without for member in behind):
            return self._began_ms
        return min((held.times[0] for held in self._held.values()), default=None)

    def next(
        self, behind: Callable[[], Iterable[Member]], now_s: float, others_ms: float = inf
    ) -> Slice | None:
        """Return what to read next, at most `most` records; None when nothing may be read now.

        `behind` gives the members of which more can be fetched than was, or of which that is not known yet.
        `now_s` should stand still while nobody fetches. `others_ms`: what is older was read elsewhere, too.
        """
        if not self._held:
            return None
        if self._waits_for({member for member in behind() if member not in self._held}, now_s):
            return None
        oldest_ms = min(held.times[0] for held in self._held.values())
        if oldest_ms > others_ms + self._step_ms:
            return None
        self._began_ms = oldest_ms
        return self._cut(min(oldest_ms, others_ms) + self._step_ms)

    def _waits_for(self, missing: set[Member], now_s: float) -> bool:
        known = self._missing_since
        self._missing_since = {member: known.get(member, now_s) for member in missing}
        self._without &= missing
        if any(now_s - since_s < PATIENCE_S for since_s in self._missing_since.values()):
            return True
        for member in missing - self._without:
            self._left_out(member)
        self._without = missing
        return False

    def _cut(self, bound_ms: float) -> Slice:
        """Take what is due, the oldest first."""
        timed = [
            zip(held.times[:count], repeat(member), held.records[:count], strict=False)
            for member, held in self._held.items()
            for count in [min(held.up_to(bound_ms), self._most)]
        ]
        merged = list(islice(merge(*timed, key=_FIRST), self._most))
        ends = {member: record.offset + 1 for _, member, record in merged}
        for member, count in Counter(member for _, member, _ in merged).items():
            self._held[member].forget(count)
            if not self._held[member].records:
                del self._held[member]
        return Slice([record for _, _, record in merged], ends, self._began_ms)


def _size(records: Sequence[Any]) -> int:
    return sum(len(record.value or b"") for record in records)
