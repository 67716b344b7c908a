"""The inventory sentinel by example: both sides of every limit of domain.md sections 4 and 14."""

from datetime import timedelta
from typing import Any

import pytest

from pipeline.domain.policy import DAY_MS, HOUR_MS
from pipeline.domain.stock import StockPolicy
from pipeline.domain.stock.policy import Allocation, Rule, Thresholds
from schemas.anomaly_life import ConditionGone, ConditionSeen
from schemas.desk import OrderFlagged
from schemas.stock import (
    AllocateSku,
    NotifyProcurement,
    OrderOversold,
    ReleaseSku,
    SkuReleased,
    SkuSuspended,
    StockCalibrated,
    StorefrontSilent,
    SuspendSku,
)
from tests.builders import START, after
from tests.stock_builders import (
    SKU,
    Sentinel,
    confirmed,
    counted,
    moved,
    ordered,
    released,
    reserved,
    returning,
    shipped,
)

SECOND = timedelta(seconds=1)
CLOUD = "cloud-1"


def both(ledger: int, cloud: int, **limits: Any) -> Sentinel:
    """Ledger and cloud have counted; Any: thresholds."""
    sentinel = Sentinel(StockPolicy(defaults=Thresholds(**limits)))
    return sentinel.hears(counted(ledger, warehouse=CLOUD), counted(cloud, START, CLOUD, "cloud"))


def test_a_movement_in_the_instant_of_a_count_is_in_it_and_a_moment_later_is_not() -> None:
    for order in ((0, 1), (1, 0)):
        facts = [counted(10, after(1)), moved(-3, after(1), "M1")]
        assert Sentinel().hears(*(facts[n] for n in order)).account.on_hand == 10
        facts[1] = moved(-3, after(1, ms=1), "M1")
        assert Sentinel().hears(*(facts[n] for n in order)).account.on_hand == 7


def test_a_count_that_was_taken_before_a_movement_and_arrives_after_it_is_corrected() -> None:
    sentinel = Sentinel().hears(counted(10), moved(-4, after(2), "M1"), counted(9, after(1)))
    assert sentinel.account.on_hand == 5


def test_of_two_counts_of_one_instant_the_higher_version_holds() -> None:
    sentinel = Sentinel().hears(counted(7, version=2), counted(9, version=1))
    assert sentinel.account.on_hand == 7


@pytest.mark.parametrize(("cloud", "suspended"), [(105, False), (106, True), (95, False), (94, True)])
def test_a_deviation_beyond_five_suspends_and_five_is_calibrated(cloud: int, suspended: bool) -> None:
    sentinel = both(100, cloud)
    assert sentinel.account.suspended is suspended
    assert len(sentinel.all(StockCalibrated)) == (not suspended)
    assert sentinel.account.on_hand == (100 if suspended else cloud)
    (found,) = sentinel.all(ConditionSeen)
    assert (found.subject, found.severity) == (f"stock:{SKU}|{CLOUD}", "critical" if suspended else "notice")
    assert bool(sentinel.all(ConditionGone)) is not suspended


def test_a_suspension_ends_when_the_deviation_does_but_not_before_a_minute_is_over() -> None:
    sentinel = both(100, 110).hears(counted(100, after(ms=59_999), CLOUD, "cloud"))
    assert sentinel.account.suspended
    assert sentinel.account.reasons == ()
    assert sentinel.waits_until(after(ms=59_999)).account.suspended
    assert not sentinel.waits_until(after(ms=60_000)).account.suspended
    assert [event.number for event in sentinel.all(SkuReleased)] == [1]


def test_deviation_is_unknown_until_both_have_spoken() -> None:
    sentinel = Sentinel().hears(counted(100, START, CLOUD, "cloud"))
    assert sentinel.account.places[0].deviation is None
    assert sentinel.account.light == "grey"
    assert sentinel.events == []


