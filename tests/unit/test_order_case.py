"""All judges of one order in one decision: who hears whom, in which order, and what leaves the case."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pipeline.cli.policies import RulesUnusable, case_policies
from pipeline.domain.instants import to_ms
from pipeline.domain.order_case import OrderCase, OrderJudges
from pipeline.domain.outcome import Undecidable
from pipeline.settings import Settings
from schemas.anomaly_life import ConditionGone, ConditionSeen, HealAttempted
from schemas.base import derived_id
from schemas.care import CouponSent, LateFirstScan, PromiseBroken
from schemas.conflict import ConflictDecided, CorrectionRequested, OrderLocked, OrderUnlocked
from schemas.desk import AskMayShip, CommandAnswered, DeskReason, TrackOrder
from schemas.order import OrderReported, Receiver, RefundReported
from schemas.promise import PromiseJudged
from schemas.refund import RefundSent, RefundVerified
from schemas.vocabulary import AddressQuality, AnomalyEnd, AnomalyKind, Phase, RefundStandard, Reporter
from tests.builders import ORDER, START, after, order_fact, parcel_left, platform_says
from tests.caring import scanned, ticket
from tests.one_case import CASE_POLICIES, JUDGES, Case
from tests.one_order import ticked
from tests.refund_desk import invoice, refund

SETTLED = timedelta(seconds=301)
MS = timedelta(milliseconds=1)


def says(reporter: Reporter, phase: Phase, hours: float, **told: Any) -> OrderReported:
    """A word that is received as soon as it is said."""
    said = after(hours)
    return order_fact(reporter, said, phase=phase, raw_code=str(phase), observed_at=said, **told)


def paid(**told: Any) -> OrderReported:
    what = {"observed_at": START, "paid_at": START, "paid_fen": 10_000, **told}
    return platform_says(said=what.pop("said", START), **what)


def differing(hours: float = 1) -> tuple[OrderReported, OrderReported]:
    """ERP and customer service contradict each other from then on."""
    return says(Reporter.ERP, Phase.TO_SHIP, hours), says(Reporter.CS, Phase.SHIPPED, hours)


def decided(hours: float, right: Reporter = Reporter.CS) -> ConflictDecided:
    said = after(hours)
    told = {
        "event_id": derived_id(f"c|{hours}", "x"),
        "cause_id": "c",
        "occurred_at": said,
        "observed_at": said,
    }
    return ConflictDecided(
        **told, order_id=ORDER, command_id="c-1", right=right, decided_by="li", why="asked the warehouse"
    )


def asked(hours: float, key: str = "press-1") -> AskMayShip:
    said = after(hours)
    told = {"event_id": derived_id(key, "x"), "cause_id": key, "occurred_at": said, "observed_at": said}
    expires = said + timedelta(seconds=30)
    return AskMayShip(**told, order_id=ORDER, command_key=key, expires_at=expires, pressed_by="agent-7")


def test_a_lock_whose_time_has_come_stands_before_the_refund_that_comes_with_it() -> None:
    case = Case().hears(paid(), *differing())
    case.hears(refund(after(1) + SETTLED))
    assert case.told.index("order.locked") < case.told.index("refund.verified")
    (verdict,) = case.all(RefundVerified)
    assert (verdict.verdict, verdict.rule, verdict.facts["locked"]) == ("hold", "order_locked", "true")
    assert case.all(RefundSent) == []


def test_a_refund_that_waited_for_a_lock_is_judged_the_moment_the_reporters_agree() -> None:
    case = Case().hears(paid(), *differing(), refund(after(2)), says(Reporter.ERP, Phase.SHIPPED, 3))
    assert [verdict.rule for verdict in case.all(RefundVerified)] == ["order_locked", "finance"]
    assert case.told.index("order.unlocked") < case.told.index("refund.sent")


def test_the_first_refund_is_told_how_the_order_stands() -> None:
    """Without a refund the centre need not know of locks and accounts; with the first one it is told."""
    case = Case().hears(paid(), *differing(), now=after(2))
    assert case.state is not None
    assert case.state.refunds is None
    case.hears(refund(after(3)))
    assert [verdict.rule for verdict in case.all(RefundVerified)] == ["order_locked"]
    calm = Case().hears(paid(), refund(after(3), amount_fen=10_001))
    assert [verdict.rule for verdict in calm.all(RefundVerified)] == ["refund_mismatch"]


def test_a_refund_that_comes_before_its_order_waits_and_is_judged_when_the_order_comes() -> None:
    case = Case().hears(refund(after(1)))
    assert case.all(RefundVerified) == []
    case.hears(paid(said=after(1), observed_at=after(1.1)))
    assert [verdict.rule for verdict in case.all(RefundVerified)] == ["finance"]


def test_no_coupon_goes_while_the_reporters_differ_and_one_goes_when_they_agree() -> None:
    case = Case().hears(paid(promised_ship_at=after(48)), *differing(47.95), now=after(48) + MS)
    assert case.all(PromiseBroken)
    assert case.all(CouponSent) == []
    case.hears(says(Reporter.ERP, Phase.SHIPPED, 50))
    assert len(case.all(CouponSent)) == 1
    case.hears(*differing(51), says(Reporter.ERP, Phase.SHIPPED, 52), now=after(60))
    assert len(case.all(CouponSent)) == 1, "one an order, ever"


def test_a_complaint_that_comes_after_the_deadline_is_no_complaint_before_it() -> None:
    """The clock passes the deadline before the fact that moves it is heard."""
    case = Case().hears(paid(promised_ship_at=after(48)), ticket(after(49)))
    assert len(case.all(CouponSent)) == 1


def test_what_a_supervisor_decides_opens_the_lock_and_asks_the_loser_to_correct_itself() -> None:
    case = Case().hears(paid(), *differing(), now=after(2))
    case.hears(decided(3))
    (unlocked,) = case.all(OrderUnlocked)
    assert (unlocked.how, unlocked.decided_by, unlocked.why) == ("decision", "li", "asked the warehouse")
    assert [request.reporter for request in case.all(CorrectionRequested)] == ["erp"]
    (gone,) = case.all(ConditionGone)
    assert (gone.how, gone.because) == (AnomalyEnd.RESOLVED, "li: asked the warehouse")


def test_a_lock_closes_the_desk_and_its_end_in_the_same_instant_opens_it_again() -> None:
    case = Case().hears(paid(), *differing(), asked(2, "before"))
    assert DeskReason.LOCKED in case.all(CommandAnswered)[-1].reasons
    # The lock is due one second before, and both are told in the instant of the agreement.
    other = Case().hears(paid(), *differing())
    other.hears(says(Reporter.ERP, Phase.SHIPPED, 2))
    assert [type(e) for e in other.events if isinstance(e, OrderLocked | OrderUnlocked)] == [
        OrderLocked,
        OrderUnlocked,
    ]
    other.hears(asked(2.1))
    assert DeskReason.LOCKED not in other.all(CommandAnswered)[-1].reasons


def test_a_command_is_answered_once_however_often_it_comes() -> None:
    case = Case().hears(paid(), asked(1), asked(1), asked(1))
    assert len(case.all(CommandAnswered)) == 1


def test_what_still_holds_of_another_parcel_is_not_gone() -> None:
    left = [parcel_left(after(1), name, observed_at=after(1)) for name in ("SF1", "SF2")]
    case = Case().hears(paid(), *left, now=after(26))
    assert len(case.all(LateFirstScan)) == 2
    late = [seen for seen in case.all(ConditionSeen) if seen.kind is AnomalyKind.LATE_FIRST_SCAN]
    assert {seen.subject for seen in late} == {f"order:{ORDER}"}
    case.hears(scanned(after(27), waybill="SF1"))
    assert _gone(case, AnomalyKind.LATE_FIRST_SCAN) == []
    case.hears(scanned(after(28), waybill="SF2"))
    assert _gone(case, AnomalyKind.LATE_FIRST_SCAN) == [AnomalyEnd.HEALED]


def _gone(case: Case, kind: AnomalyKind) -> list[AnomalyEnd]:
    return [gone.how for gone in case.all(ConditionGone) if gone.kind is kind]


GOOD = Receiver(province="浙江省", city="杭州市", district="西湖区", quality=AddressQuality.GOOD)
BAD = Receiver(province="浙江省", quality=AddressQuality.BAD, reasons=("no_city",))
BETTER = Receiver(province="浙江省", city="杭州市", district="西湖区", quality=AddressQuality.GOOD)
COMPLETABLE = Receiver(
    province="浙江省",
    city="杭州市",
    quality=AddressQuality.BAD,
    reasons=("no_district",),
    candidates=("浙江省|杭州市|西湖区",),
)


def test_a_bad_address_is_told_once_and_a_better_one_resolves_it() -> None:
    again = platform_says(said=after(1), observed_at=after(1), receiver=BAD, paid_at=START)
    case = Case().hears(paid(receiver=BAD), again)
    seen = [seen for seen in case.all(ConditionSeen) if seen.kind is AnomalyKind.AMBIGUOUS_ADDRESS]
    assert [one.evidence["reasons"] for one in seen] == ["no_city"]
    assert len(case.all(HealAttempted)) == 1
    case.hears(platform_says(said=after(2), observed_at=after(2), receiver=BETTER, paid_at=START))
    assert _gone(case, AnomalyKind.AMBIGUOUS_ADDRESS) == [AnomalyEnd.RESOLVED]
    case.hears(platform_says(said=after(1.5), observed_at=after(3), receiver=BAD, paid_at=START))
    assert len(case.all(HealAttempted)) == 1, "an older word changes nothing"


HIDDEN = Receiver(quality=AddressQuality.MASKED)
PLACE_HIDDEN = Receiver(province="浙江省", quality=AddressQuality.MASKED)
ELSEWHERE = Receiver(province="浙江省", city="杭州市", district="西湖区", quality=AddressQuality.MASKED)


@pytest.mark.parametrize("masked", [HIDDEN, PLACE_HIDDEN])
def test_a_masked_address_is_no_better_one(masked: Receiver) -> None:
    case = Case().hears(paid(receiver=BAD), platform_says(said=after(2), receiver=masked, paid_at=START))
    assert _gone(case, AnomalyKind.AMBIGUOUS_ADDRESS) == []
    case.hears(platform_says(said=after(3), receiver=BETTER, paid_at=START))
    assert _gone(case, AnomalyKind.AMBIGUOUS_ADDRESS) == [AnomalyEnd.RESOLVED]


def test_a_masked_address_of_another_place_is_a_better_one() -> None:
    """A platform that always hides the street tells a corrected address no other way."""
    case = Case().hears(paid(receiver=BAD), platform_says(said=after(2), receiver=ELSEWHERE, paid_at=START))
    assert _gone(case, AnomalyKind.AMBIGUOUS_ADDRESS) == [AnomalyEnd.RESOLVED]


def test_an_address_that_the_table_completes_heals_at_once() -> None:
    case = Case().hears(paid(receiver=COMPLETABLE))
    assert _gone(case, AnomalyKind.AMBIGUOUS_ADDRESS) == [AnomalyEnd.HEALED]


def test_an_invoice_that_comes_after_the_refund_was_sent_is_told_to_a_person_and_reverses_nothing() -> None:
    case = Case().hears(paid(), refund(after(1)), invoice(after(0.5)))
    assert [sent.amount_fen for sent in case.all(RefundSent)] == [5_000]
    assert "refund.doubted" in case.told


def test_a_fact_that_one_judge_cannot_hold_is_heard_by_none() -> None:
    case = Case().hears(paid())
    before = case.state
    old = asked(-1).model_copy(update={"expires_at": START - timedelta(days=1)})
    full = case.state
    assert full is not None
    assert full.desk is not None
    case.state = full._replace(desk=full.desk._replace(floor_ms=2**50))
    with pytest.raises(Undecidable):
        case.decide(old)
    assert before is not None
    assert case.state._replace(desk=before.desk) == before


def test_differences_that_settle_by_themselves_leave_no_event() -> None:
    """That two differ is for the judges alone: every parcel's first minutes would be told."""
    case = Case().hears(paid(), *differing(), says(Reporter.ERP, Phase.SHIPPED, 1.05))
    assert "status.differed" not in case.told
    assert case.all(OrderLocked) == []


