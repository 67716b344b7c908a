"""The front-line desk: three buttons and a look-up, each press answered once, by the order as it stands."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from pipeline.domain import desk_state
from pipeline.domain.desk import ANSWERS_MOST, view_of
from pipeline.domain.desk_rules import load_desk_rules
from pipeline.domain.desk_state import DeskInput, DeskState
from pipeline.domain.desk_view import OrderView, against_shipping, difference_choices
from pipeline.domain.instants import to_ms
from pipeline.domain.outcome import Undecidable
from schemas.desk import ChangeAddress, DeskReason, OrderFlagged, Spot
from schemas.order import ClockTicked, Receiver
from schemas.vocabulary import AddressQuality, Phase, RefundStandard, Reporter, ShippingPhase
from tests.address_tables import DIVISIONS
from tests.builders import ORDER, START, order_fact, parcel_left
from tests.desk_builders import (
    MINUTE,
    MS,
    PAID_FEN,
    RULES,
    WEST_LAKE,
    XUHUI,
    Desk,
    account,
    addresses,
    desk,
    flagged,
    give_back,
    invoice,
    may_ship,
    move,
    parcel,
    placed,
    pressed,
    refund,
    said,
    track,
)

LATER = START + MINUTE
REFUSED = RefundStandard.NOT_REFUNDABLE


# One press, one answer


def test_a_press_is_answered_once_however_often_it_is_delivered() -> None:
    first = desk().hears(give_back(), give_back(), give_back(), now=LATER)
    assert len(first.answers) == 1
    assert first.view.refunded_fen == 500


def test_the_same_key_with_other_content_is_not_answered_again() -> None:
    assert len(desk().hears(give_back(key="x"), move(key="x"), track(key="x")).answers) == 1


def test_an_answer_says_which_press_of_whom_it_answers() -> None:
    (answer,) = desk().hears(give_back()).answers
    assert (answer.command_key, answer.command, answer.pressed_by) == (
        "d1",
        "desk.refund_difference",
        "clerk-7",
    )
    assert (answer.order_id, answer.shop, answer.cause_id) == (ORDER, "shop-a", give_back().event_id)


def test_a_press_is_judged_by_the_order_when_it_is_carried_out_not_when_it_was_made() -> None:
    """The parcel left between the press and its arrival."""
    assert desk(parcel_left(LATER)).hears(move()).last == ("refused", ["outbound"])


def test_a_press_is_carried_out_on_the_instant_it_expires_and_not_after_it() -> None:
    on_the_instant = desk().hears(give_back(), now=START + 5 * MINUTE)
    assert on_the_instant.last == ("accepted", [])
    late = desk().hears(give_back(), now=START + 5 * MINUTE + MS)
    assert late.last == ("too_late", ["too_late"])
    assert late.view.refunded_fen == 0
    assert late.hears(give_back()).answers == late.answers[:1]


def test_a_press_that_was_received_too_late_is_too_late_even_where_the_clock_stands_still() -> None:
    command = give_back().model_copy(update={"observed_at": START + 5 * MINUTE + MS})
    assert desk().hears(command).last == ("too_late", ["too_late"])


@pytest.mark.parametrize("command", [track(), may_ship(), move(), give_back()])
def test_of_an_order_that_nobody_spoke_of_nothing_can_be_said_or_done(command: Any) -> None:
    assert Desk().hears(command).last == ("refused", ["no_such_order"])


def test_an_old_press_that_may_have_been_answered_is_set_aside_and_never_answered_twice() -> None:
    busy = desk().hears(*(track(str(number), START + number * MS) for number in range(ANSWERS_MOST + 1)))
    assert busy.state is not None
    assert len(busy.state.answered) == ANSWERS_MOST
    with pytest.raises(Undecidable, match="may have been answered already"):
        busy.hears(track("0", START))
    assert len(busy.answers) == ANSWERS_MOST + 1


def test_an_order_that_nobody_speaks_of_is_forgotten_after_its_retention() -> None:
    quiet = desk()
    assert quiet.due_ms is not None
    assert quiet.hears(None, now=START + timedelta(days=45)).state is not None
    assert quiet.hears(None, now=START + timedelta(days=45) + MS).state is None


def test_ticks_of_the_clock_leave_the_desk_as_it_is() -> None:
    tick = ClockTicked(**said(START, "tick"), source="wall")
    assert Desk().hears(tick).state is None
    quiet = desk()
    before = quiet.state
    assert quiet.hears(tick).state == before


def test_one_point_too_many_is_set_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_state, "POINTS_MOST", 50)
    full = desk()
    with pytest.raises(Undecidable, match="which field of the source is the order number"):
        full.hears(*(parcel(f"SF{number}") for number in range(50)))


# Track


def test_tracking_tells_every_parcel_as_its_carrier_last_told_it() -> None:
    answer = (
        desk(parcel("SF2", None), parcel("SF1", None), parcel("SF1", START, LATER)).hears(track()).answers[0]
    )
    assert [(seen.waybill, str(seen.phase), seen.last_scan_at) for seen in answer.parcels] == [
        ("SF1", "shipped", START),
        ("SF2", "to_ship", None),
    ]
    assert (answer.answer, answer.reasons) == ("told", ())


def test_tracking_an_order_without_parcels_says_so() -> None:
    assert desk().hears(track()).last == ("told", ["no_parcel_yet"])


# Change address


def test_an_address_is_changed_to_a_known_one_of_the_chosen_place() -> None:
    (answer,) = desk().hears(move("work", XUHUI)).answers
    assert (answer.answer, answer.address_id, answer.spot) == ("accepted", "work", XUHUI)


def test_a_known_address_alone_is_enough_and_so_is_a_place_for_the_present_street() -> None:
    assert desk().hears(move("home")).last == ("accepted", [])
    assert desk().hears(move(None, XUHUI)).last == ("accepted", [])


def test_a_change_that_names_no_place_at_all_is_no_command() -> None:
    with pytest.raises(ValidationError, match="an address_id, a spot, or both"):
        ChangeAddress(**pressed("c1"))


@pytest.mark.parametrize(
    ("command", "reasons"),
    [
        (move("nobody"), ["unknown_address"]),
        (move("home", XUHUI), ["place_differs"]),
        (move(None, Spot(province="浙江省", city="杭州市", district="徐汇区")), ["unknown_place"]),
        (move(None, Spot(province="浙江省", city="杭州市")), ["unknown_place"]),
        (move(None, Spot(province="浙江", city="杭州市", district="西湖区")), ["unknown_place"]),
        (move("nobody", Spot(province="月球")), ["unknown_place", "unknown_address"]),
    ],
)
def test_only_what_the_tables_offer_can_be_chosen(command: ChangeAddress, reasons: list[str]) -> None:
    assert desk().hears(command).last == ("refused", reasons)


@pytest.mark.parametrize(
    "spot",
    [
        Spot(province="广东省", city="东莞市"),
        Spot(province="香港特别行政区"),
        Spot(province="河南省", city="济源市"),
    ],
)
def test_a_place_without_districts_or_cities_is_chosen_without_them(spot: Spot) -> None:
    assert desk().hears(move(None, spot)).last == ("accepted", [])


@pytest.mark.parametrize(
    ("fact", "reason"),
    [
        (parcel_left(START), "outbound"),
        (parcel_left(START, units=1), "outbound"),
        (order_fact(Reporter.WMS, START, line="SF1", phase=Phase.SHIPPED), "outbound"),
        (parcel(), "outbound"),
        (account(ShippingPhase.SHIPPED), "outbound"),
        (account(ShippingPhase.SIGNED), "outbound"),
        (flagged("locked"), "locked"),
        (placed(LATER, is_customised=True), "customised"),
        (placed(LATER, Phase.CLOSED), "closed"),
        (placed(LATER, is_parent=True), "split_parent"),
    ],
)
def test_an_address_is_not_changed(fact: DeskInput, reason: str) -> None:
    assert desk(fact).hears(move()).last == ("refused", [reason])


def test_every_reason_against_a_change_is_told() -> None:
    busy = desk(parcel_left(START), flagged("locked"), placed(LATER, is_customised=True))
    assert busy.hears(move("nobody")).last == (
        "refused",
        ["locked", "outbound", "customised", "unknown_address"],
    )


@pytest.mark.parametrize(
    "fact",
    [
        parcel(scanned=None),
        parcel_left(START, "GIFT", units=0),
        placed(LATER, Phase.SHIPPED),
        placed(LATER, is_customised=False),
        refund(),
        flagged("oversold"),
        invoice(),
    ],
)
def test_what_does_not_stand_against_a_change_of_address(fact: DeskInput) -> None:
    """A parcel without ordered goods, and a platform told "shipped" by the shop, have moved nothing."""
    assert desk(fact).hears(move()).last == ("accepted", [])


def test_an_order_that_was_unlocked_can_be_changed_again_and_an_older_word_does_not_lock_it() -> None:
    unlocked = desk(flagged("locked"), flagged("locked", False, LATER), flagged("locked"))
    assert unlocked.hears(move()).last == ("accepted", [])


def test_the_newest_telling_of_the_addresses_stands() -> None:
    moved = desk(addresses(LATER, work=XUHUI), addresses(home=WEST_LAKE))
    assert moved.hears(move("home")).last == ("refused", ["unknown_address"])
    assert moved.view.addresses == {"work": XUHUI}


# Refund the difference


def test_on_delivery_nothing_is_given_back_before_it_was_paid() -> None:
    unpaid = Desk().hears(placed(paid_at=None, cash_on_delivery=True))
    assert unpaid.hears(give_back()).last == ("refused", ["more_than_paid"])
    signed = Desk().hears(placed(phase=Phase.SIGNED, paid_at=None, cash_on_delivery=True))
    assert signed.hears(give_back()).last == ("accepted", [])
    paid = Desk().hears(placed(cash_on_delivery=True))
    assert paid.hears(give_back()).last == ("accepted", [])


def test_a_difference_that_the_rules_offer_is_refunded() -> None:
    (answer,) = desk().hears(give_back("10_percent", 1000)).answers
    assert (answer.answer, answer.choice, answer.amount_fen) == ("accepted", "10_percent", 1000)


@pytest.mark.parametrize(
    "command", [give_back("5_yuan", 501), give_back("7_yuan", 700), give_back("10_percent", 999)]
)
def test_any_other_difference_is_refused(command: Any) -> None:
    assert desk().hears(command).last == ("refused", ["not_a_choice"])


def test_differences_add_up_and_stop_exactly_at_what_was_paid() -> None:
    halves = desk(refund(done=True, amount_fen=PAID_FEN - 1500))
    assert halves.hears(give_back("10_yuan", 1000, "a")).last == ("accepted", [])
    assert halves.hears(give_back("10_yuan", 1000, "b")).last == ("refused", ["more_than_paid"])
    assert halves.hears(give_back("5_yuan", 500, "c")).last == ("accepted", [])
    assert halves.view.refunded_fen == PAID_FEN
    assert halves.hears(give_back("5_yuan", 500, "d")).last == ("refused", ["more_than_paid"])


@pytest.mark.parametrize(
    ("report", "counted"),
    [
        (refund(RefundStandard.PENDING, 300), 300),
        (refund(RefundStandard.REFUNDABLE, 300), 300),
        (refund(REFUSED, 300), 0),
        (refund(REFUSED, 300, done=True), 300),
        (refund(REFUSED, 300, unknown=True), 300),
        (refund(amount_fen=300, refund_id="d1"), 0),
    ],
)
def test_refunds_running_and_paid_count_and_a_refused_one_and_the_difference_itself_do_not(
    report: DeskInput, counted: int
) -> None:
    granted = desk(report).hears(give_back())
    assert granted.view.refunded_fen == 500 + counted


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ((flagged("locked"),), "locked"),
        ((placed(LATER, Phase.CLOSED),), "closed"),
        ((placed(LATER, Phase.UNPAID),), "unpaid"),
        ((invoice(),), "invoice_issued"),
    ],
)
def test_a_difference_is_not_refunded(facts: tuple[DeskInput, ...], reason: str) -> None:
    assert desk(*facts).hears(give_back()).last == ("refused", [reason])


def test_a_red_lettered_invoice_stands_in_the_way_no_more() -> None:
    assert desk(invoice(LATER, red=True), invoice()).hears(give_back()).last == ("accepted", [])


def test_a_difference_is_refunded_after_the_goods_have_left() -> None:
    assert (
        desk(parcel_left(START), account(ShippingPhase.SIGNED, START)).hears(give_back()).last[0]
        == "accepted"
    )


def test_where_nobody_told_what_was_paid_nothing_can_be_given_back() -> None:
    unknown = Desk().hears(placed(paid_fen=None))
    assert unknown.view.paid_fen is None, "no data, not zero"
    for command in (give_back(), give_back("10_percent", 1000, "b"), give_back("7_yuan", 700, "c")):
        assert unknown.hears(command).last == ("refused", ["paid_unknown"])
    assert unknown.hears(placed(LATER), give_back(key="d")).last == ("accepted", [])


def test_what_is_known_to_be_unpaid_is_not_unknown() -> None:
    unpaid = Desk().hears(placed(phase=Phase.UNPAID, paid_at=None, paid_fen=None))
    assert unpaid.hears(give_back()).last == ("refused", ["unpaid"])
    on_delivery = Desk().hears(placed(paid_at=None, paid_fen=None, cash_on_delivery=True))
    assert on_delivery.view.paid_fen == 0
    assert on_delivery.hears(give_back()).last == ("refused", ["more_than_paid"])


def test_the_screen_offers_only_what_would_be_accepted() -> None:
    offered = difference_choices(OrderView(paid_fen=10_000, refunded_fen=9_000), RULES)
    assert offered == {"5_yuan": 500, "10_yuan": 1000, "5_percent": 500, "10_percent": 1000}
    assert difference_choices(OrderView(paid_fen=19), RULES) == {"10_percent": 1, "20_percent": 3}
    assert difference_choices(OrderView(), RULES) == {}


# May it ship?


def test_a_paid_order_with_nothing_against_it_may_ship() -> None:
    (answer,) = desk().hears(may_ship()).answers
    assert (answer.answer, answer.may_ship, answer.reasons) == ("told", True, ())


def bad(*candidates: str, reason: str = "no_district") -> Receiver:
    return Receiver(province="浙江省", quality=AddressQuality.BAD, reasons=(reason,), candidates=candidates)


@pytest.mark.parametrize(
    ("fact", "reason"),
    [
        (flagged("locked"), "locked"),
        (placed(LATER, Phase.CLOSED), "closed"),
        (account(ShippingPhase.SHIPPED, START), "outbound"),
        (account(ShippingPhase.SIGNED), "outbound"),
        (parcel_left(START), "outbound"),
        (placed(LATER, Phase.UNPAID, paid_at=None), "unpaid"),
        (placed(LATER, Phase.HOLD), "on_hold"),
        (refund(), "refund_open"),
        (refund(RefundStandard.REFUNDABLE), "refund_open"),
        (refund(REFUSED, unknown=True), "refund_open"),
        (placed(LATER, receiver=bad()), "bad_address"),
        (placed(LATER, receiver=bad("浙江省|杭州市|西湖区", reason="no_phone")), "bad_address"),
        (flagged("oversold"), "oversold"),
        (placed(LATER, is_parent=True), "split_parent"),
    ],
)
def test_an_order_may_not_ship(fact: DeskInput, reason: str) -> None:
    (answer,) = desk(fact).hears(may_ship()).answers
    assert (answer.may_ship, [str(one) for one in answer.reasons]) == (False, [reason])


@pytest.mark.parametrize(
    "fact",
    [
        flagged("locked", up=False),
        flagged("oversold", up=False),
        refund(REFUSED),
        refund(RefundStandard.REFUNDABLE, done=True),
        placed(LATER, receiver=bad("浙江省|杭州市|西湖区")),
        placed(LATER, is_customised=True),
        placed(LATER, Phase.UNPAID, paid_at=None, cash_on_delivery=True),
        placed(LATER, Phase.CLOSED, cannot_supply=True),
        placed(LATER, Phase.UNKNOWN),
        invoice(),
        account(ShippingPhase.SHIPPED),
        parcel_left(START, "GIFT", units=0),
    ],
)
def test_what_does_not_stand_against_shipping(fact: DeskInput) -> None:
    """The table completes the address, on delivery nothing is paid before, the rest of the goods may go."""
    (answer,) = desk(fact).hears(may_ship()).answers
    assert (answer.may_ship, answer.reasons) == (True, ())


def test_every_reason_against_shipping_is_told() -> None:
    everything = placed(LATER, Phase.HOLD, receiver=bad())
    facts = (flagged("locked"), parcel_left(START), refund(), flagged("oversold"), everything)
    assert desk(*facts).hears(may_ship()).last[1] == [
        "locked",
        "outbound",
        "on_hold",
        "refund_open",
        "bad_address",
        "oversold",
    ]


def test_each_fact_of_the_view_is_one_reason() -> None:
    against = ["locked", "closed", "outbound", "unpaid", "on_hold", "refund_open"]
    against += ["bad_address", "oversold", "split_parent"]
    assert against_shipping(OrderView(**dict.fromkeys(against, True))) == tuple(map(DeskReason, against))
    assert against_shipping(OrderView()) == ()


def test_an_order_of_which_only_the_warehouse_spoke_is_not_known_to_be_paid() -> None:
    assert Desk().hears(parcel_left(START, units=0), may_ship()).last[1] == ["unpaid"]


def test_an_order_that_only_an_account_tells_of_is_judged_by_it() -> None:
    paid = account(paid_at=START, paid_fen=1000, platform_phase=Phase.UNKNOWN)
    assert Desk().hears(paid, may_ship()).last == ("told", [])
    assert Desk().hears(paid, give_back()).last == ("accepted", [])
    closed = account(ShippingPhase.CLOSED, paid_at=START)
    assert Desk().hears(closed, may_ship()).last[1] == ["closed"]


def masked(province: str = "", city: str = "") -> Receiver:
    return Receiver(province=province, city=city, quality=AddressQuality.MASKED)


@pytest.mark.parametrize(
    ("shown", "against"),
    [
        (masked(), ["bad_address"]),
        (masked("浙江省"), ["bad_address"]),
        (masked("浙江省", "杭州市"), []),
        (masked("江苏省"), []),
    ],
)
def test_a_masked_address_takes_back_a_bad_one_only_where_it_shows_another_place(
    shown: Receiver, against: list[str]
) -> None:
    facts = placed(LATER, receiver=bad()), placed(LATER + MS, receiver=shown)
    assert desk(*facts).hears(may_ship()).last == ("told", against)
    assert desk(*reversed(facts)).hears(may_ship()).last == ("told", against)
    assert desk(*facts, placed(LATER + 2 * MS, receiver=bad())).hears(may_ship()).last[1] == ["bad_address"]


def test_a_masked_address_that_was_told_before_a_bad_one_takes_nothing_back() -> None:
    facts = placed(LATER, receiver=masked("江苏省", "南京市")), placed(LATER + MS, receiver=bad())
    assert desk(*facts).hears(may_ship()).last[1] == ["bad_address"]


@pytest.mark.parametrize("held", [0, 1])
def test_a_state_from_before_places_were_kept_is_still_read(held: int) -> None:
    raw = DeskState(points={"bad_address": [[to_ms(START), to_ms(START)], held]}).to_bytes()
    before = DeskState.from_bytes(raw)
    assert view_of(before).bad_address is bool(held)
    assert Desk(state=before).hears(placed(LATER, receiver=masked())).view.bad_address is bool(held)
    assert not Desk(state=before).hears(placed(LATER, receiver=masked("江苏省"))).view.bad_address


def test_a_file_tells_the_receiver_only_where_the_platform_does_not() -> None:
    row = order_fact(Reporter.FILE, LATER, receiver=bad())
    assert Desk().hears(account(paid_at=START), row, may_ship()).last[1] == ["bad_address"]
    assert desk(row).hears(may_ship()).last == ("told", [])


def test_an_older_report_changes_nothing_whenever_it_arrives() -> None:
    held = desk(placed(LATER, Phase.HOLD), placed(START + MS), refund(REFUSED, at=LATER), refund())
    assert held.hears(may_ship()).last[1] == ["on_hold"]


def test_an_unknown_code_leaves_the_last_known_word_on_a_refund() -> None:
    assert desk(refund(REFUSED), refund(at=LATER, unknown=True)).hears(may_ship()).last == ("told", [])


def test_a_lock_and_its_end_at_one_instant_leave_it_locked() -> None:
    facts: list[OrderFlagged] = [flagged("locked"), flagged("locked", up=False)]
    assert desk(*facts).view.locked
    assert desk(*reversed(facts)).view.locked


# The rules as data


def test_every_reason_is_told_in_chinese_and_english() -> None:
    assert set(RULES.wording) == set(DeskReason)
    assert all(set(words) == {"zh", "en"} and all(words.values()) for words in RULES.wording.values())


def test_the_choices_of_places_come_from_the_table_of_divisions() -> None:
    assert len(RULES.provinces()) == 34
    assert "杭州市" in RULES.cities("浙江省")
    assert "西湖区" in RULES.districts("浙江省", "杭州市")
    assert (RULES.cities("月球"), RULES.districts("浙江省", "月球"), RULES.cities("香港特别行政区")) == (
        (),
        (),
        (),
    )
    for province in RULES.provinces():
        for city in RULES.cities(province):
            for district in RULES.districts(province, city) or ("",):
                assert RULES.holds(Spot(province=province, city=city, district=district))


WORDS = "".join(f'{reason} = {{ zh = "不", en = "no" }}\n' for reason in DeskReason)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[", "no TOML"),
        ("[reason]\n", "are missing"),
        ("[reason]\n" + WORDS + 'more = { zh = "a", en = "b" }', "more are missing, or are none"),
        ("[reason]\n" + WORDS.replace('zh = "不", ', "", 1), "needs its words in zh and en"),
        ('[[difference]]\nid = "a"\nkind = "share"\nvalue = 5\n', "is no difference"),
        ('[[difference]]\nid = "a"\nkind = "percent"\nvalue = 101\n', "is no difference"),
        ('[[difference]]\nid = "a"\nkind = "fixed"\nvalue = 0\n', "is no difference"),
        ('[[difference]]\nid = "a"\nkind = "fixed"\nvalue = 5\nmore = 1\n', "is no difference"),
        ('[[difference]]\nid = "a"\nkind = "fixed"\nvalue = 5\n' * 2, "two differences have one id"),
    ],
)
def test_a_fault_in_the_rules_is_named(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        load_desk_rules(text, DIVISIONS)


def test_all_of_the_price_is_a_difference_that_may_be_offered() -> None:
    whole = '[[difference]]\nid = "a"\nkind = "percent"\nvalue = 100\n[reason]\n' + WORDS
    assert load_desk_rules(whole, DIVISIONS).differences[0].amount_fen(19) == 19
