"""What makes a SKU run out, on the real store: each piece once, and all of it comes to what is available."""

from datetime import timedelta
from random import Random
from typing import Any

import pytest

from dashboard.queries.sku_drivers import read_drivers
from pipeline.domain.policy import HOUR_MS
from pipeline.domain.stock import StockPolicy
from pipeline.domain.stock.policy import Thresholds
from schemas.inventory import OfSku
from tests.builders import START, after
from tests.connected.shelf import Asking, Shelf, clock
from tests.stock_builders import SKU, Sentinel, counted, moved, released, reserved, shipped

pytestmark = pytest.mark.connected
DAY = timedelta(hours=24)
SINCE = after(6)
NOW = SINCE + DAY
LATER = SINCE + timedelta(minutes=1)


def told(shelf: Shelf, *facts: Any) -> dict[tuple[str, str, str], int]:
    """The drivers of the SKU as of NOW, with these facts in the store: (driver, reason, place) -> pieces."""
    shelf.put(clock(NOW), *facts)
    return {(one.driver, one.reason, one.place): one.units for one in read_drivers(Asking(shelf), SKU)}


def test_what_was_sellable_a_day_ago_less_every_driver_is_what_is_available(shelf: Shelf) -> None:
    thresholds = Thresholds(
        safety_units=7, hold_back_silent=True, calibration_budget=90, calibrations_most=90
    )
    policy = StockPolicy(defaults=thresholds, speaks_every_ms={"cloud-2": HOUR_MS})
    for seed in range(5):
        shelf.clear()
        facts = two_days(Random(seed))
        sentinel = Sentinel(policy).hears(*(fact for fact in facts if fact.occurred_at <= SINCE))
        before = sentinel.account
        held = sum(one.ledger_units or 0 for one in before.places if one.held_back)
        assert before.sellable is not None
        sentinel.hears(*(fact for fact in facts if fact.occurred_at > SINCE)).waits_until(NOW)
        found = told(shelf, *facts, *sentinel.events, sentinel.account)
        assert before.sellable + held - sum(found.values()) == sentinel.account.available, seed
        assert {driver for driver, _, _ in found} == {
            "orders", "outbound", "moved", "counted", "calibrated", "safety", "held_back"
        }  # fmt: skip


def two_days(random: Random) -> list[OfSku]:
    """Thirty hours of one SKU by time: orders in every state, and whatever else moves goods."""
    facts: list[Any] = [counted(900, warehouse=name) for name in ("main", "cloud-1", "cloud-2")]
    facts += [counted(900, START, "cloud-1", "cloud"), counted(900, START, "cloud-2", "cloud")]
    for number in range(150):
        at, order = START + timedelta(seconds=random.randrange(1, 29 * 3_600)), f"o{number}"
        units, later = random.randrange(1, 4), at + timedelta(minutes=random.randrange(1, 50))
        soon, on = later + timedelta(minutes=3), {"platform": random.choice(("jd", "tmall"))}
        facts.append(reserved(order, units, at, **on))
        facts += [
            [released(order, units, later, **on)],
            [shipped(order, units, later, **on), moved(-units, soon, f"M{number}", order=order)],
            [moved(-units, later, f"M{number}", order=order), shipped(order, units, soon, **on)],
            [shipped(order, units, later, **on), moved(-units, soon, f"M{number}", "cloud-1")],
            [moved(-1, later, f"M{number}", order=f"gift{number}")],
            [],
        ][number % 6]
    for hour in range(1, 29):
        at = after(hour + 0.5)
        facts += [
            [moved(-random.randrange(1, 5), at, f"S{hour}", reason="scrap")],
            [
                moved(-2, at, f"T{hour}", reason="transfer_out"),
                moved(2, at, f"T{hour}", "cloud-1", "transfer_in"),
            ],
            [moved(1, at, f"R{hour}", reason="returned", order=f"o{hour}")],
            [counted(random.randrange(700, 900), at)],
            [moved(-3, at, f"X{hour}")],
        ][hour % 5]
    facts.sort(key=lambda fact: fact.occurred_at)
    return with_counts(facts, random)


