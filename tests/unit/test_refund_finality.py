"""Straight to finance is final; what later makes it wrong is listed for a person and never reversed."""

from datetime import timedelta

import pytest

from pipeline.domain.instants import to_ms
from pipeline.domain.outcome import Outcome, Undecidable
from pipeline.domain.policy import DAY_MS
from pipeline.domain.refunds import Fact, RefundState, decide_refunds
from pipeline.domain.refunds.state import CASES_MOST
from schemas.base import Event
from schemas.vocabulary import Phase, Proof, RefundStandard, ShippingPhase
from tests.builders import platform_says
from tests.refund_desk import (
    ORDER,
    PAID_FEN,
    POLICY,
    RULES,
    START,
    Desk,
    account,
    after,
    answered,
    counted,
    gift,
    invoice,
    refund,
    standing,
)

FINANCE = ("finance", "finance")
PENDING, REFUSED = RefundStandard.PENDING, RefundStandard.NOT_REFUNDABLE
V1 = refund(after(1))


def sent() -> Desk:
    return Desk().hears(account(), V1)


@pytest.mark.parametrize(
    "fact",
    [standing(after(2), locked=True), standing(after(2), differing=True), invoice(after(2)), V1],
    ids=["locked", "differing", "invoice", "again"],
)
def test_nothing_but_a_newer_version_changes_what_went_to_finance(fact: Fact) -> None:
    desk = sent().hears(fact)
    assert desk.verdict() == FINANCE
    assert len(desk.verified) == len(desk.sent) == 1


@pytest.mark.parametrize(
    ("fact", "rule"),
    [
        (invoice(after(2)), "invoice_issued"),
        (account(after(2), paid_fen=1), "refund_mismatch"),
        (answered("no", after(1), after(2)), "not_refundable"),
        (refund(after(2), standard=REFUSED), "not_refundable"),
        (refund(after(2), standard=PENDING, unknown=True), "unknown_code"),
    ],
)
def test_a_sending_that_a_later_report_makes_wrong_is_listed_once(fact: Fact, rule: str) -> None:
    desk = sent().hears(fact, fact, V1)
    (doubt,) = desk.told("refund.doubted")
    assert (doubt.rule, doubt.refund_version) == (rule, to_ms(after(1)))  # type: ignore[attr-defined]
    assert len(desk.sent) == 1, "and nothing is reversed or sent again"


def test_a_conflict_that_comes_later_does_not_make_the_sending_wrong() -> None:
    assert not sent().hears(standing(after(2), locked=True, differing=True)).told("refund.doubted")


def test_more_requests_that_come_later_do_not_make_the_sending_wrong() -> None:
    desk = sent().hears(refund(after(2), "R2", amount_fen=PAID_FEN))
    assert desk.verdict("R2") == ("manual", "refund_mismatch")
    assert not desk.told("refund.doubted")


def test_two_sendings_that_together_exceed_a_corrected_payment_are_both_listed() -> None:
    desk = sent().hears(refund(after(2), "R2"), account(after(3), paid_fen=PAID_FEN - 1))
    assert [doubt.refund_id for doubt in desk.told("refund.doubted")] == ["R1", "R2"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "fact",
    [
        refund(after(2), standard=REFUSED),
        refund(after(2), standard=PENDING, amount_fen=1),
        answered("no", after(1), after(2)),
    ],
    ids=["refused", "less asked for", "customer service says no"],
)
def test_what_was_sent_takes_of_the_money_whatever_is_said_of_the_request_later(fact: Fact) -> None:
    rest = PAID_FEN - V1.amount_fen
    too_much, fits = (sent().hears(fact, refund(after(3), "R2", amount_fen=fen)) for fen in (rest + 1, rest))
    assert too_much.verdict("R2") == ("manual", "refund_mismatch")
    assert fits.verdict("R2") == FINANCE


def test_what_the_platform_paid_counts_and_not_what_finance_was_asked_for() -> None:
    paid = refund(after(2), standard=REFUSED, done=True, amount_fen=1)
    assert sent().hears(paid, refund(after(3), "R2", amount_fen=PAID_FEN - 1)).verdict("R2") == FINANCE


def test_days_that_pass_after_the_sending_do_not_make_it_wrong() -> None:
    desk = Desk().hears(account(signed_at=START), gift(), V1).waits(days=20)
    assert not desk.hears(invoice(desk.now, red=True)).told("refund.doubted")


def test_a_gift_that_is_told_too_late_makes_the_sending_doubtful() -> None:
    desk = Desk().hears(account(signed_at=START - timedelta(days=9)), V1, gift())
    (doubt,) = desk.told("refund.doubted")
    assert doubt.rule == "cs_confirm"  # type: ignore[attr-defined]


def test_goods_that_leave_after_their_money_was_sent_are_listed() -> None:
    unshipped = account(phase=ShippingPhase.NOT_SHIPPED, platform_phase=Phase.TO_SHIP)
    told = (unshipped, refund(standard=PENDING, proofs=(Proof.NOT_SHIPPED,)))
    assert len(Desk().hears(*told, account(after(1))).told("refund.doubted")) == 1
    closed = {"phase": ShippingPhase.CLOSED, "is_open": False}
    assert not Desk().hears(*told, account(after(1), **closed)).told("refund.doubted")
    left = account(after(1), **closed, first_scan_at=after(1))
    assert len(Desk().hears(*told, left).told("refund.doubted")) == 1