def test_a_calibration_that_a_late_movement_explains_is_taken_back() -> None:
    sentinel = both(100, 98).hears(moved(-2, after(-1 / 60), "M1", CLOUD))  # before both counts: in both
    assert sentinel.account.on_hand == 98
    late = Sentinel().hears(counted(100, warehouse=CLOUD), counted(98, after(1), CLOUD, "cloud"))
    late.hears(moved(-2, after(0.5), "M1", CLOUD))
    assert late.account.on_hand == 98
    assert [(event.units, event.reverses) for event in late.all(StockCalibrated)] == [(-2, False), (2, True)]
    assert late.all(ConditionGone)[-1].how == "withdrawn"


def test_twenty_units_of_calibration_are_noise_and_one_more_is_a_leak() -> None:
    sentinel = both(100, 105)
    for hour, cloud in enumerate((100, 105, 100), 1):
        sentinel.hears(counted(cloud, after(hour), CLOUD, "cloud"))
    assert sum(abs(event.units) for event in sentinel.all(StockCalibrated)) == 20
    assert not sentinel.account.places[0].leaking
    sentinel.hears(counted(101, after(5), CLOUD, "cloud"))
    assert sentinel.account.places[0].leaking
    assert len(sentinel.all(StockCalibrated)) == 4
    assert sentinel.account.light == "red"
    again = both(100, 105)
    for hour, cloud in ((1, 100), (2, 105), (3, 100), (27.01, 101)):
        again.hears(counted(cloud, after(hour), CLOUD, "cloud"))
    assert len(again.all(StockCalibrated)) == 5, "what is older than 24 h is not in the budget"


def test_five_calibrations_in_one_direction_are_a_leak_and_four_are_not() -> None:
    sentinel = both(100, 99)
    for hour in (1, 2, 3):
        sentinel.hears(counted(99 - hour, after(hour), CLOUD, "cloud"))
    assert not sentinel.account.places[0].leaking
    sentinel.hears(counted(95, after(4), CLOUD, "cloud"))
    assert sentinel.account.places[0].leaking
    sentinel.hears(counted(94, after(5), CLOUD, "cloud"))
    assert len(sentinel.all(StockCalibrated)) == 5
    sentinel.hears(counted(94, after(6), CLOUD))
    assert not sentinel.account.places[0].leaking, "a stock-take of the ledger starts anew"


def test_the_last_piece_suspends_before_the_next_order_and_the_next_is_oversold() -> None:
    sentinel = Sentinel().hears(counted(2), reserved("A"))
    assert not sentinel.account.suspended
    sentinel.hears(reserved("B", at=after(1)))
    assert sentinel.account.suspended
    assert {command.storefront for command in sentinel.all(SuspendSku)} == set(sentinel.policy.storefronts)
    assert sentinel.all(OrderOversold) == []
    sentinel.hears(reserved("C", at=after(2)))
    assert [(event.order_id, event.up) for event in sentinel.all(OrderOversold)] == [("C", True)]
    assert [(flag.order_id, flag.up) for flag in sentinel.all(OrderFlagged)] == [("C", True)]
    assert len(sentinel.all(SkuSuspended)) == 1


def test_the_last_reserved_are_beyond_however_late_the_earlier_one_is_told() -> None:
    sentinel = Sentinel().hears(
        counted(2), reserved("A"), reserved("C", at=after(2)), reserved("B", at=after(1))
    )
    assert sentinel.state is not None
    assert sentinel.state.orders.oversold() == ["C"]
    sentinel.hears(released("A", at=after(3)))
    assert sentinel.state.orders.oversold() == []
    assert [(flag.order_id, flag.up) for flag in sentinel.all(OrderFlagged)] == [("C", True), ("C", False)]
    assert sentinel.all(ConditionGone)[-1].kind == "oversell"


