"""What the order hub makes of the carriers' words, as the parcel linker tells them."""

from datetime import datetime

import pytest

from pipeline.domain.instants import to_ms
from pipeline.domain.order_hub import decide_order
from pipeline.domain.outcome import Undecidable
from schemas.base import derived_id
from schemas.order import InvoiceReported, OrderReported
from schemas.vocabulary import Phase, Platform, Reporter, TrackFlag
from tests.builders import (
    ORDER,
    POLICY,
    START,
    Hub,
    Linker,
    after,
    heard,
    linked,
    order_fact,
    parcel_left,
    parcel_told,
    platform_says,
    tracked,
)

SHIP_BY, SIGN_BY = after(48), after(96)


def ordered(units: int | None = None, phase: Phase = Phase.TO_SHIP) -> OrderReported:
    return platform_says(phase, units=units, promised_ship_at=SHIP_BY, promised_sign_at=SIGN_BY)


def scanned(at: datetime, waybill: str = "SF1") -> object:
    return parcel_told(at, waybill, first_scan_at=at)


def signed(at: datetime, waybill: str = "SF1", scan: datetime | None = None) -> object:
    return parcel_told(at, waybill, Phase.SIGNED, first_scan_at=scan, signed_at=at)


def test_a_carriers_word_stands_beside_the_others_under_its_waybill() -> None:
    hub = heard([ordered(), parcel_told(after(5), raw_code="1002")])
    (word,) = [word for word in hub.account.words if word.reporter is Reporter.CARRIER]
    assert (word.line, word.phase, word.raw_code) == ("SF1", "shipped", "1002")
    assert (word.mapping, word.said_at) == ("kuaidi100@1", after(5))


def test_an_order_is_scanned_with_its_last_parcel_and_signed_when_all_are() -> None:
    out = [ordered(2), parcel_left(after(20), "a", 1), parcel_left(after(30), "b", 1)]
    hub = heard([*out, scanned(after(21), "a")])
    assert (hub.account.outbound_at, hub.account.first_scan_at) == (after(30), None)
    hub.hears(scanned(after(31), "b"))
    assert hub.account.first_scan_at == after(31)
    hub.hears(signed(after(60), "b"))
    assert (hub.account.signed_at, hub.account.is_open) == (None, True)
    hub.hears(signed(after(90), "a"))
    assert (hub.account.signed_at, hub.verdict) == (after(90), ("kept", "kept_in_time"))


def test_a_locker_or_a_station_is_no_signature() -> None:
    dropped = parcel_told(after(70), raw_code="304", flags=(TrackFlag.STATION,), first_scan_at=after(21))
    hub = heard([ordered(), parcel_left(after(20)), dropped], now=after(97))
    assert (hub.account.phase, hub.account.signed_at) == ("shipped", None)
    assert hub.verdict == ("broken", "sign_overdue")


def test_the_first_scan_counts_where_no_warehouse_speaks() -> None:
    account = heard([ordered(), scanned(after(21))]).account
    assert (account.first_scan_at, account.outbound_at) == (after(21), None)
    assert account.phase == "not_shipped", "only the warehouse makes an order outbound"


def test_a_parcel_of_two_orders_is_scanned_and_signed_for_both() -> None:
    linker = Linker().hears(
        linked(order_id="A"),
        tracked(after(21), first_scan_at=after(21)),
        linked(order_id="B"),
        tracked(after(60), phase=Phase.SIGNED, signed_at=after(60)),
    )
    for order in ("A", "B"):
        told = [event for event in linker.events if event.order_id == order]
        account = heard([ordered(), parcel_left(after(20)), *told]).account
        assert (account.first_scan_at, account.signed_at, account.verdict) == (after(21), after(60), "kept")


def test_an_order_of_three_parcels_of_which_one_was_scanned_before_any_link() -> None:
    linker = Linker().hears(tracked(after(21), "b", first_scan_at=after(21)))
    linker.hears(*(linked(waybill, said=after(22)) for waybill in "abc"))
    left = [parcel_left(after(20), waybill, 1) for waybill in "abc"]
    hub = heard([ordered(3), *left, *linker.events])
    assert (hub.account.outbound_at, hub.account.first_scan_at) == (after(20), None)
    hub.hears(scanned(after(25), "a"), scanned(after(24), "c"))
    assert hub.account.first_scan_at == after(25)
    hub.hears(*(signed(after(50 + place), waybill) for place, waybill in enumerate("abc")))
    assert hub.account.signed_at == after(52)


@pytest.mark.parametrize("reporter", ["the linker", "an order report"])
def test_one_more_parcel_that_was_not_scanned_yet_is_waited_for(reporter: str) -> None:
    hub = heard([ordered(), signed(after(40), "a", scan=after(30))])
    assert (hub.account.first_scan_at, hub.account.phase) == (after(30), "signed")
    if reporter == "the linker":
        hub.hears(parcel_told(after(41), "b", Phase.TO_SHIP))
    else:
        hub.hears(order_fact(Reporter.CARRIER, after(41), phase=Phase.TO_SHIP, line="b"))
    assert (hub.account.first_scan_at, hub.account.signed_at) == (None, None)
    assert hub.phases == ["signed", "not_shipped"], "what is shown was announced"


