"""Any story of an order's refunds: late, repeated and shuffled reports, locks, invoices, answers, time."""

from datetime import datetime, timedelta
from random import Random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from pipeline.domain.refunds import Fact
from pipeline.domain.refunds.state import Case
from schemas.promise import OrderAccount
from schemas.refund import ConfirmationAsked, RefundSent, RefundVerified
from schemas.vocabulary import Proof, RefundStandard, ShippingPhase, TrackFlag
from tests.examples import tries
from tests.refund_desk import (
    START,
    Desk,
    account,
    answered,
    counted,
    gift,
    invoice,
    parcel,
    refund,
    standing,
)

REFUNDS = st.sampled_from(["R1", "R2"])
VERSIONS = st.sampled_from([START, START + timedelta(hours=1), START + timedelta(hours=2)])
LATENESS = st.sampled_from([0, 0, 5, 700])
PROOFS = st.lists(st.sampled_from(Proof), max_size=2, unique=True).map(tuple)


class RefundStory(RuleBasedStateMachine):
    """One order told to one desk; at the end the same facts are told to another one, in another order."""

    @initialize(seed=st.integers(0, 2**32), known=st.booleans(), old=st.booleans())
    def opens(self, seed: int, known: bool, old: bool) -> None:
        """Half the stories begin with an order that is known, half of those with a gift signed long ago."""
        self.seed = seed
        self.desk = Desk()
        self.facts: list[Fact] = []
        self.seen = 0
        self.count = 0
        if known:
            signed = START - timedelta(days=8) if old else None
            self.hears(account(self.said(), signed_at=signed))
            self.hears(gift(old, self.said()))

    def said(self, late_minutes: int = 0) -> datetime:
        """An instant of its own, a millisecond after the last or long before."""
        self.count += 1
        return self.desk.now - timedelta(minutes=late_minutes) + timedelta(milliseconds=self.count)

    def hears(self, fact: Fact) -> None:
        self.facts.append(fact)
        self.desk.hears(fact)
        self.nothing_forbidden_was_said()

    @rule(
        refund_id=REFUNDS,
        version=VERSIONS,
        standard=st.sampled_from([*RefundStandard, RefundStandard.REFUNDABLE]),
        proofs=PROOFS,
        unknown=st.sampled_from([False, False, True]),
        amount=st.sampled_from([4_000, 6_000, 10_001]),
        late=LATENESS,
    )
    def refund_is_told(
        self,
        *,
        refund_id: str,
        version: datetime,
        standard: RefundStandard,
        proofs: tuple[Proof, ...],
        unknown: bool,
        amount: int,
        late: int,
    ) -> None:
        self.hears(
            refund(
                self.said(late),
                refund_id,
                version=round(version.timestamp() * 1000),
                standard=standard,
                proofs=proofs,
                unknown=unknown,
                done=standard is RefundStandard.NOT_REFUNDABLE and amount == 4_000,
                amount_fen=amount,
            )
        )

    @rule(
        paid=st.sampled_from([None, 10_000, 10_000, 20_000]),
        phase=st.sampled_from(ShippingPhase),
        signed_days=st.sampled_from([None, 1, 7, 8]),
    )
    def account_is_told(self, paid: int | None, phase: ShippingPhase, signed_days: int | None) -> None:
        signed = None if signed_days is None else START - timedelta(days=signed_days)
        self.hears(account(self.said(), paid_fen=paid, phase=phase, signed_at=signed))

    @rule(
        what=st.sampled_from(["locked", "differing"]),
        yes=st.sampled_from([True, False, False]),
        late=LATENESS,
    )
    def breaker_speaks(self, what: str, yes: bool, late: int) -> None:
        self.hears(standing(self.said(late), **{what: yes}))

    @rule(invoice_id=st.sampled_from(["I1", "I2"]), red=st.booleans(), late=LATENESS)
    def invoice_is_told(self, invoice_id: str, red: bool, late: int) -> None:
        self.hears(invoice(self.said(late), invoice_id, red=red))

    @rule(answer=st.sampled_from(["yes", "no"]), version=VERSIONS, refund_id=REFUNDS, late=LATENESS)
    def customer_service_answers(self, answer: str, version: datetime, refund_id: str, late: int) -> None:
        self.hears(answered(answer, version, self.said(late), refund_id))

    @rule(has_gift=st.booleans(), late=LATENESS)
    def gift_is_told(self, has_gift: bool, late: int) -> None:
        self.hears(gift(has_gift, self.said(late)))

    @rule(
        flags=st.lists(st.sampled_from([TrackFlag.RETURNING, TrackFlag.PROBLEM]), max_size=1), late=LATENESS
    )
    def parcel_is_told(self, flags: list[TrackFlag], late: int) -> None:
        self.hears(parcel(self.said(late), "SF1", *flags))

    @rule(refund_id=REFUNDS)
    def goods_are_counted(self, refund_id: str) -> None:
        self.hears(counted(self.said(), refund_id))

    @precondition(lambda self: self.desk.now < START + timedelta(days=30))  # nothing is forgotten yet
    @rule(how_long=st.sampled_from([timedelta(minutes=9), timedelta(minutes=11), timedelta(days=4)]))
    def time_passes(self, how_long: timedelta) -> None:
        self.desk.waits_until(self.desk.now + how_long)
        self.nothing_forbidden_was_said()

    @precondition(lambda self: self.facts)
    @rule(which=st.integers(0, 10**6))
    def something_is_told_again(self, which: int) -> None:
        fact = self.facts[which % len(self.facts)]
        if isinstance(fact, OrderAccount):  # the hub's accounts come in their order, or the last one again
            fact = next(one for one in reversed(self.facts) if isinstance(one, OrderAccount))
        before = len(self.desk.events)
        self.desk.hears(fact)
        assert len(self.desk.events) == before, "a redelivery says nothing"

    def nothing_forbidden_was_said(self) -> None:
        """What was just said, against what was known when it was said."""
        desk = self.desk
        if desk.state is None:
            return
        barred = desk.state.is_locked or desk.state.is_differing
        for event in desk.events[self.seen :]:
            if isinstance(event, RefundSent | ConfirmationAsked):
                facts = desk.facts(event.refund_id)
                assert not barred, "nothing leaves a locked order, nobody is asked about one"
                assert (facts["standard"], facts["unknown_code"], facts["order_known"]) == (
                    "refundable",
                    False,
                    True,
                )
                assert not facts["amount_exceeds_paid"]
                assert not facts["invoice_issued"]
            if isinstance(event, RefundVerified):
                facts = desk.facts(event.refund_id)
                if barred and facts["standard"] == "refundable":
                    assert event.verdict == "hold", "a case that could be paid waits, whatever else is known"
                if facts["unknown_code"]:
                    assert (event.verdict, event.rule) == ("manual", "unknown_code")
        self.seen = len(desk.events)
        for refund_id, case in desk.state.cases.items():
            assert not is_sent(case) or desk.verdict(refund_id) == ("finance", "finance"), "final"
        sent = [(event.refund_id, event.refund_version) for event in desk.sent]
        asked = [(event.refund_id, event.refund_version) for event in desk.asked]
        assert len(sent) == len(set(sent)), "finance is told once per version"
        assert len(asked) == len(set(asked)), "customer service is asked once per version"
        assert len({event.event_id for event in desk.events}) == len(desk.events)

    def teardown(self) -> None:
        if not getattr(self, "facts", None):
            return
        end = self.desk.now + timedelta(hours=1)
        first, second = self.desk.waits_until(end), self.told_otherwise().waits_until(end)
        assert first.state is not None
        assert second.state is not None
        for refund_id, case in first.state.cases.items():
            other = second.state.cases[refund_id]
            assert first.facts(refund_id) == second.facts(refund_id), (
                "the evidence never depends on the order"
            )
            if is_sent(case) or is_sent(other):
                told = first if is_sent(case) else second
                assert told.verdict(refund_id) == ("finance", "finance"), "final until a newer version"
            else:
                assert first.verdict(refund_id) == second.verdict(refund_id)
                assert case.mismatch[:1] == other.mismatch[:1]
                assert (case.version, case.words, case.first_ms) == (
                    other.version,
                    other.words,
                    other.first_ms,
                )

    def told_otherwise(self) -> Desk:
        """The same facts, shuffled, some of them twice; the accounts, of one writer, stay in their order."""
        random = Random(self.seed)
        mixed = [
            *self.facts,
            *(f for f in self.facts if not isinstance(f, OrderAccount) and random.random() < 0.3),
        ]
        random.shuffle(mixed)
        accounts = iter([fact for fact in self.facts if isinstance(fact, OrderAccount)])
        return Desk().hears(*(next(accounts) if isinstance(f, OrderAccount) else f for f in mixed))


def is_sent(case: Case) -> bool:
    """This version went to finance and its money is not out yet."""
    return case.is_final and not case.word.done


RefundStory.TestCase.settings = settings(max_examples=tries(300), stateful_step_count=25)
test_any_story = RefundStory.TestCase