def test_safety_stock_is_never_sold_and_procurement_is_told_once() -> None:
    policy = StockPolicy(defaults=Thresholds(safety_units=3))
    sentinel = Sentinel(policy).hears(counted(7))
    assert sentinel.account.available == 4
    assert sentinel.all(NotifyProcurement) == []
    sentinel.hears(reserved("A"), reserved("B"))
    assert [(one.available, one.safety_stock) for one in sentinel.all(NotifyProcurement)] == [(3, 3)]
    sentinel.hears(reserved("C"), reserved("D"))
    assert sentinel.account.suspended
    assert sentinel.account.sellable == 3


def test_an_order_counts_once_however_it_left_and_a_parcel_takes_its_part() -> None:
    sentinel = Sentinel().hears(counted(10), reserved("A", 3), shipped("A", 1))
    assert (sentinel.account.on_hand, sentinel.account.reserved) == (10, 2)
    sentinel.hears(moved(-1, after(1), "M1", order="A"))
    assert (sentinel.account.on_hand, sentinel.account.reserved) == (9, 2)
    sentinel.hears(moved(-2, after(1), "M2", order="A"), shipped("A", 2, step=3))
    assert (sentinel.account.on_hand, sentinel.account.reserved) == (7, 0)


def test_a_parcel_that_is_told_before_its_order_reserves_nothing() -> None:
    sentinel = Sentinel().hears(counted(10), moved(-2, after(1), "M1", order="A"), reserved("A", 2))
    assert (sentinel.account.on_hand, sentinel.account.reserved) == (8, 0)


def test_what_happens_is_counted_in_its_own_window_and_too_late_only_as_late() -> None:
    sentinel = Sentinel().hears(counted(10, after(0.1)), ordered("A", 2), reserved("A", 2))
    sentinel.hears(counted(9, after(25)))
    assert sentinel.state is not None
    assert sentinel.state.windows.of(HOUR_MS)[1772352000000][:2] == (2, 2)
    sentinel.hears(reserved("B", at=after(0.5)), at=after(25))
    assert sentinel.state.windows.late == 1, "its five minutes are no longer kept"
    assert sentinel.state.windows.of(HOUR_MS)[1772352000000][1] == 3
    assert sentinel.policy.windows[0][1] == DAY_MS


def test_a_command_is_sent_again_until_it_is_confirmed_and_then_a_person_is_told() -> None:
    policy = StockPolicy(storefronts=("tmall", "jd"))
    sentinel = Sentinel(policy).hears(counted(0))
    first = {one.storefront: one for one in sentinel.all(SuspendSku)}
    sentinel.hears(confirmed(first["tmall"], after(ms=20_000)))
    assert sentinel.waits_until(after(ms=59_999)).all(SuspendSku)[2:] == []
    sentinel.waits_until(after(ms=60_000)).waits_until(after(ms=120_000))
    again = [(one.storefront, one.attempt, one.command_id) for one in sentinel.all(SuspendSku)[2:]]
    assert again == [("jd", n, first["jd"].command_id) for n in (2, 3)]
    assert sentinel.all(StorefrontSilent) == []
    sentinel.waits_until(after(ms=180_000))
    assert [(one.storefront, one.attempts) for one in sentinel.all(StorefrontSilent)] == [("jd", 3)]
    assert sentinel.all(ConditionSeen)[-1].kind == "storefront_silent"
    sentinel.hears(confirmed(first["jd"], after(1)))
    assert sentinel.all(ConditionGone)[-1].kind == "storefront_silent"
    fronts = {one.storefront: one.answered_at for one in sentinel.account.fronts}
    assert fronts == {"tmall": after(ms=20_000), "jd": after(1)}


def test_a_release_is_a_command_of_its_own() -> None:
    sentinel = Sentinel().hears(counted(0)).waits_until(after(1)).hears(counted(5, after(1)))
    sentinel.waits_until(after(1.1))
    assert {one.storefront for one in sentinel.all(ReleaseSku)} == set(sentinel.policy.storefronts)
    ids = [one.command_id for one in (*sentinel.all(SuspendSku), *sentinel.all(ReleaseSku))]
    assert len(set(ids)) == 10