@pytest.mark.parametrize("receiver", [None, GOOD], ids=["none", "a good one"])
def test_an_order_is_forgotten_once_every_judge_is_done_with_it(receiver: Receiver | None) -> None:
    told = paid(promised_ship_at=after(48), receiver=receiver)
    case = Case().hears(told, parcel_left(after(2)), scanned(after(3)))
    case.hears(platform_says(Phase.FINISHED, after(60), signed_at=after(50)))
    case.hears(scanned(after(3), after(50), signed_at=after(50), phase=Phase.SIGNED))
    days = CASE_POLICIES.order.retention_ms / 86_400_000
    case.waits_until(after(60) + timedelta(days=days - 1))
    assert case.state is not None
    for extra in range(1, 9):  # each judge forgets by itself
        case.waits_until(after(61) + timedelta(days=days + extra))
    assert case.state is None


def test_an_order_that_the_hub_has_forgotten_is_told_anew_to_those_that_forgot_it_too() -> None:
    """Only the refund is kept; the account that was told last is no longer known to anybody."""
    case = Case().hears(says(Reporter.ERP, Phase.TO_SHIP, 0), refund(standard=RefundStandard.PENDING))
    days = CASE_POLICIES.order.retention_ms / 86_400_000 + 2
    case.waits_until(after(24 * days))
    assert case.state is not None
    assert (case.state.hub, case.state.desk, case.last) == (None, None, None)
    assert case.state.refunds is not None