def with_counts(facts: list[Any], random: Random) -> list[Any]:
    """Counts of the cloud that differ a little from its ledger, so that it is calibrated."""
    there = 900
    found: list[Any] = []
    for number, fact in enumerate(facts):
        found.append(fact)
        if getattr(fact, "movement_id", "") and fact.warehouse == "cloud-1":
            there += fact.units
            if number % 2:
                there += random.randrange(-2, 3)
                found.append(counted(there, fact.occurred_at, "cloud-1", "cloud", number))
    return found


def test_an_order_takes_its_pieces_once_however_far_it_has_come(shelf: Shelf) -> None:
    kept = [counted(50), reserved("A", 3, LATER, platform="jd"), reserved("B", 2, LATER)]
    assert told(shelf, *kept) == {("orders", "", "jd"): 3, ("orders", "", "tmall"): 2}
    out = moved(-3, NOW, "M1", order="A")
    assert told(shelf, out) == {("orders", "", "jd"): 3, ("orders", "", "tmall"): 2}, "no second driver"
    assert told(shelf, released("B", 2, NOW)) == {("orders", "", "jd"): 3}, "a release gives it back"
    (orders,) = read_drivers(Asking(shelf), SKU)
    assert orders.orders == 1, "B comes to nothing"


def test_a_parcel_and_an_outbound_without_a_number_are_the_same_pieces(shelf: Shelf) -> None:
    facts = [counted(50), reserved("A", 3, LATER), shipped("A", 3, LATER)]
    assert told(shelf, *facts, moved(-5, LATER, "M1")) == {
        ("orders", "", "tmall"): 3, ("outbound", "", ""): 2
    }  # fmt: skip
    shelf.clear()
    assert told(shelf, *facts) == {("orders", "", "tmall"): 3, ("outbound", "", ""): -3}, "not booked yet"


def test_what_is_told_again_counts_once(shelf: Shelf) -> None:
    facts = [counted(50), reserved("A", 3, LATER), moved(-4, LATER, "M1", reason="scrap")]
    again = moved(-4, LATER, "M1", reason="scrap").model_copy(update={"event_id": "told by another map"})
    twice = counted(50).model_copy(update={"event_id": "told by another map, too"})
    assert told(shelf, *facts, *facts, again, twice) == {
        ("orders", "", "tmall"): 3, ("moved", "scrap", "main"): 4
    }  # fmt: skip


def test_a_fact_of_more_than_a_day_ago_is_out_and_one_ahead_of_the_clock_too(shelf: Shelf) -> None:
    moment = timedelta(milliseconds=1)
    for at, takes in ((SINCE, False), (SINCE + moment, True), (NOW, True), (NOW + moment, False)):
        shelf.clear()
        found = told(shelf, counted(50), reserved("A", 3, at), moved(-4, at, "M1", reason="scrap"))
        assert found == ({("orders", "", "tmall"): 3, ("moved", "scrap", "main"): 4} if takes else {}), at


def test_a_count_of_the_ledger_takes_what_it_did_not_find(shelf: Shelf) -> None:
    facts = [counted(50), moved(-4, LATER, "M1", reason="scrap"), counted(43, NOW)]
    assert told(shelf, *facts) == {("moved", "scrap", "main"): 4, ("counted", "", "main"): 3}
    shelf.clear()
    facts = [counted(50), moved(-4, NOW, "M1", reason="scrap"), counted(48, LATER)]
    assert told(shelf, *facts) == {("moved", "scrap", "main"): 4, ("counted", "", "main"): 2}
    shelf.clear()
    assert told(shelf, counted(50), counted(53, NOW)) == {("counted", "", "main"): -3}, "it found more"
    shelf.clear()
    assert told(shelf, counted(43, NOW), moved(-4, LATER, "M1", reason="scrap")) == {}, (
        "a first count takes nothing"
    )


def test_without_a_ledger_only_its_orders_are_known(shelf: Shelf) -> None:
    facts = [
        counted(9, START, "main", "cloud"),
        reserved("A", 2, LATER),
        moved(-4, LATER, "M1", reason="scrap"),
    ]
    assert told(shelf, *facts) == {("orders", "", "tmall"): 2}
    assert read_drivers(Asking(shelf), "SKU-0") == ()