def test_shares_never_exceed_what_can_be_sold() -> None:
    rule = Allocation(SKU, "", {"tmall": 0.5, "jd": 0.3}, {"jd": 20})
    policy = StockPolicy(allocations=(rule,), storefronts=("tmall", "jd"))
    sentinel = Sentinel(policy).hears(counted(100))
    assert {one.storefront: one.shown_units for one in sentinel.all(AllocateSku)} == {"tmall": 50, "jd": 20}
    for number in range(20):
        sentinel.hears(reserved(f"T{number}", 1), reserved(f"J{number}", 2, platform="jd"))
        _within(sentinel)
    sentinel.hears(counted(12, after(1)))
    _within(sentinel)
    sentinel.hears(counted(0, after(2)))
    _within(sentinel)


def _within(sentinel: Sentinel) -> None:
    shown = sum(one.shown_units or 0 for one in sentinel.account.fronts)
    assert shown <= max(0, sentinel.account.available or 0)


def test_a_warehouse_that_fell_silent_is_shown_and_held_back_where_the_policy_says_so() -> None:
    speaks = {CLOUD: HOUR_MS}
    for holds_back, on_hand in ((False, 14), (True, 4)):
        limits = Thresholds(hold_back_silent=holds_back)
        sentinel = Sentinel(StockPolicy(defaults=limits, speaks_every_ms=speaks))
        sentinel.hears(counted(4), counted(10, warehouse=CLOUD), counted(10, START, CLOUD, "cloud"))
        assert sentinel.waits_until(after(3)).account.light == "green"
        assert sentinel.account.on_hand == 14
        sentinel.waits_until(after(3, ms=1))
        assert (sentinel.account.light, sentinel.account.on_hand) == ("yellow", on_hand)
        assert sentinel.hears(counted(10, after(4), CLOUD, "cloud")).account.on_hand == 14


def test_what_is_on_its_way_is_on_nobodys_hand() -> None:
    sentinel = Sentinel().hears(counted(10), counted(0, warehouse="b"))
    sentinel.hears(moved(-4, after(1), "T1", reason="transfer_out"))
    assert (sentinel.account.on_hand, sentinel.account.in_transit) == (6, 4)
    sentinel.hears(moved(4, after(2), "T1", "b", "transfer_in"))
    assert (sentinel.account.on_hand, sentinel.account.in_transit) == (10, 0)
    sentinel.hears(returning("A", 2), moved(1, after(3), "R1", reason="returned", order="A"))
    assert sentinel.account.returning == 1


def test_the_most_specific_rule_wins_field_by_field() -> None:
    policy = StockPolicy(
        rules=(
            Rule("SKU-1", "", "", {"safety_units": 9}),
            Rule("", "shoes", "", {"safety_units": 5, "deviation_units": 7}),
            Rule("", "", CLOUD, {"deviation_units": 3, "calibration_budget": 1}),
        ),
        categories={"shoes": ("SKU-*",)},
    )
    found = policy.of("SKU-1", CLOUD)
    assert (found.safety_units, found.deviation_units, found.calibration_budget) == (9, 7, 1)
    assert policy.of("SKU-2", CLOUD).safety_units == 5
    assert policy.of("X", CLOUD).deviation_units == 3
    assert policy.of("X").deviation_units == 5


def test_what_is_too_old_to_be_told_from_a_repetition_is_only_counted() -> None:
    sentinel = Sentinel().hears(counted(10, after(48)), moved(-1, START, "M1"))
    assert (sentinel.account.on_hand, sentinel.account.late) == (10, 1)
    sentinel = Sentinel().hears(counted(10), moved(-1, after(1), "M0"), counted(8, after(49, ms=1)))
    sentinel.waits_until(after(50)).hears(moved(-1, after(1), "M0"))
    assert sentinel.account.on_hand == 8, "forgotten, and therefore not taken again"
