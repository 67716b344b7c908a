"""Laws of the circuit breaker, with words late, shuffled and repeated: what opens a lock, and one end."""

from datetime import datetime, timedelta
from itertools import combinations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from schemas.conflict import ConflictDecided, OrderLocked, OrderUnlocked, StatusDiffered
from schemas.order import OrderReported
from schemas.vocabulary import Phase, Reporter
from tests.breaking import Breaker, at, decides, says
from tests.examples import tries
from tests.one_order import ticked

SECONDS = st.sampled_from([0, 1, 100, 300, 300.001, 301, 400, 600, 601, 900, 901.002])
"""Few and colliding, on both sides of the settle time."""
DELAYS = st.sampled_from([0, 0, 0, 1, 299, 300, 301, 1000])
PHASES = st.sampled_from([Phase.TO_SHIP, Phase.SHIPPED, Phase.SIGNED, Phase.CLOSED, Phase.UNKNOWN])
VOICES = [Reporter.ERP, Reporter.WMS, Reporter.CS]
FAR = at(10_000)
REACH = {Phase.TO_SHIP: 0, Phase.SHIPPED: 1, Phase.SIGNED: 2}
"""How far along, for the oracle: written down without the code under test."""


class Oracle:
    """Who contradicts whom by the last words alone, worked out the slow and plain way."""

    def __init__(self) -> None:
        self.told: list[OrderReported] = []

    def phases(self, until: datetime = FAR) -> dict[Reporter, Phase]:
        last: dict[tuple[Reporter, str], OrderReported] = {}
        first_received: dict[tuple[object, ...], datetime] = {}
        for word in self.told:
            name = (word.reporter, word.line, word.version, word.phase)
            first_received[name] = min(first_received.get(name, word.observed_at), word.observed_at)
        for word in self.told:
            if word.phase is Phase.UNKNOWN or word.occurred_at > until:
                continue
            held = last.get((word.reporter, word.line))
            if held is None or self._rank(word, first_received) > self._rank(held, first_received):
                last[word.reporter, word.line] = word
        phases = {r: w.phase for (r, _), w in last.items() if r is not Reporter.WMS and w.phase}
        parcels = [w.phase for (r, _), w in last.items() if r is Reporter.WMS and w.phase is not Phase.CLOSED]
        if parcels:
            phases[Reporter.WMS] = Phase.TO_SHIP if set(parcels) == {Phase.TO_SHIP} else Phase.SHIPPED
        return phases

    def _rank(self, word: OrderReported, first: dict[tuple[object, ...], datetime]) -> tuple[object, ...]:
        received = first[word.reporter, word.line, word.version, word.phase]
        names = {Phase.TO_SHIP: "not_shipped"}
        assert word.phase is not None
        return word.version, received, names.get(word.phase, str(word.phase))

    def agreed_since(self, locked_at: datetime) -> bool:
        """Whether there was an instant after `locked_at` at which nobody contradicted anybody."""
        return any(not self.differ(w.occurred_at) for w in self.told if w.occurred_at > locked_at)

    def differ(self, until: datetime = FAR) -> bool:
        phases = self.phases(until)
        return any(self._contradict(a, b, phases) for a, b in combinations(phases, 2))

    @staticmethod
    def _contradict(a: Reporter, b: Reporter, phases: dict[Reporter, Phase]) -> bool:
        if Reporter.WMS in (a, b):  # it says shipped at most
            return min(REACH.get(phases[a], 1), 1) != min(REACH.get(phases[b], 1), 1)
        return phases[a] is not phases[b]