def test_a_tick_of_the_clock_is_of_no_order() -> None:
    assert Case().hears(ticked(after(1))).state is None


def test_the_bytes_of_a_case_hold_every_judge() -> None:
    shown = says(Reporter.APP, Phase.SIGNED, 3)
    case = Case().hears(paid(receiver=BAD, has_gift=True), *differing(), refund(after(2)), asked(3), shown)
    state = case.state
    assert state is not None
    assert all(held is not None for held in state.judges)
    assert OrderCase.from_bytes(state.to_bytes()) == state


def test_the_refund_of_a_pending_case_opens_a_return_where_goods_come_back() -> None:
    back: RefundReported = refund(after(1), standard=RefundStandard.PENDING, returns_goods=True)
    case = Case().hears(paid(receiver=BETTER), back)
    assert "return.begun" in case.told
    assert "return.freeze_commission" in case.told


def test_the_promise_is_judged_as_before() -> None:
    case = Case().hears(paid(promised_ship_at=after(48)), now=after(49))
    assert [judged.verdict for judged in case.all(PromiseJudged)] == ["open", "broken"]
    assert case.account.verdict == "broken"


def test_a_press_on_an_order_whose_parcel_no_carrier_has_seen_is_answered() -> None:
    linked = scanned(after(1)).model_copy(
        update={"phase": None, "first_scan_at": None, "last_scan_at": None, "version": None}
    )
    track = TrackOrder(**asked(2, "track").model_dump(exclude={"type"}))
    case = Case().hears(paid(), linked, track)
    (answer,) = case.all(CommandAnswered)
    assert [(parcel.waybill, parcel.phase) for parcel in answer.parcels] == [("SF1", None)]


