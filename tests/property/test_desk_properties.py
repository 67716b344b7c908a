"""Laws of the desk: one answer per press, no fen too many, and facts in any order give one view."""

from collections import Counter
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from pipeline.domain.desk import DeskEvent
from pipeline.domain.instants import to_ms
from schemas.order import Receiver
from schemas.vocabulary import AddressQuality, Phase, RefundStandard, ShippingPhase
from tests.builders import START, parcel_left
from tests.desk_builders import (
    MINUTE,
    PAID_FEN,
    WEST_LAKE,
    XUHUI,
    Desk,
    account,
    addresses,
    flagged,
    give_back,
    invoice,
    may_ship,
    move,
    parcel,
    placed,
    refund,
    track,
)
from tests.examples import tries

MOMENTS = [START + minutes * MINUTE for minutes in (0, 1, 2)]
ADDRESSES = [
    Receiver(quality=AddressQuality.MASKED, province="江苏省", city="南京市"),
    Receiver(quality=AddressQuality.BAD, province="浙江省", reasons=("no_city",)),
    Receiver(quality=AddressQuality.MASKED, province="浙江省", city="杭州市"),
]
FACTS: list[Any] = [
    *(
        placed(at, phase)
        for at, phase in zip(MOMENTS, (Phase.TO_SHIP, Phase.HOLD, Phase.TO_SHIP), strict=True)
    ),
    placed(MOMENTS[1], is_customised=True),
    *(placed(at, receiver=address) for at, address in zip(MOMENTS, ADDRESSES, strict=True)),
    addresses(home=WEST_LAKE),
    addresses(MOMENTS[1], home=XUHUI, work=XUHUI),
    *(
        flagged(flag, up, at)
        for flag in ("locked", "oversold")
        for up, at in zip((True, False), MOMENTS, strict=False)
    ),
    flagged("locked", False, MOMENTS[0]),
    *(flagged("oversold", up, MOMENTS[n], sku) for n, (up, sku) in enumerate([(True, "A"), (False, "B")])),
    flagged("oversold", True, MOMENTS[2], "B"),
    refund(RefundStandard.PENDING, 4000, MOMENTS[0]),
    refund(RefundStandard.NOT_REFUNDABLE, 4000, MOMENTS[1]),
    refund(RefundStandard.REFUNDABLE, 3000, MOMENTS[1], refund_id="R2", done=True),
    refund(RefundStandard.NOT_REFUNDABLE, 3000, MOMENTS[2], refund_id="R2", unknown=True),
    invoice(MOMENTS[0]),
    invoice(MOMENTS[1], red=True),
    parcel(scanned=None),
    parcel("SF2", None, MOMENTS[1]),
]
LEAVING: list[Any] = [parcel_left(START), parcel(at=MOMENTS[2]), account(ShippingPhase.SHIPPED, START)]
PRESSES: list[Any] = [
    *(give_back(f"{yuan}_yuan", 100 * yuan, f"d{yuan}{n}") for yuan in (5, 50) for n in range(3)),
    *(give_back("20_percent", PAID_FEN // 5, f"p{n}") for n in range(3)),
    give_back("7_yuan", 700, "never"),
    *(
        move(name, spot, f"c{n}")
        for n, (name, spot) in enumerate([("home", None), ("work", XUHUI), (None, WEST_LAKE)])
    ),
    *(may_ship(f"m{n}") for n in range(3)),
    *(track(f"t{n}") for n in range(2)),
]
KEYS = {press.command_key: press for press in PRESSES}


class AnyDesk(RuleBasedStateMachine):
    """Facts and presses in any order, late and repeated, with the clock running between them."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk()
        self.pressed: dict[str, int] = {}

    @rule(fact=st.sampled_from([*FACTS, *LEAVING, account(paid_at=START)]))
    def a_fact_comes(self, fact: DeskEvent) -> None:
        self.desk.hears(fact)

    @rule(press=st.sampled_from(PRESSES))
    def a_button_is_pressed(self, press: Any) -> None:
        before = len(self.desk.answers)
        gone = self.desk.state is not None and self.desk.view.parcel_gone
        self.desk.hears(press)
        self.pressed.setdefault(press.command_key, to_ms(self.desk.now))
        if len(self.desk.answers) > before and press.command_key.startswith("c") and gone:
            assert self.desk.answers[-1].answer in ("refused", "too_late")

    @rule(seconds=st.sampled_from([1, 60, 120]))
    def time_passes(self, seconds: int) -> None:
        self.desk.hears(None, now=self.desk.now + timedelta(seconds=seconds))

    @invariant()
    def every_press_has_exactly_one_answer(self) -> None:
        said = Counter(answer.command_key for answer in self.desk.answers)
        assert said == Counter(dict.fromkeys(self.pressed, 1))

    @invariant()
    def a_press_that_expired_before_it_was_carried_out_is_too_late_and_no_other(self) -> None:
        for answer in self.desk.answers:
            late = self.pressed[answer.command_key] > to_ms(KEYS[answer.command_key].expires_at)
            assert (answer.answer == "too_late") == late

    @invariant()
    def differences_never_exceed_what_was_paid(self) -> None:
        granted = [answer.amount_fen or 0 for answer in self.desk.answers if answer.answer == "accepted"]
        assert sum(granted) <= PAID_FEN

    @invariant()
    def a_refusal_has_a_reason_and_an_acceptance_none(self) -> None:
        for answer in self.desk.answers:
            if answer.answer != "told":
                assert bool(answer.reasons) == (answer.answer != "accepted")
            if answer.may_ship is not None:
                assert answer.may_ship == (not answer.reasons)


AnyDesk.TestCase.settings = settings(max_examples=tries(150), stateful_step_count=30)
test_any_history_keeps_the_laws = AnyDesk.TestCase


@settings(max_examples=tries(150))
@given(st.permutations([*FACTS, *FACTS[:5]]), st.lists(st.sampled_from(LEAVING[:2])))
def test_shuffled_and_repeated_facts_give_one_view(facts: list[DeskEvent], leaving: list[DeskEvent]) -> None:
    told_once = [fact for fact in LEAVING if fact in leaving]
    assert Desk().hears(*facts, *leaving).view == Desk().hears(*told_once, *FACTS).view


@given(st.permutations([*PRESSES, *PRESSES[:6]]))
def test_presses_in_any_order_are_each_answered_once_and_spend_no_fen_too_many(presses: list[Any]) -> None:
    desk = Desk().hears(placed(), addresses(home=WEST_LAKE, work=XUHUI), *presses)
    assert sorted(answer.command_key for answer in desk.answers) == sorted(KEYS)
    assert desk.view.refunded_fen <= PAID_FEN
