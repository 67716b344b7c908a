"""Each rule of a promise on both sides of its limit; the numbers are those of domain.md sections 1 and 14."""

from datetime import datetime

import pytest

from pipeline.domain.instants import from_ms, to_ms
from schemas.order import OrderReported
from schemas.vocabulary import Phase, Reporter
from tests.builders import START, after, heard, order_fact, parcel_left, parcel_signed, platform_says

SHIP_BY = after(48)
SIGN_BY = after(96)
PROMISED = platform_says(promised_ship_at=SHIP_BY)
BOTH = platform_says(promised_ship_at=SHIP_BY, promised_sign_at=SIGN_BY)


def at(deadline: datetime, ms: int) -> datetime:
    return from_ms(to_ms(deadline) + ms)


@pytest.mark.parametrize(
    ("left_ms", "verdict"),
    [(-1, ("kept", "kept_in_time")), (0, ("kept", "kept_in_time")), (1, ("broken", "ship_late"))],
)
def test_leaving_on_the_deadline_keeps_and_a_millisecond_later_breaks(
    left_ms: int, verdict: tuple[str, str]
) -> None:
    assert heard([PROMISED, parcel_left(at(SHIP_BY, left_ms))], now=after(60)).verdict == verdict


@pytest.mark.parametrize(
    ("now_ms", "verdict"),
    [(-1, ("open", "not_due")), (0, ("open", "not_due")), (1, ("broken", "ship_overdue"))],
)
def test_an_unmet_promise_is_open_on_the_instant_and_broken_a_millisecond_later(
    now_ms: int, verdict: tuple[str, str]
) -> None:
    hub = heard([PROMISED], now=at(SHIP_BY, now_ms))
    assert hub.verdict == verdict
    assert hub.account.is_open
    assert hub.judged[-1].verdict.value == verdict[0], "the hub says it by itself, nobody has to ask"
    passed = verdict[0] == "broken"
    assert hub.account.overdue_since_at == (SHIP_BY if passed else None)
    assert hub.account.next_deadline_at == (None if passed else SHIP_BY)


@pytest.mark.parametrize(
    ("signed_ms", "verdict"),
    [(-1, ("kept", "kept_in_time")), (0, ("kept", "kept_in_time")), (1, ("broken", "sign_late"))],
)
def test_a_promised_delivery_is_judged_by_the_signature(signed_ms: int, verdict: tuple[str, str]) -> None:
    left, signed = parcel_left(after(10)), parcel_signed(at(SIGN_BY, signed_ms))
    assert heard([BOTH, left, signed], now=after(200)).verdict == verdict


def test_an_undelivered_parcel_breaks_the_delivery_promise_after_its_deadline() -> None:
    hub = heard([BOTH, parcel_left(after(10))], now=SIGN_BY)
    assert hub.verdict == ("open", "not_due")
    assert hub.account.deadline_at == SIGN_BY
    assert hub.waits_until(at(SIGN_BY, 1)).verdict == ("broken", "sign_overdue")


def test_the_first_promise_that_breaks_names_the_instant() -> None:
    hub = heard([BOTH, parcel_left(after(49)), parcel_signed(after(97))], now=after(200))
    assert hub.verdict == ("broken", "ship_late")
    assert hub.account.settled_at == SHIP_BY


def test_a_kept_promise_is_settled_by_its_last_fulfilment() -> None:
    hub = heard([BOTH, parcel_left(after(10)), parcel_signed(after(70))], now=after(71))
    assert (hub.account.settled_at, hub.account.deadline_at) == (after(70), SIGN_BY)


def test_an_order_without_any_promise_owes_nothing() -> None:
    assert heard([platform_says()], now=after(500)).verdict == ("none", "no_promise")
    closed = platform_says(Phase.CLOSED, after(1), closed_at=after(1))
    assert heard([platform_says(), closed]).verdict == ("none", "no_promise")


@pytest.mark.parametrize(
    ("closed_at", "verdict"),
    [
        (at(SHIP_BY, 0), ("none", "closed_before_deadline")),
        (at(SHIP_BY, 1), ("broken", "ship_overdue")),
        (None, ("none", "closed_before_deadline")),
    ],
)
def test_closing_at_the_deadline_or_at_an_unknown_time_takes_the_promise_back(
    closed_at: datetime | None, verdict: tuple[str, str]
) -> None:
    hub = heard([PROMISED, platform_says(Phase.CLOSED, after(49), closed_at=closed_at)], now=after(60))
    assert hub.verdict == verdict
    assert not hub.account.is_open, "nobody waits for a closed order"
    assert hub.account.phase.value == "closed"


