"""The orders that need a SKU, and how many of their promises were kept, on the real store."""

from datetime import timedelta
from typing import Any

import pytest

from dashboard.queries.chosen import Chosen
from dashboard.queries.orders import Wanted, read_orders
from dashboard.queries.sku_orders import read_on_time, read_sku_orders
from tests.connected.shelf import HOUR, MS, NOW, Asking, Shelf, account, clock
from tests.connected.test_warehouse_views import packed
from tests.stock_builders import SKU, ordered, released, reserved, shipped

pytestmark = pytest.mark.connected
LATE = {"is_open": True, "overdue_since_at": NOW - HOUR, "owed": "ship"}
SOON = {"is_open": True, "next_deadline_at": NOW + HOUR, "owed": "ship"}
CALM = {"is_open": True, "next_deadline_at": NOW + 9 * HOUR, "owed": "ship"}


def needs(order: str, units: int = 1) -> list[Any]:
    """A line names the SKU, and its pieces are reserved."""
    return [ordered(order, units), reserved(order, units)]


def test_the_open_orders_that_need_a_sku_stand_late_first_and_no_other(shelf: Shelf) -> None:
    shelf.put(
        clock(NOW),
        account("calm", "open", **CALM),
        account("soon", "open", **SOON),
        account("late", "broken", **LATE),
        account("kept", "kept", NOW),
        account("other", "open", **SOON),
        *(fact for order in ("calm", "soon", "late", "kept") for fact in needs(order, 2)),
        shipped("late", 1),
        ordered("other", sku="SKU-2"),
    )
    found = read_sku_orders(Asking(shelf), SKU)
    assert [(row.order_id, row.units, row.stage) for row in found.rows] == [
        ("late", 2, "outbound"),
        ("soon", 2, "outbound"),
        ("calm", 2, "outbound"),
    ]
    assert [(row.overdue, row.at_risk, row.seconds_left) for row in found.rows] == [
        (True, False, -3600),
        (False, True, 3600),
        (False, False, 9 * 3600),
    ]
    assert read_sku_orders(Asking(shelf), SKU, cap=1).total == 3


def test_a_bundle_leads_by_its_own_name_and_by_its_components(shelf: Shelf) -> None:
    shelf.put(
        clock(NOW),
        account("part", "open", **SOON),
        account("both", "open", **SOON),
        ordered("part", sku="BUNDLE"),
        reserved("part", 3),
        *needs("both"),
        reserved("both", 3, step=2),
        ordered("both", sku="BUNDLE"),
    )
    told = {row.order_id: (row.units, row.in_bundle) for row in read_sku_orders(Asking(shelf), SKU).rows}
    assert told == {"part": (3, True), "both": (4, True)}
    bundle = read_sku_orders(Asking(shelf), "BUNDLE").rows
    assert {row.order_id: (row.units, row.in_bundle) for row in bundle} == {
        "part": (1, False),
        "both": (1, False),
    }


def test_what_an_order_no_longer_asks_for_is_gone_and_a_repetition_counts_once(shelf: Shelf) -> None:
    shelf.put(
        clock(NOW),
        account("changed", "open", **SOON),
        account("unpaid", "open", **SOON),
        *needs("changed", 2),
        ordered("changed", -2, step=2),
        reserved("changed", -2, step=3),
        ordered("unpaid", 5),
        released("unpaid", 1),
    )
    shelf.put(ordered("unpaid", 5))
    found = read_sku_orders(Asking(shelf), SKU)
    assert [(row.order_id, row.units) for row in found.rows] == [("unpaid", 5)]


def test_on_time_counts_what_was_settled_in_the_period_and_nothing_is_no_data(shelf: Shelf) -> None:
    screen = Asking(shelf)
    shelf.put(
        clock(NOW),
        account("now", "kept", NOW),
        account("edge", "kept", NOW - 24 * HOUR + MS),
        account("out", "kept", NOW - 24 * HOUR),
        account("lost", "broken", NOW - HOUR),
        account("ahead", "broken", NOW + MS),
        account("past", "broken", NOW - HOUR, as_of=NOW),
        account("open", "open", **SOON),
        account("else", "broken", NOW - HOUR),
        *(fact for order in ("now", "edge", "out", "lost", "ahead", "past", "open") for fact in needs(order)),
    )
    told = {window: read_on_time(screen, SKU, Chosen(window=window)) for window in ("1h", "24h", "7d", "all")}
    assert {window: (one.kept, one.broken) for window, one in told.items()} == {
        "1h": (1, 0),
        "24h": (2, 1),
        "7d": (3, 1),
        "all": (3, 1),
    }
    for window, one in told.items():  # each number leads to its orders
        behind = [
            read_orders(screen, Wanted(way, window=window, sku=SKU)).total for way in ("kept", "broken")
        ]
        assert behind == [one.kept, one.broken], window
    lost = read_orders(screen, Wanted("broken", window="all", sku=SKU)).rows
    assert [row.order_id for row in lost] == ["lost"]
    nothing = read_on_time(screen, "SKU-0", Chosen(window="24h"))
    assert (nothing.kept, nothing.broken) == (0, 0)


def test_both_obey_platform_and_warehouse(shelf: Shelf) -> None:
    screen = Asking(shelf)
    shelf.put(
        clock(NOW),
        account("A", "open", **SOON),
        account("B", "open", platform="tmall", **SOON),
        account("C", "kept", NOW - timedelta(minutes=1)),
        *(fact for order in "ABC" for fact in needs(order)),
        packed("A", "W1", "north", 1),
        packed("C", "W2", "north", 1),
    )
    wanted = {
        Chosen(): ("AB", 1),
        Chosen("jd"): ("A", 1),
        Chosen("tmall"): ("B", 0),
        Chosen(warehouse="north"): ("A", 1),
        Chosen(warehouse="-"): ("B", 0),
        Chosen(warehouse="moon"): ("", 0),
    }
    for chosen, (orders, kept) in wanted.items():
        listed = "".join(row.order_id for row in read_sku_orders(screen, SKU, chosen).rows)
        assert (listed, read_on_time(screen, SKU, chosen).kept) == (orders, kept), chosen
