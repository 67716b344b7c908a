"""All judges of one order, in any story: what one decided binds the others, and a replay repeats it all."""

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from pipeline.domain.instants import to_ms
from pipeline.domain.milestones import RANK
from pipeline.domain.order_case import OrderCase
from pipeline.domain.order_case.deciding import OrderJudges
from schemas.anomaly_life import ConditionGone, ConditionSeen
from schemas.base import Event, derived_id
from schemas.care import CouponSent
from schemas.conflict import ConflictDecided, OrderLocked, OrderUnlocked, UnlockedBy
from schemas.desk import AskMayShip, ChangeAddress, CommandAnswered, Spot
from schemas.refund import RefundSent, RefundVerified
from schemas.vocabulary import AnomalyKind, Phase, RefundStandard, RefundVerdict, Reporter
from tests.builders import ORDER, START, after, order_fact, parcel_left, platform_says
from tests.caring import scanned, ticket
from tests.examples import tries
from tests.one_case import CASE_POLICIES, Case
from tests.refund_desk import answered, invoice, refund

MINUTES = st.integers(0, 60 * 24 * 4)
WEST_LAKE = Spot(province="浙江省", city="杭州市", district="西湖区")
MISMATCH = AnomalyKind.CREDIBILITY_MISMATCH
VOICES = (Reporter.ERP, Reporter.WMS, Reporter.CS)
PHASES = (Phase.TO_SHIP, Phase.SHIPPED, Phase.SIGNED)


def at(minutes: int) -> Any:
    return after(minutes / 60)


def word(reporter: Reporter, phase: Phase, minutes: int, delay: int) -> Event:
    said = at(minutes)
    seen = said + timedelta(minutes=delay)
    line = "SF1" if reporter is Reporter.WMS else ""
    return order_fact(reporter, said, phase=phase, raw_code=str(phase), observed_at=seen, line=line)


def decision(right: Reporter, minutes: int) -> Event:
    said = at(minutes)
    name = f"c-{right}-{minutes}"
    return ConflictDecided(
        event_id=derived_id(name, "decided"), cause_id=name, occurred_at=said, observed_at=said,
        order_id=ORDER, command_id=name, right=right, decided_by="li", why="asked",
    )  # fmt: skip


def press(kind: type[Any], minutes: int, key: str) -> Event:
    said = at(minutes)
    told = {"event_id": derived_id(key, "press"), "cause_id": key, "occurred_at": said, "observed_at": said}
    where = {"spot": WEST_LAKE} if kind is ChangeAddress else {}
    expires = said + timedelta(seconds=30)
    return kind(**told, **where, order_id=ORDER, command_key=key, expires_at=expires, pressed_by="a")


FACTS = st.one_of(
    st.builds(
        word, st.sampled_from((*VOICES, Reporter.APP)), st.sampled_from(PHASES), MINUTES,
        st.integers(0, 30),
    ),
    st.builds(
        lambda m, gift: platform_says(
            said=at(m), observed_at=at(m), paid_at=START, paid_fen=10_000, has_gift=gift,
            promised_ship_at=after(48),
        ),
        MINUTES, st.booleans(),
    ),
    st.builds(lambda m: parcel_left(at(m), observed_at=at(m)), MINUTES),
    st.builds(lambda m: scanned(at(m)), MINUTES),
    st.builds(
        lambda m, n, fen, std: refund(at(m), f"R{n}", amount_fen=fen, standard=std),
        MINUTES, st.integers(1, 2), st.integers(1, 11_000),
        st.sampled_from((RefundStandard.REFUNDABLE, RefundStandard.PENDING)),
    ),
    st.builds(lambda m, red: invoice(at(m), red=red), MINUTES, st.booleans()),
    st.builds(lambda m, told: ticket(at(m), complaint=told), MINUTES, st.booleans()),
    st.builds(lambda m, v, a: answered(a, at(v), at(m)), MINUTES, MINUTES, st.sampled_from(("yes", "no"))),
    st.builds(decision, st.sampled_from((Reporter.ERP, Reporter.WMS, Reporter.CS)), MINUTES),
    st.builds(lambda m, n: press(AskMayShip, m, f"ask-{n}"), MINUTES, st.integers(1, 3)),
    st.builds(lambda m, n: press(ChangeAddress, m, f"move-{n}"), MINUTES, st.integers(1, 3)),
)  # fmt: skip


