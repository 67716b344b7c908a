"""Each reporter's last word: what replaces it, what does not, and what is forgotten when."""

from datetime import timedelta

import pytest

from pipeline.domain.instants import from_ms, to_ms
from pipeline.domain.order_hub import decide_order
from schemas.base import EPOCH
from schemas.order import ClockTicked, OrderReported, RefundReported, TicketReported
from schemas.vocabulary import Phase, Platform, RefundStandard, Reporter
from tests.builders import (
    ORDER,
    POLICY,
    START,
    Hub,
    after,
    heard,
    order_fact,
    parcel_left,
    platform_says,
)

RETENTION = timedelta(milliseconds=POLICY.retention_ms)
MS = timedelta(milliseconds=1)


def erp(phase: Phase, said: float, code: str = "30") -> OrderReported:
    return order_fact(Reporter.ERP, after(said), phase=phase, raw_code=code)


def test_each_reporter_keeps_its_own_word_with_code_mapping_and_time() -> None:
    told = [platform_says(Phase.SHIPPED, after(2), raw_code="X"), erp(Phase.TO_SHIP, 1)]
    words = {word.reporter: word for word in heard(told).account.words}
    assert words[Reporter.PLATFORM].phase is Phase.SHIPPED
    assert (words[Reporter.PLATFORM].raw_code, words[Reporter.PLATFORM].mapping) == ("X", "test@1")
    assert (words[Reporter.ERP].phase, words[Reporter.ERP].said_at) == (Phase.TO_SHIP, after(1))


def test_an_older_word_that_arrives_late_does_not_move_a_state_backwards() -> None:
    hub = heard([erp(Phase.SHIPPED, 5)]).hears(erp(Phase.TO_SHIP, 4, "old"))
    assert hub.account.words[0].phase is Phase.SHIPPED


def test_a_word_that_does_not_mention_a_field_leaves_it() -> None:
    told = [platform_says(paid_at=after(1), paid_fen=100), platform_says(Phase.SHIPPED, after(5))]
    account = heard(told).account
    assert (account.paid_at, account.paid_fen, account.platform_phase) == (after(1), 100, "shipped")


def test_an_unknown_code_is_parked_and_the_last_known_word_stands() -> None:
    hub = heard([platform_says(Phase.SHIPPED, after(1), raw_code="X")])
    hub.hears(platform_says(Phase.UNKNOWN, after(2), raw_code="new?", paid_at=after(2)))
    account = hub.account
    assert (account.platform_phase, account.words[0].raw_code) == ("shipped", "X")
    assert account.paid_at == after(2), "what else the report says is heard"


def test_an_unknown_code_does_not_revoke_that_the_merchant_could_not_supply() -> None:
    gone = platform_says(Phase.CLOSED, after(1), promised_ship_at=after(48), cannot_supply=True)
    hub = heard([gone, platform_says(Phase.UNKNOWN, after(2)), platform_says(None, after(3))], now=after(49))
    assert hub.verdict == ("broken", "ship_overdue")
    hub.hears(platform_says(Phase.CLOSED, after(4), closed_at=after(4)))
    assert hub.verdict == ("none", "closed_before_deadline"), "a newer status does"


def test_a_redelivery_changes_nothing_not_even_a_receive_time() -> None:
    fact = platform_says(promised_ship_at=after(48), paid_fen=5)
    hub = heard([fact])
    state, events = hub.state, len(hub.events)
    assert state is not None
    hub.hears(fact, fact.model_copy(update={"observed_at": fact.observed_at + timedelta(hours=1)}))
    assert hub.state is not None
    assert (hub.state.words, hub.state.verdict, len(hub.events)) == (state.words, "open", events)


def test_of_two_words_of_one_version_the_one_first_received_later_stands() -> None:
    first, second = (
        platform_says(phase, raw_code=code, observed_at=after(0, ms=received))
        for phase, code, received in ((Phase.TO_SHIP, "1", 10), (Phase.SHIPPED, "2", 20))
    )
    again = first.model_copy(update={"observed_at": after(9)})
    for story in ([first, second, again], [again, second, first], [second, again, first]):
        assert heard(story).account.platform_phase == "shipped"


def test_platform_and_shop_are_named_by_the_platform_whoever_speaks_first() -> None:
    told = [
        order_fact(Reporter.WMS, after(5), platform=Platform.OTHER, shop="warehouse"),
        platform_says(said=after(1), shop="old name"),
        platform_says(said=after(2), shop="new name"),
        order_fact(Reporter.ERP, after(9), platform=Platform.OTHER, shop="erp"),
    ]
    for story in (told, list(reversed(told))):
        account = heard(story).account
        assert (account.platform, account.shop) == (Platform.TMALL, "new name")