class BreakerMachine(RuleBasedStateMachine):
    """One order under words that come late, shuffled and repeated, ticks and a supervisor's decisions."""

    def __init__(self) -> None:
        super().__init__()
        self.breaker = Breaker()
        self.facts: list[OrderReported | ConflictDecided] = []
        self.oracle = Oracle()
        self.commands = 0

    def _hear(self, fact: OrderReported | ConflictDecided) -> None:
        before = len(self.breaker.events)
        self.facts.append(fact)
        if isinstance(fact, OrderReported):
            self.oracle.told.append(fact)
        self.breaker.hears(fact)
        self._check(before)

    def _check(self, before: int) -> None:
        for event in self.breaker.events[before:]:
            if isinstance(event, OrderUnlocked) and event.how == "agreement":
                lock = next(lock for lock in self.breaker.locks if lock.conflict_id == event.conflict_id)
                assert self.oracle.agreed_since(lock.differs_since_at), "opened without agreement"
            if isinstance(event, OrderUnlocked) and event.how == "decision":
                assert self.commands, "opened by a decision that nobody made"

    @rule(
        who=st.sampled_from(VOICES),
        phase=PHASES,
        said=SECONDS,
        delay=DELAYS,
        line=st.sampled_from(["A", "B"]),
    )
    def word(self, who: Reporter, phase: Phase, said: float, delay: float, line: str) -> None:
        parcel = {"line": line} if who is Reporter.WMS else {}
        self._hear(says(who, phase, said, observed_at=at(said + delay), **parcel))

    @precondition(lambda self: self.facts)
    @rule(data=st.data(), later=st.sampled_from([0, 5, 1000]))
    def redelivery(self, data: st.DataObject, later: int) -> None:
        fact = data.draw(st.sampled_from(self.facts))
        before = len(self.breaker.events)
        if later and isinstance(fact, OrderReported):
            fact = fact.model_copy(update={"observed_at": fact.observed_at + timedelta(seconds=later)})
        state = self.breaker.state
        self.breaker.hears(fact)
        assert state is None or self.breaker.state is None or self.breaker.state.words == state.words
        self._check(before)

    @rule(seconds=SECONDS)
    def tick(self, seconds: float) -> None:
        before = len(self.breaker.events)
        locked = self.breaker.is_locked
        self.breaker.hears(ticked(at(seconds)))
        assert not (locked and not self.breaker.is_locked), "time alone opens no lock"
        self._check(before)

    @rule(right=st.sampled_from(VOICES), seconds=SECONDS)
    def decision(self, right: Reporter, seconds: float) -> None:
        self.commands += 1
        self._hear(decides(right, seconds, f"c-{self.commands}"))

    @invariant()
    def differing_is_what_the_last_words_say(self) -> None:
        if self.commands:
            assert not self.breaker.is_differing or self.oracle.differ()
        else:
            assert self.breaker.is_differing == self.oracle.differ()

    @invariant()
    def a_lock_opens_before_the_next_closes(self) -> None:
        standing: str | None = None
        for event in self.breaker.events:
            if isinstance(event, OrderLocked):
                assert standing is None
                standing = event.conflict_id
            elif isinstance(event, OrderUnlocked) and event.corrects is None:
                assert standing == event.conflict_id
                standing = None
        assert (standing is not None) == self.breaker.is_locked

    @invariant()
    def differences_begin_and_end_in_turn(self) -> None:
        told = [event.differing for event in self.breaker.events if isinstance(event, StatusDiffered)]
        assert told == [place % 2 == 0 for place in range(len(told))]

    @invariant()
    def an_event_is_told_once(self) -> None:
        ids = [event.event_id for event in self.breaker.events]
        assert len(ids) == len(set(ids))

    def teardown(self) -> None:
        """However the same was told, it ends the same: here backwards, by half, and each thing twice."""
        facts = self.facts
        last = {(f.observed_at, f.occurred_at) for f in facts}
        assert all(moment <= FAR for pair in last for moment in pair)
        unlocked = len(self.breaker.unlocks)
        ended = self.breaker.waits_until(FAR)
        assert len(ended.unlocks) == unlocked, "time alone opens no lock"
        for told in (facts[::-1], [*facts[1::2], *facts[::2], *facts]):
            again = Breaker().hears(*told, now=FAR)
            if ended.state is None or again.state is None:
                assert not facts or (ended.state is None) == (again.state is None)
                continue
            assert again.state.words == ended.state.words
            assert again.state.decision == ended.state.decision
            assert (again.is_locked, again.is_differing) == (ended.is_locked, ended.is_differing)


BreakerMachine.TestCase.settings = settings(max_examples=tries(150), stateful_step_count=25)
TestConflictBreaker = BreakerMachine.TestCase