class WholeOrder(RuleBasedStateMachine):
    """Facts in the order in which they come; after each the laws must hold."""

    def __init__(self) -> None:
        super().__init__()
        self.case = Case()
        self.seen = 0
        self.locked = False

    @rule(fact=FACTS)
    def a_fact_comes(self, fact: Any) -> None:
        self.case.hears(fact)

    @rule(minutes=st.integers(1, 600))
    def time_passes(self, minutes: int) -> None:
        self.case.waits_until(self.case.now + timedelta(minutes=minutes))

    @invariant()
    def what_was_decided_fits_together_and_is_what_stands(self) -> None:
        """Read in order: nothing leaves by itself between a lock and its end."""
        for event in self.case.events[self.seen :]:
            match event:
                case OrderLocked():
                    assert not self.locked, "locked twice"
                    self.locked = True
                case OrderUnlocked() if event.corrects is None:
                    assert self.locked
                    assert event.how in UnlockedBy
                    self.locked = False
                case RefundSent() | CouponSent():
                    assert not self.locked, f"{event.type} on a locked order"
                case RefundVerified() if event.verdict is RefundVerdict.FINANCE and self.locked:
                    # Told of a version that had gone before the lock, when its money came out.
                    raise AssertionError("a verdict for finance on a locked order")
                case CommandAnswered() if event.command == "desk.change_address":
                    assert not (self.locked and event.answer == "accepted"), "changed on a locked order"
        self.seen = len(self.case.events)
        state = self.case.state
        breaker = state.breaker if state else None
        assert self.locked == (breaker is not None and breaker.locked is not None)

    @invariant()
    def one_coupon_and_one_answer_a_press(self) -> None:
        assert len(self.case.all(CouponSent)) <= 1
        answers = [answer.command_key for answer in self.case.all(CommandAnswered)]
        assert len(answers) == len(set(answers))

    @invariant()
    def a_mismatch_with_the_app_is_open_exactly_while_the_two_differ_for_too_long(self) -> None:
        state, is_open = self.case.state, False
        for event in self.case.events:
            if isinstance(event, ConditionSeen | ConditionGone) and event.kind is MISMATCH:
                assert is_open != isinstance(event, ConditionSeen), "told once, ended once"
                is_open = isinstance(event, ConditionSeen)
        hub = state.hub if state else None
        shown = hub.words.get("app", {}).get("", {}).get("phase") if hub else None
        held = state.credibility if state else None
        spoke = bool(hub and shown and not hub.words.keys() <= {"app", "erp", "cs"})
        differs = spoke and RANK[shown[0][0]] != hub.phase
        assert (held is not None) == differs
        assert is_open == (held is not None and to_ms(self.case.now) > held.due_ms)
        assert held is None or bool(held.seen_id) == is_open

    @invariant()
    def nothing_is_overdue(self) -> None:
        state = self.case.state
        assert state is None or state.due_ms is None or state.due_ms >= to_ms(self.case.now)


TestWholeOrder = WholeOrder.TestCase
TestWholeOrder.settings = settings(max_examples=tries(60), stateful_step_count=25)


@settings(max_examples=tries(60))
@given(st.lists(FACTS, min_size=1, max_size=14))
def test_a_replay_says_the_same_and_a_restart_in_between_changes_nothing(facts: list[Any]) -> None:
    """In memory the hub's view is kept; from its bytes a state comes without it."""
    facts = sorted(facts, key=lambda fact: fact.observed_at)
    first, second = Case().hears(*facts, now=after(500)), Case().hears(*facts, now=after(500))
    assert first.events == second.events
    kept, events, now_ms = None, list[Event](), 0
    judges = OrderJudges(CASE_POLICIES)
    for fact in facts:
        now_ms = max(now_ms, to_ms(min(fact.occurred_at, fact.observed_at)))
        outcome = judges.decide(kept, fact, ORDER, now_ms)
        kept, events = outcome.state, [*events, *outcome.events]
        if kept is not None and kept.due_ms is not None and kept.due_ms < now_ms:
            outcome = judges.decide(kept, None, ORDER, now_ms)
            kept, events = outcome.state, [*events, *outcome.events]
    assert events == first.events[: len(events)]
    assert kept is None or OrderCase.from_bytes(kept.to_bytes()) == kept._replace(last=None)


@settings(max_examples=tries(60))
@given(st.data(), st.lists(FACTS, min_size=1, max_size=10))
def test_told_twice_and_in_another_order_the_verdicts_of_the_order_end_the_same(
    data: st.DataObject, facts: list[Any]
) -> None:
    """What was sent stays sent, and presses are answered as things stand: both depend on when."""
    reports = [fact for fact in facts if not isinstance(fact, AskMayShip | ChangeAddress | ConflictDecided)]
    reports = [fact for fact in reports if getattr(fact, "refund_id", None) is None]
    shuffled = data.draw(st.permutations([*reports, *reports]))
    far = after(24 * 8)
    plain, mixed = Case().hears(*reports, now=far), Case().hears(*shuffled, now=far)
    assert _end(plain) == _end(mixed)


def _end(case: Case) -> Any:
    if case.state is None or case.state.hub is None:
        return None
    breaker = case.state.breaker
    locked = breaker is not None and breaker.locked is not None
    account = case.account
    differs = case.state.credibility is not None
    return account.verdict, account.phase, account.outbound_at, account.settled_at, locked, differs
