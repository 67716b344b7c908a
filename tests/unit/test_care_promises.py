"""Promises at risk and broken, the one coupon, and the acts that a later report makes wrong."""

from datetime import datetime, timedelta

import pytest

from schemas.care import ActToReview, PromiseAtRisk, PromiseBroken
from schemas.order import OrderReported
from schemas.vocabulary import Phase
from tests.builders import IMPORTED, START, after, file_row, parcel_left, parcel_signed, platform_says
from tests.caring import CARE_POLICY, Care, account, differed, lock, ticket, unlock
from tests.one_order import ticked

DUE = after(48)
PROMISED = platform_says(promised_ship_at=DUE)
MS = timedelta(milliseconds=1)


def promised(*more: OrderReported, now: datetime = START) -> Care:
    """The platform promised shipping within 48 hours."""
    return Care(now=now).hears(account(PROMISED, *more, now=now))


def broken(*more: OrderReported) -> Care:
    return promised().hears(ticked(DUE + MS), account(PROMISED, *more, now=DUE + MS))


# At risk


def test_a_promise_is_at_risk_when_less_than_two_hours_remain() -> None:
    care = promised().waits_until(after(46))
    assert care.told(PromiseAtRisk) == [], "exactly 2 h is not yet"
    care.waits_until(after(46, ms=1))
    assert care.told(PromiseAtRisk) == ["opened"]
    alarm = care.last(PromiseAtRisk)
    assert (alarm.promise, alarm.deadline_at, alarm.since_at, alarm.shop) == (
        "ship",
        DUE,
        after(46),
        "shop-a",
    )


@pytest.mark.parametrize("ms", [0, 1])
def test_an_order_first_heard_of_on_the_very_millisecond_is_judged_the_same(ms: int) -> None:
    assert promised(now=after(46, ms=ms)).told(PromiseAtRisk) == ["opened"] * ms


def test_there_is_one_alarm_a_promise() -> None:
    care = promised().waits_until(after(47))
    again = account(PROMISED, platform_says(Phase.TO_SHIP, after(1), paid_fen=5), now=after(47))
    assert care.hears(again, again, now=after(47.5)).told(PromiseAtRisk) == ["opened"]


@pytest.mark.parametrize(
    ("left", "end"),
    [(after(46, ms=1), "healed"), (DUE, "healed"), (DUE + MS, "failed"), (after(46), "withdrawn")],
)
def test_how_an_alarm_ends_is_told_by_when_the_goods_left(left: datetime, end: str) -> None:
    care = promised().waits_until(after(47))
    care.hears(account(PROMISED, parcel_left(left), now=after(49)))
    assert care.told(PromiseAtRisk) == ["opened", end]


def test_an_alarm_fails_when_the_promise_breaks() -> None:
    care = promised().waits_until(after(47)).hears(account(PROMISED, now=DUE))
    assert care.told(PromiseAtRisk) == ["opened"], "on the very instant it is open"
    care.hears(account(PROMISED, now=DUE + MS))
    assert care.told(PromiseAtRisk) == ["opened", "failed"]
    assert (care.last(PromiseAtRisk).occurred_at, care.told(PromiseBroken)) == (DUE, ["opened"])


def test_a_deadline_moved_in_time_clears_the_alarm_and_is_a_new_promise() -> None:
    care = promised().waits_until(after(47))
    moved = platform_says(said=after(47), promised_ship_at=after(60))
    care.hears(account(PROMISED, moved, now=after(47)))
    assert care.told(PromiseAtRisk) == ["opened", "cleared"]
    assert care.waits_until(after(58)).told(PromiseAtRisk) == ["opened", "cleared"]
    assert care.waits_until(after(58, ms=1)).told(PromiseAtRisk) == ["opened", "cleared", "opened"]


@pytest.mark.parametrize(("closed", "end"), [(after(47), "cleared"), (after(46), "withdrawn")])
def test_closing_clears_the_alarm_and_a_closing_before_the_window_withdraws_it(
    closed: datetime, end: str
) -> None:
    care = promised().waits_until(after(47.5))
    care.hears(account(PROMISED, platform_says(Phase.CLOSED, closed, closed_at=closed), now=after(47.5)))
    assert care.told(PromiseAtRisk) == ["opened", end]


def test_an_end_that_a_late_report_disproves_is_corrected() -> None:
    care = broken()
    care.hears(account(PROMISED, parcel_left(after(47)), now=after(50)))
    assert care.told(PromiseAtRisk) == ["opened", "failed", "healed"]
    assert care.last(PromiseAtRisk).corrects == "failed"