def test_a_decision_delivered_again_with_a_later_time_asks_for_no_second_correction() -> None:
    case = Case().hears(paid(), *differing(), now=after(2))
    case.hears(decided(3), decided(4))
    assert len(case.all(CorrectionRequested)) == 1


def test_what_an_old_record_tells_is_kept_though_the_clock_is_beyond_every_retention() -> None:
    """As in a replay of last year: the clock has come to today by another order's record."""
    today = after(24 * 300)
    case = Case(now=today)
    for fact in (paid(promised_ship_at=after(48)), parcel_left(after(2)), scanned(after(3))):
        outcome = case.decide(fact)
        case.state = outcome.state
    assert case.account.first_scan_at == after(3)
    assert case.account.outbound_at == after(2)


def test_only_the_judges_that_are_named_are_asked_and_the_promise_always_is() -> None:
    facts = (paid(promised_ship_at=after(48), receiver=BAD), *differing(), refund(after(2)))
    case = Case(judges=OrderJudges(replace(CASE_POLICIES, judges=frozenset({"breaker"}))))
    case.hears(*facts).waits_until(after(50))
    assert case.state is not None
    held = [state is not None for state in case.state.judges]
    assert held == [True, True] + [False] * 7
    assert set(case.told) == {"promise.judged", "order.locked", "condition.seen"}


def test_a_judge_that_does_not_exist_is_refused_by_name() -> None:
    with pytest.raises(RulesUnusable, match="CERTAINTY_JUDGES names braker; there are breaker"):
        case_policies(Settings(judges="braker, care", _env_file=None))  # type: ignore[call-arg]


def test_a_case_at_rest_keeps_no_account_and_gives_the_same() -> None:
    busy = JUDGES.decide(None, paid(), ORDER, to_ms(START)).state
    assert busy is not None
    rested = busy.at_rest()
    assert busy.last is not None
    assert rested.last == busy.last._replace(account=None) != busy.last
    assert rested.to_bytes() == busy.to_bytes()
    now_ms = to_ms(after(1))
    assert JUDGES.describe(rested, ORDER, now_ms) == JUDGES.describe(busy, ORDER, now_ms)
    word = says(Reporter.ERP, Phase.TO_SHIP, 1)
    ends = [JUDGES.decide(case, word, ORDER, now_ms) for case in (busy, rested)]
    assert ends[0].events == ends[1].events
    assert [end.state and end.state.at_rest() for end in ends] == [ends[1].state] * 2