def test_a_parcel_that_was_linked_is_waited_for_before_any_carrier_speaks_of_it() -> None:
    linker = Linker().hears(linked("a"), linked("b"), tracked(after(40), "a", signed_at=after(40)))
    hub = heard([ordered(), *linker.events])
    assert (hub.account.first_scan_at, hub.account.signed_at) == (None, None)
    hub.hears(*linker.hears(tracked(after(44), "b", signed_at=after(44))).events)
    assert hub.account.signed_at == after(44)


def test_a_parcel_that_the_warehouse_did_not_let_out_is_not_waited_for() -> None:
    linker = Linker().hears(linked("a"), linked("b"), tracked(after(40), "a", signed_at=after(40)))
    assert heard([ordered(), parcel_left(after(20), "a"), *linker.events]).account.signed_at == after(40)


def test_the_hub_hears_a_carriers_time_earlier_but_never_later() -> None:
    hub = heard([ordered(), scanned(after(30)), scanned(after(21)), scanned(after(25))])
    assert hub.account.first_scan_at == after(21)


def test_a_track_that_adds_only_entries_is_shown_but_judged_no_anew() -> None:
    hub = heard([ordered(), scanned(after(21))])
    later = parcel_told(after(30), raw_code="1002", first_scan_at=after(21))
    outcome = decide_order(hub.state, later, ORDER, to_ms(after(30)), POLICY)
    assert (outcome.is_news, outcome.events, outcome.view) == (True, (), None)
    again = decide_order(outcome.state, later, ORDER, to_ms(after(30)), POLICY)
    assert not again.is_news


def test_an_unknown_code_leaves_the_carriers_last_known_word() -> None:
    hub = heard([ordered(), parcel_told(after(5), raw_code="0")])
    hub.hears(parcel_told(after(6), phase=Phase.UNKNOWN, raw_code="777", first_scan_at=after(6)))
    (word,) = [word for word in hub.account.words if word.reporter is Reporter.CARRIER]
    assert (word.phase, word.raw_code) == ("shipped", "0")
    assert hub.account.first_scan_at == after(6)


def test_a_parcel_that_is_over_undelivered_closes_no_order() -> None:
    account = heard([ordered(), parcel_left(after(20)), parcel_told(after(60), phase=Phase.CLOSED)]).account
    assert (account.phase, account.verdict, account.closed_at) == ("shipped", "open", None)


def test_platform_and_shop_are_a_parcels_only_until_somebody_else_names_them() -> None:
    _, parcel = Linker().hears(linked(platform=Platform.JD, shop="zzz"), tracked(after(1))).events
    hub = Hub().hears(parcel)
    assert (hub.account.platform, hub.account.shop) == ("jd", "zzz")
    for story in ([parcel, ordered()], [ordered(), parcel]):
        assert heard(story).account.shop == "shop-a"


def test_one_parcel_too_many_is_set_aside_with_a_sentence() -> None:
    hub = heard([parcel_told(after(1), f"P{number}") for number in range(500)])
    with pytest.raises(Undecidable, match="carrier tells of more than 500 lines or parcels"):
        hub.hears(parcel_told(after(1), "one more"))
    assert hub.hears(parcel_told(after(2), "P0")).account.words


def test_an_invoice_changes_nothing() -> None:
    hub = heard([ordered()])
    account = hub.account
    invoice = InvoiceReported(
        event_id=derived_id(ORDER, "invoice"),
        cause_id=ORDER,
        occurred_at=START,
        observed_at=START,
        order_id=ORDER,
        shop="shop-a",
        invoice_id="I-1",
        mapping="test@1",
    )
    assert hub.hears(invoice).account == account
    assert Hub().hears(invoice).state is None


@pytest.mark.parametrize("split_first", [False, True])
def test_a_parent_that_was_split_owes_nothing_and_is_closed(split_first: bool) -> None:
    before = platform_says(Phase.TO_SHIP, promised_ship_at=SHIP_BY, paid_at=after(1))
    split = platform_says(Phase.CLOSED, after(60), closed_at=after(60), is_parent=True)
    hub = heard([split, before] if split_first else [before, split], now=after(100))
    assert (hub.verdict, hub.account.phase) == (("none", "no_promise"), "closed")
    assert (hub.account.closed_at, hub.account.promised_ship_at) == (after(60), None)
    assert not hub.account.is_open
    assert hub.due_ms is not None, "it is forgotten after its retention as any other"


def test_an_order_that_was_not_split_but_cancelled_too_late_stays_broken() -> None:
    before = platform_says(Phase.TO_SHIP, promised_ship_at=SHIP_BY)
    gone = platform_says(Phase.CLOSED, after(60), closed_at=after(60))
    assert heard([before, gone], now=after(100)).verdict == ("broken", "ship_overdue")


def test_a_parcel_of_a_split_parent_changes_nothing() -> None:
    split = platform_says(Phase.CLOSED, after(2), is_parent=True)
    account = heard([split, parcel_left(after(3)), signed(after(4))]).account
    assert (account.phase, account.outbound_at, account.signed_at) == ("closed", None, None)
