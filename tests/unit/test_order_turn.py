"""What one fact brings about in one turn reaches each judge in the order in which it may act on it."""

from datetime import timedelta

import pytest

from schemas.care import CouponSent
from schemas.desk import CommandAnswered
from schemas.refund import RefundSent, RefundVerified
from schemas.vocabulary import Phase, Proof, RefundStandard, Reporter, Verdict
from tests.breaking import at, cs, erp
from tests.builders import START, after, order_fact, parcel_left, platform_says
from tests.desk_builders import WEST_LAKE, addresses, give_back, may_ship, move, placed
from tests.one_case import Case
from tests.refund_desk import invoice, parcel, refund

MINUTE = timedelta(minutes=1)
DUE = after(10)
LONG_AFTER = START + timedelta(days=46)
"""Later than anything is remembered of an order of which nobody speaks."""


def told_late(differ_from_h: float) -> Case:
    """WMS and ERP differ until the warehouse tells, two minutes late, that the parcel left in time."""
    return Case().hears(
        platform_says(promised_ship_at=DUE, paid_at=START),
        order_fact(Reporter.WMS, after(1), phase=Phase.TO_SHIP, line="SF1"),
        order_fact(Reporter.ERP, after(differ_from_h), phase=Phase.SHIPPED),
        now=DUE + 2 * MINUTE,
    )


@pytest.mark.parametrize("differ_from_h", [9.95, 9.5], ids=["while it settles", "locked"])
def test_the_report_that_ends_a_difference_and_proves_the_promise_kept_sends_no_coupon(
    differ_from_h: float,
) -> None:
    case = told_late(differ_from_h)
    assert case.account.verdict is Verdict.BROKEN
    case.hears(parcel_left(DUE - 5 * MINUTE, observed_at=DUE + 2 * MINUTE))
    assert case.account.verdict is Verdict.KEPT
    assert not case.all(CouponSent)


def test_an_agreement_that_leaves_the_promise_broken_sends_the_coupon_that_was_held_back() -> None:
    case = told_late(9.95)
    case.hears(parcel_left(DUE + MINUTE, observed_at=DUE + 2 * MINUTE))
    assert len(case.all(CouponSent)) == 1


def test_a_lock_that_begins_as_another_ends_holds_at_the_desk() -> None:
    case = Case().hears(placed(), addresses(home=WEST_LAKE), erp(Phase.SHIPPED, 0), cs(Phase.TO_SHIP, 1))
    case.at(at(400)).hears(cs(Phase.TO_SHIP, 1000), now=at(2000))
    case.hears(cs(Phase.SHIPPED, 600, observed_at=at(2000)))  # told late: they agreed in between
    assert case.state is not None
    assert case.state.breaker is not None
    assert (case.state.breaker.locked is not None, case.state.breaker.locks) == (True, 2)
    case.hears(give_back(at=at(2010)), move(at=at(2011)), may_ship(at=at(2012)))
    said = [(told.answer, told.may_ship) for told in case.all(CommandAnswered)]
    assert said == [("refused", None), ("refused", None), ("told", False)]


def test_what_was_paid_is_judged_by_what_the_platform_says_last() -> None:
    case = Case().hears(
        platform_says(paid_at=START, paid_fen=10_000),
        refund(after(1), standard=RefundStandard.PENDING, amount_fen=10_000),
        platform_says(said=after(2), paid_at=START, paid_fen=6_000),
        refund(after(3), amount_fen=10_000),
    )
    assert case.all(RefundVerified)[-1].rule == "refund_mismatch"
    assert not case.all(RefundSent)


def test_what_was_paid_may_be_told_after_the_refund() -> None:
    case = Case().hears(platform_says(paid_at=START), refund(after(1), amount_fen=10_000))
    case.hears(platform_says(said=after(2), paid_at=START, paid_fen=10_000))
    assert [sent.amount_fen for sent in case.all(RefundSent)] == [10_000]


def test_a_lock_stands_before_the_account_that_would_let_money_go() -> None:
    case = Case().hears(
        platform_says(paid_at=START), erp(Phase.SHIPPED, 0), cs(Phase.TO_SHIP, 1), refund(at(2), amount_fen=1)
    )
    case.hears(platform_says(said=at(302), paid_at=START, paid_fen=1, observed_at=at(302)))
    assert "order.locked" in case.told
    assert not case.all(RefundSent)


@pytest.mark.parametrize(("choice", "fen", "goes"), [("50_yuan", 5_000, False), ("5_yuan", 500, True)])
def test_a_difference_that_the_desk_granted_is_money_too(choice: str, fen: int, goes: bool) -> None:
    case = Case().hears(
        platform_says(paid_at=START, paid_fen=10_000),
        give_back(choice, fen, at=after(1)),
        refund(after(2), amount_fen=9_500),
    )
    assert (case.all(RefundVerified)[-1].rule != "refund_mismatch") == goes
    assert bool(case.all(RefundSent)) == goes


def test_a_difference_granted_while_a_refund_runs_and_then_reported_counts_once() -> None:
    case = Case().hears(
        platform_says(paid_at=START, paid_fen=10_000),
        refund(after(1), amount_fen=5_000),
        give_back("50_yuan", 5_000, at=after(2), key="press-1"),
        refund(after(3), "press-1", amount_fen=5_000),
    )
    assert [sent.refund_id for sent in case.all(RefundSent)] == ["R1", "press-1"]


def not_shipped_refund(**platform: object) -> Case:
    said = platform_says(paid_at=START, paid_fen=10_000, **platform)
    told = {"standard": RefundStandard.PENDING, "proofs": (Proof.NOT_SHIPPED,), "amount_fen": 10_000}
    return Case().hears(said, refund(after(1), **told))


def test_goods_are_not_unshipped_once_their_platform_or_their_carrier_says_otherwise() -> None:
    assert not_shipped_refund(phase=Phase.TO_SHIP).all(RefundSent)
    assert not not_shipped_refund(phase=Phase.SHIPPED).all(RefundSent)
    case = Case().hears(platform_says(phase=Phase.TO_SHIP, paid_at=START, paid_fen=10_000))
    case.hears(parcel(after(0.5), phase=Phase.SHIPPED, first_scan_at=after(0.5)))
    case.hears(refund(after(1), standard=RefundStandard.PENDING, proofs=(Proof.NOT_SHIPPED,), amount_fen=1))
    assert not case.all(RefundSent)


def test_no_judge_forgets_an_order_that_the_breaker_has_locked() -> None:
    case = Case().hears(placed(), erp(Phase.SHIPPED, 0), cs(Phase.TO_SHIP, 1), now=at(400)).at(LONG_AFTER)
    case.hears(placed(LONG_AFTER), give_back(at=LONG_AFTER))
    assert case.all(CommandAnswered)[-1].answer == "refused"


def test_no_judge_forgets_an_order_that_is_still_owed() -> None:
    told = platform_says(paid_at=START, paid_fen=10_000, promised_sign_at=after(100))
    case = Case().hears(told, parcel_left(after(5)), invoice(after(6)), now=LONG_AFTER)
    case.hears(refund(LONG_AFTER, amount_fen=10_000))
    assert case.all(RefundVerified)[-1].rule == "invoice_issued"
    assert not case.all(RefundSent)