def test_a_doubt_is_withdrawn_by_a_report_and_cleared_when_the_money_is_out() -> None:
    for fact, end in (
        (invoice(after(3), red=True), "withdrawn"),
        (refund(after(3), standard=REFUSED, done=True), "cleared"),
    ):
        desk = sent().hears(invoice(after(2)), fact)
        (over,) = desk.told("refund.affirmed")
        assert over.end == end  # type: ignore[attr-defined]


def test_a_newer_version_is_judged_and_sent_anew_in_place_of_the_first() -> None:
    desk = sent().hears(refund(after(2), amount_fen=4_000))
    assert [(s.refund_version, s.replaces, s.amount_fen) for s in desk.sent] == [
        (to_ms(after(1)), None, PAID_FEN // 2),
        (to_ms(after(2)), to_ms(after(1)), 4_000),
    ]
    assert [v.previous for v in desk.verified] == [None, None], "the verdict is the same, of another version"


def test_an_older_version_that_comes_late_changes_nothing() -> None:
    desk = Desk().hears(account(), refund(after(2), standard=REFUSED), V1)
    assert desk.verdict() == ("not_refundable", "not_refundable")
    assert len(desk.verified) == 1


def test_money_that_is_out_is_not_refundable_and_says_so() -> None:
    desk = sent().hears(refund(after(2), standard=REFUSED, done=True))
    said = desk.verified[-1]
    assert (said.verdict, said.previous, said.done) == ("not_refundable", "finance", True)
    assert len(desk.sent) == 1


def test_of_one_version_the_word_received_last_holds_and_a_redelivery_does_not() -> None:
    first = refund(after(1), version=7, standard=PENDING)
    second = refund(after(2), version=7, standard=REFUSED)
    again = first.model_copy(update={"observed_at": after(3)})
    for told in ((first, second, again), (second, first), (again, first, second)):
        assert Desk().hears(*told).verdict()[0] == "not_refundable"


def test_money_that_is_out_stays_out_in_that_version() -> None:
    paid = refund(after(2), version=7, standard=REFUSED, done=True)
    again = refund(after(3), version=7, standard=PENDING)
    for told in ((refund(version=7), paid, again), (paid, again), (again, paid)):
        desk = Desk().hears(account(), *told)
        assert (desk.verdict()[0], desk.verified[-1].done) == ("not_refundable", True)
    assert desk.hears(refund(after(4), version=8)).verdict() == FINANCE


def test_a_report_without_a_version_counts_by_its_time() -> None:
    desk = Desk().hears(refund(after(2), version=None, standard=REFUSED), refund(after(1), version=None))
    assert desk.verdict()[0] == "not_refundable"


def decided(state: RefundState | None, fact: Fact | None, now_ms: int) -> Outcome[RefundState]:
    return decide_refunds(state, fact, ORDER, now_ms, POLICY, rules=RULES)


def test_words_that_no_refund_is_judged_by_make_no_state() -> None:
    assert decided(None, platform_says(), to_ms(START)).state is None
    assert decided(None, None, to_ms(START)).state is None


def test_an_order_without_open_refunds_is_forgotten_after_45_days_and_one_that_waits_is_not() -> None:
    start = to_ms(START)
    heard = decided(None, account(), start)
    assert heard.due_ms == start + 45 * DAY_MS
    assert decided(heard.state, None, start + 45 * DAY_MS).state is not None
    assert decided(heard.state, None, start + 45 * DAY_MS + 1).state is None
    held = Desk().hears(account(), standing(START, locked=True), V1).waits(days=400)
    assert held.verdict() == ("hold", "order_locked")


def test_one_refund_too_many_is_set_aside_with_a_reason() -> None:
    desk = Desk().hears(*(refund(START, f"R{n}", amount_fen=1) for n in range(CASES_MOST)))
    desk.hears(refund(after(1), "R5", amount_fen=2))
    with pytest.raises(Undecidable, match=f"more than {CASES_MOST} refunds"):
        desk.hears(refund(after(1), "R-more"))
    with pytest.raises(Undecidable, match="invoices"):
        Desk().hears(*(invoice(START, f"I{n}") for n in range(101)))
    with pytest.raises(Undecidable, match="goods"):
        Desk().hears(*(counted(START, f"R{n}") for n in range(101)))


def everything() -> list[Event]:
    desk = Desk().hears(refund(START, amount_fen=PAID_FEN + 1)).waits(hours=1)
    desk.hears(account(after(1)), refund(after(2)), invoice(after(3)), invoice(after(4), red=True))
    late = START + timedelta(days=9)
    return desk.hears(account(after(5), signed_at=after(5)), gift(), refund(late)).events


def test_every_event_survives_its_bytes_and_has_its_own_id() -> None:
    events = everything()
    kinds = {getattr(event, "type", "") for event in events}
    assert len(kinds) == 7, "all that the centre says"
    assert len({event.event_id for event in events}) == len(events)
    for event in events:
        assert type(event).model_validate_json(event.to_bytes()) == event
        assert event.KEY in type(event).model_fields


def test_the_same_facts_give_the_same_ids_once_more() -> None:
    assert everything() == everything()