def test_microseconds_are_cut_off() -> None:
    assert to_ms(after(0) + timedelta(microseconds=999)) == to_ms(START)
    assert from_ms(to_ms(START)) == START
    assert from_ms(10**18).year == 9999


# What moves no milestone


def others() -> list[RefundReported | TicketReported | ClockTicked]:
    base = {"event_id": "e", "cause_id": "c", "occurred_at": after(49), "observed_at": after(49)}
    told = {**base, "order_id": ORDER, "shop": "shop-a", "mapping": "test@1"}
    return [
        RefundReported(
            **told,
            platform=Platform.TMALL,
            refund_id="r",
            raw_codes={"status": "1"},
            standard=RefundStandard.PENDING,
            amount_fen=1,
        ),
        TicketReported(**told, ticket_id="t", topic="late", complaint=True, open=True),
        ClockTicked(**base, source="clock"),
    ]


@pytest.mark.parametrize("fact", others(), ids=lambda fact: fact.type)
def test_refunds_tickets_and_ticks_change_no_milestone_but_let_time_pass(
    fact: RefundReported | TicketReported | ClockTicked,
) -> None:
    assert decide_order(None, fact, ORDER, 0, POLICY).state is None, "alone they make no order"
    hub = heard([platform_says(promised_ship_at=after(48))])
    assert hub.state is not None
    words = hub.state.words
    hub.hears(fact)
    assert hub.verdict == ("broken", "ship_overdue")
    assert [event.verdict.value for event in hub.judged] == ["open", "broken"]
    assert hub.state.words == words


@pytest.mark.parametrize("reporter", [Reporter.ERP, Reporter.CS, Reporter.APP])
def test_a_bystanders_word_after_the_deadline_still_finds_the_promise_broken(reporter: Reporter) -> None:
    hub = heard([platform_says(promised_ship_at=after(48))])
    hub.hears(order_fact(reporter, after(48, ms=1), phase=Phase.SHIPPED))
    assert [event.verdict.value for event in hub.judged] == ["open", "broken"]


# Forgetting


def test_a_settled_order_is_forgotten_after_the_retention_and_not_on_it() -> None:
    hub = heard([platform_says(promised_ship_at=after(48)), parcel_left(after(5))])
    last = after(5) + timedelta(seconds=2)
    assert hub.waits_until(last + RETENTION).state is not None
    on_it = decide_order(hub.state, None, ORDER, to_ms(last + RETENTION), POLICY)
    assert on_it.state is not None, "even when asked"
    assert hub.waits_until(last + RETENTION + MS).state is None


def test_a_word_starts_the_retention_anew() -> None:
    hub = heard([platform_says(promised_ship_at=after(48)), parcel_left(after(5))])
    hub.hears(erp(Phase.SHIPPED, 100))
    assert hub.waits_until(after(100) + RETENTION).state is not None
    assert hub.waits_until(after(101) + RETENTION).state is None


@pytest.mark.parametrize(
    "told",
    [
        [platform_says(promised_ship_at=after(48))],
        [platform_says(promised_ship_at=after(48), promised_sign_at=after(2000)), parcel_left(after(49))],
        [platform_says(Phase.HOLD, policy_promise=True, paid_at=START)],
    ],
    ids=["overdue", "late, delivery still ahead", "held"],
)
def test_what_is_still_awaited_is_never_forgotten(told: list[OrderReported]) -> None:
    hub = heard(told).waits_until(after(1900) + RETENTION).waits_until(after(3000) + 2 * RETENTION)
    assert hub.state is not None


def test_a_held_order_is_not_asked_for_again_and_again() -> None:
    assert heard([platform_says(Phase.HOLD)]).due_ms is None


def test_a_phase_reached_from_two_sides_is_two_events() -> None:
    closed = platform_says(Phase.CLOSED, after(9), closed_at=after(9))
    ids = {
        heard([*told, closed]).events[-1].event_id for told in ([platform_says()], [parcel_left(after(5))])
    }
    assert len(ids) == 2


def test_an_account_derives_its_id_from_its_content() -> None:
    one, other = heard([platform_says()]).account, heard([platform_says()]).account
    assert one.event_id == other.event_id != ""
    assert heard([platform_says(Phase.SHIPPED)]).account.event_id != one.event_id
    assert Hub().hears(order_fact(Reporter.ERP, after(1))).account.occurred_at == EPOCH
