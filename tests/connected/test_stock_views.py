"""The views of SKUs on the real store: windows equal to the worker's to the unit, each SKU as it stands."""

from datetime import timedelta
from random import Random
from typing import Any

import pytest

from pipeline.domain.instants import to_ms
from pipeline.domain.stock import StockPolicy
from pipeline.domain.stock.policy import Allocation
from pipeline.domain.stock.windows import NAMES
from schemas.inventory import OfSku
from schemas.stock import StockCalibrated, SuspendSku
from tests.builders import START, after
from tests.connected.shelf import Shelf, clock
from tests.stock_builders import (
    SKU,
    Sentinel,
    confirmed,
    counted,
    moved,
    ordered,
    released,
    reserved,
    shipped,
)

pytestmark = pytest.mark.connected

LENGTHS = {"5m": 300_000, "1h": 3_600_000}


def a_day(random: Random) -> list[OfSku]:
    """What happens to one SKU in twenty hours, some of it told late, some twice."""
    facts: list[Any] = [counted(300, warehouse="main"), counted(200, warehouse="cloud-1")]
    for number in range(240):
        at, order = START + timedelta(seconds=random.randrange(72_000)), f"o{number}"
        facts += [ordered(order, 2, at), reserved(order, 2, at)]
        if number % 9 == 0:
            facts.append(released(order, 2, at + timedelta(minutes=7)))
        elif number % 2:
            later = at + timedelta(minutes=random.randrange(200))
            facts += [shipped(order, 2, later), moved(-2, later, f"M{number}", "main", order=order)]
    for hour in range(1, 20):
        units = random.randrange(190, 212)
        facts.append(counted(units, after(hour), "cloud-1", "cloud"))
        facts.append(moved(random.randrange(9), after(hour + 0.3), f"R{hour}", "main", "returned"))
    late = {f"o{number}": random.randrange(600_000) for number in range(240)}  # of one order alike

    def arrival(fact: Any) -> int:
        order = getattr(fact, "order_id", None)
        return to_ms(fact.occurred_at) + (late[order] if order else random.randrange(600_000))

    facts.sort(key=arrival)
    return facts + random.sample(facts, 60)


def test_the_windows_are_those_of_the_worker_to_the_unit(shelf: Shelf) -> None:
    facts = a_day(Random(11))
    sentinel = Sentinel().hears(*facts)
    shelf.put(*facts, *sentinel.events, sentinel.account)
    assert sentinel.state is not None
    assert sentinel.state.windows.late == 0
    for length, length_ms in LENGTHS.items():
        sql = f"SELECT * FROM v_sku_windows WHERE length = '{length}'"
        found = {
            to_ms(row["window_start"]): tuple(row[name] for name in NAMES) for row in shelf.reader.query(sql)
        }
        assert found == sentinel.state.windows.of(length_ms), length
    assert sum(row[NAMES.index("deviation_max")] for row in found.values()) > 0
    assert sum(row[NAMES.index("suspensions")] for row in found.values()) > 0


def test_a_sku_stands_in_the_views_as_its_account_says(shelf: Shelf) -> None:
    rule = Allocation(SKU, "", {"tmall": 0.5}, {})
    sentinel = Sentinel(StockPolicy(allocations=(rule,), storefronts=("tmall", "jd")))
    sentinel.hears(counted(3), counted(7, warehouse="cloud-1"), counted(10, START, "cloud-1", "cloud"))
    sentinel.hears(reserved("A", 4, after(1)), reserved("B", 9, after(2), platform="jd"))
    first = sentinel.all(SuspendSku)[0]
    answer = confirmed(first, after(2, ms=9_000))
    sentinel.hears(answer)
    shelf.put(clock(after(4)), *sentinel.events, answer, sentinel.account, reserved("A", 4, after(1)))
    shelf.put(reserved("B", 9, after(2), platform="jd"))
    one = shelf.one("SELECT * FROM v_skus")
    assert (one["on_hand"], one["reserved"], one["sellable"], one["available"]) == (13, 13, 0, 0)
    assert (one["suspended"], one["why"], one["light"]) == (True, "sold_out", "red")
    assert one["velocity_per_h"] == pytest.approx(13 / 3), "since its first fact, three hours ago"
    assert one["velocity_last_h"] == 0, "watched, and nothing was sold"
    assert one["hours_of_cover"] == 0
    places = {row["warehouse"]: row for row in shelf.reader.query("SELECT * FROM v_sku_places")}
    assert (places["cloud-1"]["ledger_units"], places["cloud-1"]["deviation"]) == (10, 0)
    assert places["cloud-1"]["trust"] == pytest.approx(1 - 4 / 24)
    assert (places["main"]["cloud_units"], places["main"]["trust"]) == (None, None)
    told = shelf.reader.query("SELECT platform, units, orders FROM v_sku_reservations ORDER BY platform")
    assert [tuple(row.values()) for row in told] == [("jd", 9, 1), ("tmall", 4, 1)]
    sent = shelf.reader.query("SELECT * FROM v_sku_suspensions WHERE command = 'sku.suspend'")
    assert {row["storefront"]: row["answered_at"] for row in sent} == {
        "tmall": after(2, ms=9_000), "jd": None
    }  # fmt: skip
    history = shelf.reader.query("SELECT what, deviation, calibrated FROM v_sku_deviations ORDER BY what")
    assert [tuple(row.values()) for row in history] == [
        ("stock.calibrated", None, 3), ("stock.deviated", 3, None)
    ]  # fmt: skip