def test_closing_after_the_deadline_breaks_whatever_the_clock_of_the_hub_says() -> None:
    hub = heard([PROMISED, platform_says(Phase.CLOSED, after(1), closed_at=after(60))], now=after(1))
    assert hub.verdict == ("broken", "ship_overdue")


def test_a_closing_time_told_late_corrects_that_nothing_was_owed() -> None:
    hub = heard([PROMISED, platform_says(Phase.CLOSED, after(49))], now=after(50))
    assert hub.verdict[0] == "none"
    hub.hears(platform_says(Phase.CLOSED, after(51), closed_at=after(49)))
    assert (hub.verdict[0], hub.judged[-1].corrects) == ("broken", "none")


def test_closing_after_the_fulfilment_leaves_it_kept() -> None:
    closed = platform_says(Phase.CLOSED, after(30), closed_at=after(30))
    assert heard([PROMISED, parcel_left(after(20)), closed]).verdict == ("kept", "kept_in_time")
    assert heard([PROMISED, parcel_left(after(49)), closed], now=after(60)).verdict == ("broken", "ship_late")


def test_a_merchant_that_could_not_supply_closes_nothing() -> None:
    gone = platform_says(Phase.CLOSED, after(5), closed_at=after(5), cannot_supply=True)
    hub = heard([PROMISED, gone], now=after(49))
    assert hub.verdict == ("broken", "ship_overdue")
    assert hub.account.is_open


@pytest.mark.parametrize(
    "reporter", [Reporter.ERP, Reporter.WMS, Reporter.CS, Reporter.CARRIER, Reporter.APP]
)
def test_only_the_platform_closes_an_order(reporter: Reporter) -> None:
    closing = order_fact(reporter, after(5), phase=Phase.CLOSED, closed_at=after(5))
    assert heard([PROMISED, closing]).verdict == ("open", "not_due")
    assert heard([PROMISED, closing], now=after(49)).verdict == ("broken", "ship_overdue")


@pytest.mark.parametrize("reporter", [r for r in Reporter if r not in (Reporter.WMS, Reporter.FILE)])
def test_only_the_warehouse_makes_an_order_outbound(reporter: Reporter) -> None:
    shipped = order_fact(reporter, after(5), phase=Phase.SHIPPED, outbound_at=after(5), line="SF1")
    hub = heard([PROMISED, shipped])
    assert hub.verdict == ("open", "not_due")
    assert hub.account.outbound_at is None


# Deadlines that move


def moved(said: datetime, to: datetime) -> OrderReported:
    return platform_says(said=said, promised_ship_at=to)


@pytest.mark.parametrize(
    ("said_ms", "stands"), [(-1, after(72)), (0, after(72)), (1, SHIP_BY)], ids=["before", "on", "after"]
)
def test_a_deadline_moved_after_it_passed_repairs_nothing(said_ms: int, stands: datetime) -> None:
    hub = heard([PROMISED, moved(at(SHIP_BY, said_ms), after(72))], now=after(50))
    assert hub.account.promised_ship_at == stands
    assert hub.account.first_promised_ship_at == SHIP_BY
    assert hub.verdict[0] == ("open" if stands == after(72) else "broken")


def test_a_deadline_moved_in_time_counts_even_if_told_late() -> None:
    hub = heard([PROMISED], now=after(49))
    assert hub.verdict[0] == "broken"
    hub.hears(moved(after(40), after(72)))
    assert hub.verdict[0] == "open"
    assert hub.judged[-1].corrects == "broken"


def test_a_deadline_moved_twice_is_followed_step_by_step() -> None:
    told = [PROMISED, moved(after(40), after(72)), moved(after(71), after(90)), moved(after(91), after(99))]
    assert heard(told, now=after(80)).account.promised_ship_at == after(90)
    assert heard(reversed(told), now=after(80)).account.promised_ship_at == after(90)


def test_a_late_move_repeated_thirty_times_still_repairs_nothing() -> None:
    late = [moved(after(49 + hour), after(100)) for hour in range(30)]
    hub = heard([PROMISED, *late], now=after(80))
    assert hub.account.promised_ship_at == hub.account.first_promised_ship_at == SHIP_BY
    assert hub.state is not None
    assert len(hub.state.words["platform"][""]["promised_ship_at"]) <= 16


# Policy promises: 48 h


PAID = {"policy_promise": True, "paid_at": after(3)}


def test_a_policy_promise_runs_from_payment() -> None:
    hub = heard([platform_says(**PAID)])
    assert hub.account.promised_ship_at == after(51)
    assert heard([platform_says(**PAID), parcel_left(after(51))]).verdict[0] == "kept"
    assert heard([platform_says(**PAID), parcel_left(after(51, ms=1))]).verdict[0] == "broken"