def test_delivery_promises_have_an_alarm_of_their_own() -> None:
    both = platform_says(promised_ship_at=DUE, promised_sign_at=after(96))
    left = parcel_left(after(10))
    care = Care().hears(account(both, left, now=after(10)), now=after(94))
    assert care.told(PromiseAtRisk) == []
    care.waits_until(after(94, ms=1))
    assert (care.told(PromiseAtRisk), care.last(PromiseAtRisk).promise) == (["opened"], "sign")
    care.hears(account(both, left, parcel_signed(after(95)), now=after(95)))
    assert care.told(PromiseAtRisk) == ["opened", "healed"]


@pytest.mark.parametrize(
    ("left", "told"),
    [(after(46), []), (after(47), ["opened", "healed"]), (after(50), ["opened", "failed"])],
)
def test_a_fast_replay_that_tells_only_the_end_raises_the_same_alarms(
    left: datetime, told: list[str]
) -> None:
    care = Care(now=after(60)).hears(account(PROMISED, parcel_left(left), now=after(60)))
    assert care.told(PromiseAtRisk) == told


def test_a_file_that_tells_of_the_past_raises_no_alarm_in_hindsight() -> None:
    row = file_row(phase=Phase.SHIPPED, promised_ship_at=DUE, outbound_at=after(47))
    assert Care(now=IMPORTED).hears(account(row, now=IMPORTED)).events == []


def test_lines_of_a_file_are_watched_by_the_deadline_that_comes_next() -> None:
    done = file_row(START, line="a", phase=Phase.SHIPPED, promised_ship_at=after(10), outbound_at=after(9))
    owed = file_row(START, line="b", phase=Phase.TO_SHIP, promised_ship_at=after(20))
    care = Care().hears(account(done, owed, now=START), now=after(18))
    assert care.told(PromiseAtRisk) == []
    assert care.waits_until(after(18, ms=1)).told(PromiseAtRisk) == ["opened"]
    shipped = file_row(
        after(19), line="b", phase=Phase.SHIPPED, promised_ship_at=after(20), outbound_at=after(19)
    )
    assert care.hears(account(done, owed, shipped, now=after(19))).told(PromiseAtRisk) == ["opened", "healed"]


# Broken, and the coupon


def test_a_broken_promise_is_told_and_one_coupon_goes() -> None:
    care = broken()
    assert care.told(PromiseBroken) == ["opened"]
    assert [(c.order_id, c.rule, c.deadline_at) for c in care.coupons] == [("260301-1", "ship_overdue", DUE)]
    care.hears(account(PROMISED, parcel_left(after(50)), now=after(50)))
    assert (care.told(PromiseBroken), len(care.coupons)) == (["opened"], 1)


def test_a_late_report_withdraws_the_breach_and_lists_the_coupon() -> None:
    care = broken().hears(account(PROMISED, parcel_left(DUE), now=after(50)))
    assert care.told(PromiseBroken) == ["opened", "withdrawn"]
    review = care.last(ActToReview)
    assert (review.act, review.why, review.act_id) == (
        "coupon",
        "promise_not_broken",
        care.coupons[0].coupon_id,
    )


def test_a_breach_that_comes_back_sends_no_second_coupon() -> None:
    care = broken().hears(account(PROMISED, parcel_left(DUE), now=after(50)))
    care.hears(account(PROMISED, parcel_left(DUE + MS), now=after(50)))
    assert care.told(PromiseBroken) == ["opened", "withdrawn", "opened"]
    assert (care.told(ActToReview), len(care.coupons)) == (["opened", "withdrawn"], 1)
    opened = [
        event.alarm_id for event in care.events if isinstance(event, PromiseBroken) and event.end is None
    ]
    assert len(set(opened)) == 2


@pytest.mark.parametrize("is_open", [True, False])
def test_a_complaint_stops_the_coupon_open_or_closed(is_open: bool) -> None:
    care = promised().hears(ticket(after(1), open=is_open), account(PROMISED, now=DUE + MS))
    assert (care.told(PromiseBroken), care.coupons) == (["opened"], [])


def test_a_question_does_not_stop_the_coupon() -> None:
    care = promised().hears(ticket(after(1), complaint=False), account(PROMISED, now=DUE + MS))
    assert len(care.coupons) == 1


def test_the_newest_word_on_a_ticket_tells_whether_it_is_a_complaint() -> None:
    words = [ticket(after(2), complaint=False), ticket(after(1), observed_at=after(3))]
    assert len(promised().hears(*words, account(PROMISED, now=DUE + MS)).coupons) == 1


