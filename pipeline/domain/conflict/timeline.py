"""When the three differed, from when on that locks the order, and what a supervisor's decision settles.

A function of everything told so far, never of the order of telling: so a word that is told late can show
that a conflict never was.
"""

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

from pipeline.domain.conflict.policy import ConflictPolicy, Range, compared
from pipeline.domain.conflict.words import MAPPING, VOICES, ConflictState, Run, runs_of
from schemas.conflict import UnlockedBy
from schemas.vocabulary import Reporter

AT, COMMAND, RIGHT, BY, WHY = range(5)
"""Where each part of a decision stands."""


class Rift(NamedTuple):
    """Two reporters differ: since the newer report, which locks once `lock_ms` has passed."""

    since_ms: int
    settle_ms: int

    @property
    def lock_ms(self) -> int:
        """The last instant at which the order is not yet locked."""
        return self.since_ms + self.settle_ms


class Lock(NamedTuple):
    """A lock and its end; `ended_ms` None: it stands."""

    rift: Rift
    from_ms: int
    ended_ms: int | None = None
    how: UnlockedBy | None = None


class Reading(NamedTuple):
    """What the words amount to at one instant.

    `voices`: the three's last phases. `rifts`: who differs now and was not decided upon; `overruled`: who
    contradicts what a supervisor decided. `past`: the locks that ended, if what was announced of one may have
    to be corrected. `is_decided`: they differ still, and only the decision settles it.
    """

    voices: tuple[Run, ...]
    rifts: tuple[Rift, ...]
    lock: Lock | None
    past: tuple[Lock, ...]
    decided: Run | None
    overruled: tuple[Run, ...]
    is_decided: bool

    @property
    def due_ms(self) -> int | None:
        """When the order will lock if nobody says anything new."""
        return None if self.lock else min((rift.lock_ms for rift in self.rifts), default=None)


class _Said(NamedTuple):
    """The runs of one reporter up to some instant; the last one holds then."""

    runs: list[Run]

    @property
    def now(self) -> Run:
        return self.runs[-1]


class _Decision(NamedTuple):
    at_ms: int
    right: Run


def read(state: ConflictState, now_ms: int, policy: ConflictPolicy) -> Reading:
    """Return what holds at `now_ms` of the event clock. A decision counts from the instant it was made."""
    told = [runs for runs in (runs_of(state.words, voice) for voice in VOICES) if runs]
    decision = _decision(state, told)
    instants = sorted(
        {run.at_ms for runs in told for run in runs} | ({decision.at_ms} if decision else set())
    )
    if decision is None and not state.locked and not state.healed:
        instants = _since_agreement(told, instants, policy)
    lock: Lock | None = None
    past: list[Lock] = []
    rifts: list[Rift] = []
    for place, at in enumerate(instants):
        last = place + 1 == len(instants)
        end = now_ms if last else min(instants[place + 1], now_ms)
        settled = decision if decision and (at >= decision.at_ms) else None
        pairs = list(_differing(told, at, policy))
        rifts = [_rift(a, b, policy) for a, b in pairs if not (settled and _settles(settled, a, b, policy))]
        if lock and not rifts:
            past.append(lock._replace(ended_ms=at, how=_how(bool(pairs))))
            lock = None
        elif lock and settled and settled.at_ms == at:
            past.append(lock._replace(ended_ms=at, how=UnlockedBy.DECISION))
            lock = None
        if rifts and lock is None:
            first = min(rifts, key=lambda rift: (rift.lock_ms, rift))
            if end > first.lock_ms:
                lock = Lock(first, max(first.lock_ms, settled.at_ms if settled else first.lock_ms))
    voices = tuple(runs[-1] for runs in told)
    overruled = tuple(_losers(told, decision, policy)) if decision else ()
    return Reading(
        voices=voices,
        rifts=tuple(rifts),
        lock=lock,
        past=tuple(past),
        decided=decision.right if decision else None,
        overruled=overruled,
        is_decided=bool(
            decision and not rifts and any(_differ(a, b, policy) for a, b in combinations(voices, 2))
        ),
    )


def _since_agreement(told: list[list[Run]], instants: list[int], policy: ConflictPolicy) -> list[int]:
    """The instants since which two differ without a break: what was before them locks nothing now."""
    first = len(instants)
    while first and any(_differing(told, instants[first - 1], policy)):
        first -= 1
    return instants[first:]