@pytest.mark.parametrize(
    "told",
    [
        platform_says(Phase.UNPAID, policy_promise=True),
        platform_says(Phase.UNPAID, **PAID),
        platform_says(Phase.TO_SHIP, policy_promise=True),
        platform_says(Phase.HOLD, **PAID),
        platform_says(Phase.TO_SHIP, paid_at=after(3)),
    ],
    ids=["unpaid", "unpaid again", "no time of payment", "held", "no policy"],
)
def test_unpaid_or_held_orders_have_no_policy_promise_yet(told: OrderReported) -> None:
    assert heard([told], now=after(300)).verdict == ("none", "no_promise")


def test_a_deadline_of_the_platform_counts_even_unpaid_or_held() -> None:
    for phase in (Phase.UNPAID, Phase.HOLD):
        told = platform_says(phase, promised_ship_at=SHIP_BY, policy_promise=True)
        assert heard([told], now=after(49)).verdict == ("broken", "ship_overdue")


@pytest.mark.parametrize("phase", [Phase.UNPAID, Phase.TO_SHIP])
def test_cash_on_delivery_runs_from_ordering(phase: Phase) -> None:
    told = platform_says(phase, policy_promise=True, cash_on_delivery=True)
    assert heard([told]).account.promised_ship_at == after(48)


def held(said: datetime) -> OrderReported:
    return platform_says(Phase.HOLD, said, **PAID)


def freed(said: datetime) -> OrderReported:
    return platform_says(Phase.TO_SHIP, said, **PAID)


def test_a_policy_promise_runs_from_the_end_of_the_last_hold() -> None:
    story = [platform_says(**PAID), held(after(10)), freed(after(20)), held(after(30)), freed(after(40))]
    assert heard(story).account.promised_ship_at == after(88)
    assert heard(reversed(story)).account.promised_ship_at == after(88)
    assert heard(story[:-1], now=after(300)).verdict == ("none", "no_promise")


def test_a_hold_that_ended_before_payment_moves_nothing() -> None:
    story = [held(START), freed(after(1)), platform_says(said=after(3), **PAID)]
    assert heard(story).account.promised_ship_at == after(51)


@pytest.mark.parametrize(("began_ms", "verdict"), [(0, "open"), (1, "broken")])
def test_a_hold_that_began_after_the_deadline_repairs_nothing(began_ms: int, verdict: str) -> None:
    story = [platform_says(**PAID), held(at(after(51), began_ms)), freed(after(60))]
    assert heard(story, now=after(61)).verdict[0] == verdict


def test_a_hold_told_first_of_all_began_before_anybody_told() -> None:
    story = [held(after(60)), freed(after(70))]
    assert heard(story[:1], now=after(61)).verdict == ("none", "no_promise")
    assert heard(story, now=after(71)).account.promised_ship_at == after(118)


def test_a_hold_of_a_platform_that_counts_its_versions_ends_when_it_says_so() -> None:
    told = [platform_says(said=after(3), **PAID), held(after(10)), freed(after(20))]
    story = [
        fact.model_copy(update={"version": number, "version_is_time": False})
        for number, fact in enumerate(told)
    ]
    assert heard(story).account.promised_ship_at == after(68)
    assert heard(reversed(story)).account.promised_ship_at == after(68)


def test_a_hold_after_the_parcel_left_does_not_take_a_kept_promise_away() -> None:
    story = [platform_says(**PAID), parcel_left(after(10)), held(after(20))]
    assert heard(story).verdict == ("kept", "kept_in_time")


def test_a_hold_told_late_gives_the_promise_its_time_back() -> None:
    hub = heard(
        [platform_says(**PAID), freed(after(20)), platform_says(said=after(30), **PAID)], now=after(52)
    )
    assert hub.verdict[0] == "broken"
    hub.hears(held(after(10)))
    assert hub.account.promised_ship_at == after(68)
    assert hub.judged[-1].corrects == "broken"


# Corrections by late reports


def test_a_late_report_of_a_punctual_parcel_corrects_the_verdict() -> None:
    hub = heard([PROMISED], now=after(49))
    assert hub.verdict == ("broken", "ship_overdue")
    hub.hears(parcel_left(after(47), observed_at=after(55)))
    assert hub.verdict == ("kept", "kept_in_time")
    last = hub.judged[-1]
    assert (last.verdict, last.corrects, last.settled_at) == ("kept", "broken", after(47))
    assert [event.verdict for event in hub.judged] == ["open", "broken", "kept"]


def test_a_promise_that_begins_corrects_nothing() -> None:
    hub = heard([platform_says(Phase.UNPAID, policy_promise=True), freed(after(3))])
    assert [(event.verdict.value, event.corrects) for event in hub.judged] == [("open", None)]
