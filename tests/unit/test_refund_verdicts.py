"""Every rule of a refund on both sides of its limit; the rules are those of domain.md sections 3 and 14."""

from datetime import datetime, timedelta

import pytest

from pipeline.domain.instants import to_ms
from schemas.order import OrderReported
from schemas.vocabulary import Phase, Proof, RefundStandard, Reporter, ShippingPhase, TrackFlag
from tests.builders import order_fact
from tests.refund_desk import (
    PAID_FEN,
    START,
    Desk,
    account,
    after,
    answered,
    counted,
    gift,
    invoice,
    parcel,
    refund,
    standing,
)

FINANCE = ("finance", "finance")
HELD = ("hold", "order_locked")
WEEK = timedelta(days=7)
SIGNED = account(phase=ShippingPhase.SIGNED, signed_at=START)
PENDING, REFUSED = RefundStandard.PENDING, RefundStandard.NOT_REFUNDABLE


def test_a_refund_that_agrees_with_its_order_goes_straight_to_finance() -> None:
    desk = Desk().hears(account(), refund(after(1)))
    assert desk.verdict() == FINANCE
    (said,), (sent,) = desk.verified, desk.sent
    assert (said.rules_version, said.previous, said.requested_at) == (desk.rules.version, None, after(1))
    assert said.facts["order_known"] == "true"
    assert said.facts["days_since_signed"] == "unknown"
    assert (sent.amount_fen, sent.refund_version, sent.replaces) == (PAID_FEN // 2, to_ms(after(1)), None)


@pytest.mark.parametrize("told", [{"locked": True}, {"differing": True}])
def test_a_locked_or_differing_order_holds_its_refund_until_all_agree(told: dict[str, bool]) -> None:
    desk = Desk().hears(account(), standing(START, **told), refund(after(1)))
    assert desk.verdict() == HELD
    assert not desk.sent
    desk.hears(standing(after(2), **dict.fromkeys(told, False)))
    assert desk.verdict() == FINANCE
    assert [(v.verdict, v.previous) for v in desk.verified] == [("hold", None), ("finance", "hold")]


def test_an_order_that_is_unlocked_but_still_differing_is_held() -> None:
    desk = Desk().hears(account(), standing(START, locked=True, differing=True), refund(after(1)))
    assert desk.hears(standing(after(2), locked=False)).verdict() == HELD
    assert desk.hears(standing(after(3), differing=False)).verdict() == FINANCE


def test_a_lock_that_is_told_late_does_not_undo_the_later_unlocking() -> None:
    desk = Desk().hears(account(), standing(after(2), locked=False), standing(after(1), locked=True))
    assert desk.hears(refund(after(3))).verdict() == FINANCE


@pytest.mark.parametrize(
    ("amount", "verdict"),
    [
        (PAID_FEN - 1, FINANCE),
        (PAID_FEN, FINANCE),
        (PAID_FEN + 1, ("manual", "refund_mismatch")),
    ],
)
def test_all_that_was_paid_may_be_refunded_and_a_fen_more_may_not(
    amount: int, verdict: tuple[str, str]
) -> None:
    desk = Desk().hears(account(), refund(after(1), amount_fen=amount))
    assert desk.verdict() == verdict
    assert len(desk.told("refund.mismatched")) == (verdict != FINANCE)


@pytest.mark.parametrize(
    ("first", "verdict"),
    [
        ({"standard": REFUSED, "done": True}, "manual"),
        ({"standard": PENDING}, "manual"),
        ({"standard": PENDING, "unknown": True}, "manual"),
        ({"standard": REFUSED}, "finance"),
        ({"standard": PENDING, "amount_fen": PAID_FEN // 2}, "finance"),
    ],
    ids=[
        "paid before",
        "running",
        "running, unknown code",
        "refused",
        "running, together just what was paid",
    ],
)
def test_refunds_that_run_or_were_paid_before_count_against_what_was_paid(
    first: dict[str, object], verdict: str
) -> None:
    other = refund(after(1), "R0", **{"amount_fen": PAID_FEN // 2 + 1, **first})
    desk = Desk().hears(account(), other, refund(after(2)))
    assert desk.verdict()[0] == verdict


def test_partial_refunds_go_to_finance_as_long_as_they_fit() -> None:
    desk = Desk().hears(account(), *(refund(after(n), f"R{n}", amount_fen=4_000) for n in (1, 2, 3)))
    assert [desk.verdict(f"R{n}")[0] for n in (1, 2, 3)] == ["finance", "finance", "manual"]
    assert [sent.refund_id for sent in desk.sent] == ["R1", "R2"]


def test_a_refund_that_was_refused_by_customer_service_counts_for_nobody() -> None:
    asked = refund(after(1), "R0", amount_fen=6_000)
    desk = Desk().hears(account(), standing(START, locked=True), asked, refund(after(2)))
    desk.hears(standing(after(3), locked=False))
    assert desk.verdict() == ("manual", "refund_mismatch")
    desk.hears(answered("no", after(1), after(4), "R0"))
    assert desk.verdict("R0") == ("not_refundable", "not_refundable")
    assert desk.verdict() == FINANCE


@pytest.mark.parametrize(("late_ms", "verdict"), [(0, ("", "")), (1, ("manual", "refund_mismatch"))])
def test_an_unknown_order_is_waited_for_ten_minutes_and_not_a_millisecond_more(
    late_ms: int, verdict: tuple[str, str]
) -> None:
    desk = Desk().hears(refund(START)).waits(seconds=600, milliseconds=late_ms)
    assert desk.verdict() == verdict
    assert len(desk.told("refund.mismatched")) == bool(late_ms)


@pytest.mark.parametrize(("late_ms", "verdict"), [(0, ""), (1, "manual")])
def test_whoever_asks_at_the_very_end_of_the_ten_minutes_finds_it_waiting(late_ms: int, verdict: str) -> None:
    at = START + timedelta(seconds=600, milliseconds=late_ms)
    assert (
        Desk().hears(refund(START), gift(at=at - timedelta(seconds=2)), invoice(at)).verdict()[0] == verdict
    )


def test_an_order_that_comes_in_time_is_judged_at_once() -> None:
    desk = Desk().hears(refund(START)).waits(seconds=599)
    assert desk.hears(account()).verdict() == FINANCE
    assert not desk.told("refund.mismatched", "refund.matched")


def test_an_order_that_comes_too_late_withdraws_the_mismatch_and_is_judged() -> None:
    desk = Desk().hears(refund(START)).waits(hours=2).hears(account())
    assert desk.verdict() == FINANCE
    opened, ended = desk.told("refund.mismatched", "refund.matched")
    assert (opened.reason, ended.end, ended.subject) == ("no_order", "withdrawn", opened.subject)  # type: ignore[attr-defined]


def test_an_order_that_comes_too_late_and_does_not_fit_is_another_mismatch() -> None:
    desk = Desk().hears(refund(START)).waits(hours=2).hears(account(paid_fen=1))
    assert desk.verdict() == ("manual", "refund_mismatch")
    told = desk.told("refund.mismatched", "refund.matched")
    assert [getattr(event, "reason", "") for event in told] == ["no_order", "", "exceeds_paid"]
    assert [verdict.facts["order_known"] for verdict in desk.verified] == ["false", "true"]


def test_an_order_of_which_nobody_says_what_was_paid_is_not_known() -> None:
    desk = Desk().hears(account(paid_fen=None), refund(after(1)))
    assert desk.verdict() == ("", "")
    assert desk.waits(seconds=601).verdict() == ("manual", "refund_mismatch")
    assert desk.hears(account(after(2))).verdict() == FINANCE


def test_a_correction_of_what_was_paid_withdraws_and_a_smaller_request_clears() -> None:
    for fact, end in (
        (account(after(2), paid_fen=PAID_FEN * 2), "withdrawn"),
        (refund(after(2)), "cleared"),
        (standing(after(2), locked=True), "cleared"),
    ):
        desk = Desk().hears(account(), refund(after(1), amount_fen=PAID_FEN + 1)).hears(fact)
        (ended,) = desk.told("refund.matched")
        assert ended.end == end  # type: ignore[attr-defined]


def test_an_invoice_must_be_red_lettered_first() -> None:
    desk = Desk().hears(account(), invoice(), invoice(START, "I2"), refund(after(1)))
    assert desk.verdict() == ("manual", "invoice_issued")
    assert desk.hears(invoice(after(2), red=True)).verdict() == ("manual", "invoice_issued")
    assert desk.hears(invoice(after(3), "I2", red=True)).verdict() == FINANCE


def test_an_old_invoice_that_comes_after_its_red_letter_changes_nothing() -> None:
    desk = Desk().hears(account(), invoice(after(2), red=True), invoice(after(1)), refund(after(3)))
    assert desk.verdict() == FINANCE


@pytest.mark.parametrize(
    ("since_ms", "verdict"), [(-1, FINANCE), (0, FINANCE), (1, ("cs_confirm", "cs_confirm"))]
)
def test_seven_days_after_signing_are_no_more_than_seven_days(
    since_ms: int, verdict: tuple[str, str]
) -> None:
    at = START + WEEK + timedelta(milliseconds=since_ms)
    desk = Desk().hears(SIGNED, gift(), refund(at))
    assert desk.verdict() == verdict
    assert len(desk.asked) == (verdict != FINANCE)


@pytest.mark.parametrize("told", [(), (gift(False),), (gift(), gift(False, after(1)))])
def test_without_a_gift_nobody_is_asked(told: tuple[OrderReported, ...]) -> None:
    assert Desk().hears(SIGNED, *told, refund(START + 2 * WEEK)).verdict() == FINANCE


def test_only_the_platform_knows_of_a_gift() -> None:
    said = order_fact(Reporter.ERP, START, has_gift=True)
    assert Desk().hears(SIGNED, said, refund(START + 2 * WEEK)).verdict() == FINANCE


def test_a_refund_that_waits_is_judged_by_the_days_of_its_judging() -> None:
    desk = Desk().hears(SIGNED, gift(), standing(START, locked=True), refund(START + WEEK))
    desk.waits(hours=1).hears(standing(desk.now, locked=False))
    assert desk.verdict() == ("cs_confirm", "cs_confirm")


def asked_at(at: datetime) -> Desk:
    return Desk().hears(SIGNED, gift(), refund(at))


LATE = START + 2 * WEEK


def test_customer_service_says_yes_and_finance_pays() -> None:
    desk = asked_at(LATE).hears(answered("yes", LATE, LATE + timedelta(hours=1)))
    assert desk.verdict() == FINANCE
    assert len(desk.asked) == len(desk.sent) == 1


def test_customer_service_says_no_and_nobody_pays() -> None:
    desk = asked_at(LATE).hears(answered("no", LATE, LATE + timedelta(hours=1)))
    assert desk.verdict() == ("not_refundable", "not_refundable")
    assert not desk.sent


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_an_answer_holds_for_the_version_it_was_given_to(answer: str) -> None:
    desk = asked_at(LATE).hears(answered(answer, LATE, LATE + timedelta(hours=1)))
    desk.hears(refund(LATE + timedelta(hours=2)))
    assert desk.verdict() == ("cs_confirm", "cs_confirm")
    assert len(desk.asked) == 2, "the new version is asked about anew"
    assert not desk.told("refund.doubted"), "what was sent was right when it was sent"


def test_an_answer_may_come_before_the_refund_it_is_about() -> None:
    desk = Desk().hears(SIGNED, gift(), answered("no", LATE, LATE), refund(LATE))
    assert desk.verdict() == ("not_refundable", "not_refundable")
    assert not desk.asked


def test_of_two_answers_the_later_holds_and_no_at_one_instant() -> None:
    hour = timedelta(hours=1)
    yes, no = answered("yes", LATE, LATE + hour), answered("no", LATE, LATE + hour)
    changed = answered("yes", LATE, LATE + 2 * hour)
    for told, verdict in (
        ((yes, no), "not_refundable"),
        ((no, yes), "not_refundable"),
        ((changed, no), "finance"),
    ):
        held = asked_at(LATE).hears(standing(LATE, locked=True), *told)
        assert held.hears(standing(LATE + 3 * hour, locked=False)).verdict()[0] == verdict


def test_customer_service_is_asked_once_however_often_the_order_locks() -> None:
    desk = asked_at(LATE)
    for hour in (1, 3, 5):
        desk.hears(standing(LATE + timedelta(hours=hour), locked=True))
        desk.hears(standing(LATE + timedelta(hours=hour + 1), locked=False))
    assert len(desk.asked) == 1
    assert len({event.event_id for event in desk.events}) == len(desk.events) == 8


@pytest.mark.parametrize(
    ("told", "verdict"),
    [
        ({"standard": PENDING}, ("pending", "pending")),
        ({"standard": REFUSED}, ("not_refundable", "not_refundable")),
        ({"standard": REFUSED, "done": True}, ("not_refundable", "not_refundable")),
        ({"done": True}, ("not_refundable", "not_refundable")),
        ({"standard": PENDING, "unknown": True}, ("manual", "unknown_code")),
    ],
)
def test_what_the_codes_decide_alone_needs_no_order_and_waits_for_no_lock(
    told: dict[str, object], verdict: tuple[str, str]
) -> None:
    desk = Desk().hears(standing(START, locked=True), refund(after(1), **told))
    assert desk.verdict() == verdict
    assert desk.verified[-1].done == bool(told.get("done"))


@pytest.mark.parametrize("proof", Proof)
def test_an_unknown_code_is_never_refundable_whatever_is_proven(proof: Proof) -> None:
    told = {"unknown": True, "proofs": (proof,)}
    for standard in (PENDING, RefundStandard.REFUNDABLE):
        desk = Desk().hears(
            account(phase=ShippingPhase.NOT_SHIPPED),
            refund(after(1), standard=standard, **told),
            counted(after(2)),
            parcel(after(2), "SF1", TrackFlag.RETURNING),
            answered("yes", after(1), after(3)),
        )
        assert desk.verdict() == ("manual", "unknown_code")
        assert not desk.sent


def waiting_for(*proofs: Proof) -> Desk:
    return Desk().hears(account(), refund(after(1), standard=PENDING, proofs=proofs))


def test_goods_that_were_not_shipped_make_a_pending_refund_refundable() -> None:
    assert waiting_for(Proof.NOT_SHIPPED).verdict() == ("pending", "pending")
    unshipped = account(phase=ShippingPhase.NOT_SHIPPED, platform_phase=Phase.TO_SHIP)
    desk = Desk().hears(unshipped)
    assert desk.hears(refund(after(1), standard=PENDING, proofs=(Proof.NOT_SHIPPED,))).verdict() == FINANCE
    desk = Desk().hears(unshipped, refund(standard=PENDING))
    assert desk.verdict() == ("pending", "pending"), "only where the codes wait for that proof"


def test_goods_that_were_counted_make_their_own_refund_refundable() -> None:
    desk = waiting_for(Proof.GOODS_COUNTED)
    assert desk.hears(counted(after(2), "R9")).verdict() == ("pending", "pending")
    assert desk.hears(counted(after(3))).verdict() == FINANCE


@pytest.mark.parametrize("flag", [TrackFlag.RETURNING, TrackFlag.REFUSED])
def test_a_parcel_that_comes_back_makes_a_pending_refund_refundable(flag: TrackFlag) -> None:
    desk = waiting_for(Proof.CARRIER_RETURNED, Proof.GOODS_COUNTED)
    assert desk.hears(parcel(after(2), "SF1", TrackFlag.PROBLEM)).verdict() == ("pending", "pending")
    assert desk.hears(parcel(after(3), "SF1", flag)).verdict() == FINANCE


@pytest.mark.parametrize("flags", [(), (TrackFlag.LOST,)], ids=["cancelled or revoked", "lost"])
def test_a_waybill_that_ends_brings_nothing_back(flags: tuple[TrackFlag, ...]) -> None:
    desk = waiting_for(Proof.CARRIER_RETURNED)
    assert desk.hears(parcel(after(2), "SF1", *flags, phase=Phase.CLOSED)).verdict() == ("pending", "pending")


def test_every_parcel_of_the_order_must_come_back() -> None:
    desk = waiting_for(Proof.CARRIER_RETURNED).hears(parcel(after(1), "SF2"))
    assert desk.hears(parcel(after(2), "SF1", TrackFlag.RETURNING)).verdict() == ("pending", "pending")
    assert desk.hears(parcel(after(3), "SF2", TrackFlag.RETURNING)).verdict() == FINANCE


def test_a_proven_refund_still_meets_the_rules() -> None:
    desk = waiting_for(Proof.GOODS_COUNTED).hears(invoice(), counted(after(2)))
    assert desk.verdict() == ("manual", "invoice_issued")


@pytest.mark.parametrize(
    ("told", "verdict"),
    [
        ((standing(after(2), locked=True), invoice(after(2)), gift()), "hold"),
        ((invoice(after(2)), gift()), "refund_mismatch"),
    ],
)
def test_the_first_rule_that_hits_decides(told: tuple[object, ...], verdict: str) -> None:
    desk = Desk().hears(account(signed_at=START - WEEK), *told, refund(after(3), amount_fen=PAID_FEN + 1))  # type: ignore[arg-type]
    assert verdict in desk.verdict()