@pytest.mark.parametrize(
    ("holds", "frees"),
    [
        ([differed(after(1))], [differed(after(50), differing=False)]),
        ([lock(after(1))], [unlock(after(50))]),
        ([differed(after(1)), lock(after(1))], [unlock(after(50)), differed(after(50), differing=False)]),
    ],
    ids=["differing", "locked", "both"],
)
def test_a_coupon_is_withheld_while_reporters_differ_and_goes_when_the_lock_opens(
    holds: list[object], frees: list[object]
) -> None:
    care = promised().hears(*holds, account(PROMISED, now=DUE + MS))  # type: ignore[arg-type]
    assert (care.told(PromiseBroken), care.coupons) == (["opened"], [])
    care.hears(*frees[:-1])  # type: ignore[arg-type]
    assert care.coupons == [], "not before the last of them is over"
    assert len(care.hears(frees[-1]).coupons) == 1  # type: ignore[arg-type]


def test_a_withheld_coupon_does_not_go_if_a_complaint_came_meanwhile() -> None:
    care = promised().hears(lock(after(1)), account(PROMISED, now=DUE + MS), ticket(after(49)))
    assert care.hears(unlock(after(50))).coupons == []


def test_the_end_of_an_earlier_conflict_does_not_open_a_later_lock() -> None:
    care = promised().hears(lock(after(1)), lock(after(2), "conflict-2"), account(PROMISED, now=DUE + MS))
    assert care.hears(unlock(after(50))).coupons == []
    assert len(care.hears(unlock(after(51), "conflict-2")).coupons) == 1


def test_a_complaint_that_is_told_late_does_not_call_the_coupon_back_but_lists_it() -> None:
    care = broken().hears(ticket(after(47), observed_at=after(50)))
    assert (len(care.coupons), care.last(ActToReview).why) == (1, "complained_before")


def test_a_complaint_after_the_coupon_makes_nothing_wrong() -> None:
    assert broken().hears(ticket(DUE + MS + MS)).told(ActToReview) == []


def test_an_import_as_of_an_instant_is_looked_at_and_sends_nothing() -> None:
    row = file_row(as_of=after(60), phase=Phase.TO_SHIP, promised_ship_at=DUE)
    care = Care(now=IMPORTED).hears(account(row, now=IMPORTED))
    assert (care.told(PromiseBroken), care.coupons) == (["opened"], [])


@pytest.mark.parametrize("phase", [Phase.TO_SHIP, None], ids=["with a status", "without"])
def test_a_file_that_tells_of_a_promise_broken_before_it_came_sends_no_coupon(phase: Phase | None) -> None:
    row = file_row(phase=phase, promised_ship_at=DUE)
    care = Care(now=IMPORTED).hears(account(row, now=IMPORTED), now=IMPORTED + timedelta(days=1))
    assert (care.told(PromiseBroken), care.coupons) == (["opened"], [])


@pytest.mark.parametrize(("came", "coupons"), [(DUE - MS, 1), (DUE, 0)])
def test_a_promise_that_breaks_after_its_file_came_sends_the_coupon(came: datetime, coupons: int) -> None:
    row = file_row(came, phase=Phase.TO_SHIP, promised_ship_at=DUE)
    care = Care(now=came).hears(account(row, now=came))
    assert care.coupons == []
    assert len(care.hears(account(row, now=DUE + MS), now=DUE + MS).coupons) == coupons


def test_a_promise_is_at_risk_as_of_the_instant_of_the_import() -> None:
    row = file_row(as_of=after(47), phase=Phase.TO_SHIP, promised_ship_at=DUE)
    care = Care(now=IMPORTED).hears(account(row, now=IMPORTED), now=IMPORTED + timedelta(days=9))
    assert care.told(PromiseAtRisk) == ["opened"]


# Forgetting


def test_a_settled_order_is_forgotten_after_the_retention_and_an_overdue_one_never() -> None:
    care = broken(parcel_left(DUE + MS))
    last = care.now + timedelta(milliseconds=CARE_POLICY.retention_ms)
    assert care.waits_until(last).state is not None
    assert care.waits_until(last + MS).state is None
    assert broken().waits_until(after(3000)).state is not None


def test_a_coupon_that_is_withheld_is_not_forgotten() -> None:
    care = promised().hears(lock(after(1)), account(PROMISED, parcel_left(after(49)), now=after(50)))
    assert len(care.waits_until(after(5000)).hears(unlock(after(5001))).coupons) == 1


def test_what_care_does_not_know_makes_no_state() -> None:
    assert Care().hears(ticked(START), PROMISED, differed(START, differing=False)).state is None
