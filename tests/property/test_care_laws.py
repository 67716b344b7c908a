"""Laws of promise care behind a real hub and breaker: topics interleave, words are late and repeated."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from schemas.base import Event
from schemas.care import CouponSent, Noticed, PromiseAtRisk
from schemas.conflict import OrderLocked, OrderUnlocked, StatusDiffered
from schemas.order import OrderReported, ParcelReported, TicketReported
from schemas.promise import OrderAccount
from schemas.vocabulary import Phase, Reporter, TrackFlag
from tests.breaking import Breaker, decides
from tests.builders import Hub, after, order_fact, parcel_left, platform_says
from tests.caring import Care, scanned, ticket
from tests.examples import tries
from tests.one_order import ticked

HOURS = st.sampled_from([0, 1, 20, 22, 22.0001, 23, 24, 24.0001, 46, 46.0001, 48, 48.0001, 70, 96.0001])
"""Few and colliding, on both sides of 2 h, 24 h and 48 h; 22 h and 46 h are 2 h before a deadline."""
DELAYS = st.sampled_from([0, 0, 0.05, 3, 50])
DEADLINES = st.sampled_from([24, 48, 72])
PHASES = st.sampled_from([Phase.TO_SHIP, Phase.SHIPPED, Phase.SIGNED, Phase.CLOSED, Phase.UNKNOWN])
OFFICE_WORDS = st.sampled_from([Phase.TO_SHIP, Phase.SHIPPED, Phase.SIGNED])
WAYBILLS = st.sampled_from(["SF1", "SF2"])
TOPICS = ("facts", "accounts", "decisions")
FAR = after(300)


class Known:
    """What care was told so far, for the oracle: written down without the code under test."""

    def __init__(self) -> None:
        self.tickets: dict[str, TicketReported] = {}
        self.locks: set[str] = set()
        self.differing = False

    def hears(self, fact: Event) -> None:
        match fact:
            case TicketReported():
                held = self.tickets.get(fact.ticket_id)
                if held is None or (fact.version or 0) > (held.version or 0):
                    self.tickets[fact.ticket_id] = fact
            case OrderLocked():
                self.locks.add(fact.conflict_id)
            case OrderUnlocked():
                self.locks.discard(fact.conflict_id)
            case StatusDiffered():
                self.differing = fact.differing

    def forbids_a_coupon(self) -> bool:
        return bool(self.locks) or self.differing or any(t.complaint for t in self.tickets.values())


class CareMachine(RuleBasedStateMachine):
    """One order on three topics, each in its own order, read by care in any interleaving."""

    def __init__(self) -> None:
        super().__init__()
        self.hub, self.breaker, self.care = Hub(), Breaker(), Care()
        self.waiting: dict[str, list[Event]] = {topic: [] for topic in TOPICS}
        self.read: list[Event] = []
        self.facts: list[Event] = []
        self.known = Known()
        self.versions = 0
        self.is_behind = False
        self.order: list[str] = list(TOPICS)

    # What is said

    def _say(self, fact: Event) -> None:
        self.facts.append(fact)
        self.waiting["facts"].append(fact)
        told = len(self.breaker.events)
        if isinstance(fact, OrderReported):
            self.hub.hears(fact)
        if isinstance(fact, OrderReported | TicketReported):
            self.breaker.hears(fact)
        self._publish(told)

    def _publish(self, told: int) -> None:
        self.waiting["decisions"] += self.breaker.events[told:]
        if self.hub.state is not None and self.hub.state.words:
            account = self.hub.account
            accounts = [*(e for e in self.read if isinstance(e, OrderAccount)), *self.waiting["accounts"]]
            if not accounts or accounts[-1] != account:
                self.waiting["accounts"].append(account)
        if not self.is_behind:
            self._catch_up()

    @initialize(due=DEADLINES)
    def an_order_is_placed(self, due: int) -> None:
        self._say(platform_says(Phase.TO_SHIP, after(0), promised_ship_at=after(due)))

    @rule(said=HOURS, delay=DELAYS, due=DEADLINES, phase=PHASES)
    def the_platform_speaks(self, said: float, delay: float, due: int, phase: Phase) -> None:
        closed = after(said) if phase is Phase.CLOSED else None
        told: dict[str, Any] = {"promised_ship_at": after(due), "closed_at": closed}
        self._say(platform_says(phase, after(said), observed_at=after(said + delay), **told))

    @rule(left=HOURS, delay=DELAYS, waybill=WAYBILLS, phase=st.sampled_from([Phase.SHIPPED, Phase.CLOSED]))
    def the_warehouse_speaks(self, left: float, delay: float, waybill: str, phase: Phase) -> None:
        self._say(parcel_left(after(left), waybill, phase=phase, observed_at=after(left + delay)))

    @rule(who=st.sampled_from([Reporter.ERP, Reporter.CS]), said=HOURS, delay=DELAYS, phase=OFFICE_WORDS)
    def an_office_speaks(self, who: Reporter, said: float, delay: float, phase: Phase) -> None:
        self._say(order_fact(who, after(said), observed_at=after(said + delay), phase=phase))

    @rule(
        first=HOURS,
        more=HOURS,
        waybill=WAYBILLS,
        phase=PHASES,
        flags=st.sets(st.sampled_from(TrackFlag), max_size=2),
    )
    def the_carrier_speaks(
        self, first: float, more: float, waybill: str, phase: Phase, flags: set[TrackFlag]
    ) -> None:
        track = scanned(
            after(first), after(first + more), waybill=waybill, phase=phase, flags=tuple(sorted(flags))
        )
        self._say(track)

    @rule(
        said=HOURS,
        name=st.sampled_from(["T-1", "T-2"]),
        complaint=st.booleans(),
        is_open=st.booleans(),
        topic=st.sampled_from(["late", "not_received"]),
    )
    def a_customer_speaks(self, said: float, name: str, complaint: bool, is_open: bool, topic: str) -> None:
        self.versions += 1  # the system never gives two words of one ticket the same version
        at = after(said, ms=self.versions)
        self._say(ticket(at, name, complaint=complaint, open=is_open, topic=topic))

    @rule(right=st.sampled_from([Reporter.ERP, Reporter.WMS, Reporter.CS]), hours=HOURS)
    def a_supervisor_decides(self, right: Reporter, hours: float) -> None:
        told = len(self.breaker.events)
        self.versions += 1
        self.breaker.hears(decides(right, hours * 3600, f"c-{self.versions}"))
        self._publish(told)

    @rule(hours=HOURS)
    def time_passes(self, hours: float) -> None:
        told = len(self.breaker.events)
        self.hub.waits_until(after(hours))
        self.breaker.waits_until(after(hours))
        self.waiting["facts"].append(ticked(after(hours)))
        self._publish(told)

    # What care reads

    def _read(self, fact: Event) -> None:
        before = len(self.care.events)
        self.known.hears(fact)
        self.read.append(fact)
        self.care.hears(fact)  # type: ignore[arg-type]
        for event in self.care.events[before:]:
            if isinstance(event, CouponSent):
                assert not self.known.forbids_a_coupon(), "a coupon while locked, differing or complained"

    def _catch_up(self) -> None:
        for topic in self.order:
            for fact in self.waiting[topic]:
                self._read(fact)
            self.waiting[topic].clear()

    @rule(is_behind=st.booleans(), order=st.permutations(TOPICS))
    def care_falls_behind_or_catches_up(self, is_behind: bool, order: list[str]) -> None:
        self.is_behind, self.order = is_behind, order

    @precondition(lambda self: self.is_behind)
    @rule(topic=st.sampled_from(TOPICS), most=st.integers(1, 4))
    def care_reads(self, topic: str, most: int) -> None:
        for fact in self.waiting[topic][:most]:
            self._read(fact)
        del self.waiting[topic][:most]

    @precondition(lambda self: self.read)
    @rule(data=st.data())
    def a_word_is_delivered_again(self, data: st.DataObject) -> None:
        """Whatever a reporter said may come again at any time; of what agents say, only the last."""
        again = [fact for fact in self.facts if fact in self.read] + [self.read[-1]]
        fact = data.draw(st.sampled_from(again))
        if isinstance(fact, OrderReported | ParcelReported | TicketReported):
            fact = fact.model_copy(update={"observed_at": fact.observed_at + timedelta(hours=1)})
        before, due = len(self.care.events), self.care.due_ms
        clock = min(fact.occurred_at, fact.observed_at) > self.care.now
        self.care.hears(fact)  # type: ignore[arg-type]
        assert clock or (len(self.care.events) == before and (due is None or self.care.due_ms is not None))

    # Laws

    @invariant()
    def a_coupon_goes_at_most_once(self) -> None:
        assert len(self.care.coupons) <= 1

    @invariant()
    def an_event_is_told_once(self) -> None:
        ids = [event.event_id for event in self.care.events]
        assert len(ids) == len(set(ids))

    @invariant()
    def every_alarm_begins_ends_and_is_corrected_in_turn(self) -> None:
        last: dict[str, str | None] = {}
        for event in self.care.events:
            if not isinstance(event, Noticed):
                continue
            if event.end is None:
                assert event.alarm_id not in last, "opened twice"
            else:
                assert event.alarm_id in last, "ended before it began"
                assert event.corrects == last[event.alarm_id] != event.end
            last[event.alarm_id] = event.end

    @invariant()
    def a_promise_has_one_alarm(self) -> None:
        opened = [(e.promise, e.deadline_at) for e in self._at_risk() if e.end is None]
        assert len(opened) == len(set(opened))

    def _at_risk(self) -> list[PromiseAtRisk]:
        return [event for event in self.care.events if isinstance(event, PromiseAtRisk)]

    def teardown(self) -> None:
        told = len(self.breaker.events)
        self.hub.waits_until(FAR)
        self.breaker.waits_until(FAR)
        self._publish(told)
        self._catch_up()
        self.care.waits_until(FAR)
        self.a_coupon_goes_at_most_once()
        self.an_event_is_told_once()
        self.every_alarm_begins_ends_and_is_corrected_in_turn()
        self.a_promise_has_one_alarm()
        self._twice()
        self._in_another_interleaving()

    def _twice(self) -> None:
        again = Care()
        for fact in self.read:
            again.hears(fact, fact)  # type: ignore[arg-type]
        again.waits_until(FAR)
        assert [e.event_id for e in again.coupons] == [e.event_id for e in self.care.coupons]
        assert _stands(again) == _stands(self.care)

    def _in_another_interleaving(self) -> None:
        """Facts backwards, and of the hub only its last word, as a fast replay gives it."""
        accounts = [fact for fact in self.read if isinstance(fact, OrderAccount)]
        breaker = [f for f in self.read if isinstance(f, OrderLocked | OrderUnlocked | StatusDiffered)]
        again = Care().hears(*breaker, *self.facts[::-1], *accounts[-1:], now=FAR)  # type: ignore[arg-type]
        assert _stands(again) == _stands(self.care)
        if accounts:
            due = accounts[-1].promised_ship_at
            assert _ends(again, due) == _ends(self.care, due)


def _stands(care: Care) -> dict[str, Any]:
    """What is known and wrong in the end; not what depends on who came first, coupon or complaint."""
    if care.state is None:
        return {}
    state = care.state
    wrong = {
        name: entry[1]
        for name, entry in state.alarms.items()
        if entry[4] is None and not name.startswith(("act.", "promise.at_risk"))
    }
    return {
        "wrong": wrong,
        "account": state.account,
        "parcels": state.parcels,
        "tickets": {name: told[0] for name, told in state.tickets.items()},
        "held": (state.conflicts, state.differing),
    }


def _ends(care: Care, due: datetime | None) -> set[str]:
    """How the alarm of the last promise ended, where time told it."""
    told = [e.end for e in care.events if isinstance(e, PromiseAtRisk) and e.deadline_at == due]
    return {str(end) for end in told[-1:] if end in ("healed", "failed")}


CareMachine.TestCase.settings = settings(max_examples=tries(300), stateful_step_count=40)
TestPromiseCare = CareMachine.TestCase