def _how(still_differ: bool) -> UnlockedBy:
    return UnlockedBy.DECISION if still_differ else UnlockedBy.AGREEMENT


def _decision(state: ConflictState, told: list[list[Run]]) -> _Decision | None:
    """The decision and the phase it called right: what that reporter was known to say when it was made."""
    if state.decision is None:
        return None
    at, right = state.decision[AT], Reporter(state.decision[RIGHT])
    known = [run for runs in told for run in runs if run.reporter is right and run.known_ms <= at]
    return _Decision(at, known[-1]) if known and known[-1].phase is not None else None


def _differing(told: list[list[Run]], at: int, policy: ConflictPolicy) -> Iterator[tuple[_Said, _Said]]:
    spoken = [_Said(said) for runs in told if (said := _until(at, runs))]
    if len({said.now.phase for said in spoken}) == 1:
        return
    for a, b in combinations(spoken, 2):
        if _differ(a.now, b.now, policy):
            yield a, b


def _until(at_ms: int, runs: list[Run]) -> list[Run]:
    return runs if runs[-1].at_ms <= at_ms else [run for run in runs if run.at_ms <= at_ms]


def _differ(a: Run, b: Run, policy: ConflictPolicy) -> bool:
    """Two reporters are compared on what both can say; who says nothing differs from nobody."""
    if a.phase is None or b.phase is None or a.phase is b.phase:
        return False
    common = _range(a, policy) & _range(b, policy)
    return compared(a.phase, common) is not compared(b.phase, common)


def _range(run: Run, policy: ConflictPolicy) -> Range:
    return policy.range_of(run.reporter, run.word[MAPPING])


def _rift(a: _Said, b: _Said, policy: ConflictPolicy) -> Rift:
    """Measured from the newer of the two; said at once, the longer settle time holds."""
    newer, settle = max(_began(a, b.now, policy), _began(b, a.now, policy))
    return Rift(newer, settle)


def _began(said: _Said, other: Run, policy: ConflictPolicy) -> tuple[int, int]:
    run = _stretch(said, other, policy)[0]
    return run.at_ms, policy.settle_of(run.reporter, said.now.word[MAPPING])


def _stretch(said: _Said, other: Run, policy: ConflictPolicy) -> list[Run]:
    """The runs at the end in which, compared with the other, this reporter only repeated itself."""
    if len(said.runs) == 1:
        return said.runs
    now = said.now
    common = _range(now, policy) & _range(other, policy)
    assert now.phase is not None
    phase = compared(now.phase, common)
    first = len(said.runs) - 1
    while first and (before := said.runs[first - 1].phase) and compared(before, common) is phase:
        first -= 1
    return said.runs[first:]


def _settles(decision: _Decision, a: _Said, b: _Said, policy: ConflictPolicy) -> bool:
    """The old contradiction does not lock again: both words were known when it was decided, or one was, and
    was found wrong, and the other only repeats what was found right. Any other word counts anew."""
    old_a, old_b = (_was_known(x, y.now, decision.at_ms, policy) for x, y in ((a, b), (b, a)))
    if old_a and old_b:
        return True
    right = decision.right
    wrong_a, wrong_b = (_differ(said.now, right, policy) for said in (a, b))
    repeats_a, repeats_b = (_repeats(x.now, right, y.now, policy) for x, y in ((a, b), (b, a)))
    return (old_a and wrong_a and repeats_b) or (old_b and wrong_b and repeats_a)


def _repeats(run: Run, right: Run, wrong: Run, policy: ConflictPolicy) -> bool:
    """It contradicts the reporter that was found wrong by the very phase that was found right."""
    common = _range(run, policy) & _range(wrong, policy)
    assert run.phase is not None
    assert right.phase is not None
    return compared(run.phase, common) is compared(right.phase, common)


def _was_known(said: _Said, other: Run, at_ms: int, policy: ConflictPolicy) -> bool:
    return any(run.known_ms <= at_ms for run in _stretch(said, other, policy))


def _losers(told: list[list[Run]], decision: _Decision, policy: ConflictPolicy) -> Iterator[Run]:
    for runs in told:
        now = runs[-1]
        if _differ(now, decision.right, policy) and _was_known(
            _Said(runs), decision.right, decision.at_ms, policy
        ):
            yield now