def test_the_pace_of_a_sku_is_that_of_its_complete_windows_and_unknown_before_an_hour(shelf: Shelf) -> None:
    facts = a_day(Random(12))
    sentinel = Sentinel().hears(*facts)
    shelf.put(clock(after(19.99)), *facts, sentinel.account)
    assert sentinel.state is not None
    windows = sentinel.state.windows.of(LENGTHS["5m"])
    until_ms = to_ms(after(19.99)) // LENGTHS["5m"] * LENGTHS["5m"]
    day = [row[NAMES.index("reserved")] for start, row in windows.items() if start < until_ms]
    last = [windows[at][1] for at in range(until_ms - 3_600_000, until_ms, LENGTHS["5m"]) if at in windows]
    one = shelf.one("SELECT * FROM v_skus")
    hours = (until_ms - to_ms(START)) / 3_600_000
    assert one["velocity_per_h"] == pytest.approx(sum(day) / hours)
    assert one["velocity_last_h"] == sum(last) > 0
    assert one["hours_of_cover"] == pytest.approx(max(0, one["available"]) * hours / sum(day))
    shelf.clear()
    known = Sentinel().hears(counted(5, START))
    for hours, pace in ((0.99, None), (1, 0)):
        shelf.put(clock(after(hours)), counted(5, START), known.account)
        one = shelf.one("SELECT * FROM v_skus")
        assert (one["velocity_per_h"], one["velocity_last_h"]) == (pace, pace)
        assert one["hours_of_cover"] is None, "no data, or nothing is sold: never a number"


def test_oversold_orders_and_silent_storefronts_show_in_the_self_check(shelf: Shelf) -> None:
    def light() -> str:
        sql = "SELECT light FROM v_self_check WHERE item = 'inventory_sync'"
        return str(shelf.one(sql)["light"])

    sentinel = Sentinel(StockPolicy(storefronts=("tmall",)))
    sentinel.hears(counted(2), counted(2, START, "main", "cloud"))
    shelf.put(clock(after(1)), sentinel.account)
    assert light() == "healthy", "nobody had to be told anything"
    sentinel.hears(*(reserved(f"o{n}", 1, after(1)) for n in range(7)))
    shelf.put(clock(after(1, ms=60_000)), *sentinel.events, sentinel.account)
    assert light() == "healthy", "five oversold orders, and the storefront still has time"
    shelf.put(clock(after(1, ms=61_001)))
    assert light() == "sub_healthy", "the storefront did not answer within a minute"
    sentinel.hears(reserved("o7", 1, after(1.1)))
    shelf.put(clock(after(1.2)), *sentinel.events)
    assert light() == "danger"
    oversold = shelf.reader.query(
        "SELECT order_id FROM v_oversold_orders WHERE is_oversold ORDER BY order_id"
    )
    assert [row["order_id"] for row in oversold] == [f"o{n}" for n in range(2, 8)]


def test_the_difference_rate_is_that_of_the_last_end_of_a_business_day(shelf: Shelf) -> None:
    """The tests begin at 16:00 in China, so the business day ends 8 h later."""

    def rate() -> float | None:
        row = shelf.one("SELECT figures FROM v_self_check WHERE item = 'inventory_sync'")
        return row["figures"]["difference_rate"]  # type: ignore[no-any-return]

    midnight, before = after(8), after(8, ms=-1)
    sentinel = Sentinel().hears(counted(10), counted(20, before, "main", "cloud"))
    shelf.put(clock(before), *sentinel.events, sentinel.account)
    assert rate() == 0, "the day is not over"
    shelf.put(clock(midnight))
    assert rate() == 1
    sentinel.hears(counted(10, midnight, "main", "cloud"))
    shelf.put(*sentinel.events, sentinel.account, clock(after(32, ms=-1)))
    assert rate() == 1, "mended with the next day"
    shelf.reader.query("INSERT INTO constants (name, word) VALUES ('business_zone', 'UTC')")
    assert rate() == 0, "there the day ends 8 h later"
    shelf.put(clock(after(32)))
    shelf.reader.query("INSERT INTO constants (name, word) VALUES ('business_zone', 'Asia/Shanghai')")
    assert rate() == 0
    sentinel.hears(counted(13, after(33), "main", "cloud"))
    shelf.put(clock(after(56)), *sentinel.events, sentinel.account)
    assert sentinel.all(StockCalibrated)
    assert rate() == 0, "calibrated before the day ended"
