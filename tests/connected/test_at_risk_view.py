"""The orders to act on: where each is packed, what it asks for, and for how long it has stood."""

from datetime import timedelta
from typing import Any

import pytest

from dashboard.queries.board import AtRiskRow, Within, read_at_risk
from dashboard.queries.orders import Wanted, read_orders
from schemas.inventory import SkuOrdered
from tests.connected.shelf import HOUR, MS, NOW, Asking, Shelf, account, clock, head
from tests.connected.test_warehouse_views import packed

pytestmark = pytest.mark.connected

SOON: dict[str, Any] = {
    "is_open": True,
    "next_deadline_at": NOW + HOUR,
    "owed": "ship",
    "phase": "not_shipped",
}


def asked_for(order_id: str, sku: str, step: int = 1, units: int = 1) -> SkuOrdered:
    base = head(f"{sku} of {order_id} {step}", order_id=order_id, sku=sku, units=units, step=step)
    return SkuOrdered.model_validate(base | {"platform": "jd", "shop": "east"})


def listed(shelf: Shelf) -> dict[str, AtRiskRow]:
    return {row.order_id: row for row in read_at_risk(Asking(shelf), Within()).rows}


def test_each_order_names_its_warehouses_and_skus_and_none_is_no_row_lost(shelf: Shelf) -> None:
    shelf.put(
        clock(NOW),
        account("A", "open", **SOON),
        account("B", "open", **SOON),
        packed("A", "W1", "south", 1),
        packed("A", "W2", "north", 1),
        asked_for("A", "TEA"),
        asked_for("A", "MUG"),
        asked_for("A", "TEA"),
        asked_for("A", "CUP"),
        asked_for("A", "CUP", step=2, units=-1),
        asked_for("other", "POT"),
    )
    found = listed(shelf)
    assert (found["A"].warehouses, found["A"].skus) == (("north", "south"), ("MUG", "TEA"))
    assert (found["B"].warehouses, found["B"].skus) == ((), ())


def test_the_time_in_a_stage_runs_from_what_began_it_and_is_no_data_without(shelf: Shelf) -> None:
    began = NOW - 3 * HOUR
    orders: dict[str, dict[str, Any]] = {
        "unpaid": {"platform_phase": "unpaid", "ordered_at": began},
        "to_ship": {"paid_at": began, "ordered_at": NOW - 9 * HOUR, "platform_phase": "to_ship"},
        "outbound": {"outbound_at": began, "paid_at": NOW - 9 * HOUR},
        "under_way": {"first_scan_at": began, "outbound_at": NOW - 9 * HOUR},
        "signed": {"phase": "signed", "signed_at": began},
    }
    shelf.put(clock(NOW), *(account(name, "open", **(SOON | told)) for name, told in orders.items()))
    assert {name: (row.stage, row.in_step_s) for name, row in listed(shelf).items()} == {
        name: (name, 3 * 3600) for name in orders
    }
    shelf.put(
        account("unknown", "open", **(SOON | {"ordered_at": began, "platform_phase": "to_ship"})),
        account("just now", "open", **(SOON | {"paid_at": NOW})),
        account("ahead of the clock", "open", **(SOON | {"paid_at": NOW + timedelta(minutes=5)})),
        account("a moment", "open", **(SOON | {"paid_at": NOW - 1000 * MS})),
    )
    found = {name: row.in_step_s for name, row in listed(shelf).items() if name not in orders}
    assert found == {"unknown": None, "just now": 0, "ahead of the clock": 0, "a moment": 1}


def test_the_orders_behind_nobody_on_it_are_those_of_the_light(shelf: Shelf) -> None:
    late = {"is_open": True, "owed": "ship"}
    shelf.put(
        clock(NOW),
        account("two hours", "broken", **late, overdue_since_at=NOW - 2 * HOUR),
        account("more", "broken", **late, overdue_since_at=NOW - 2 * HOUR - 1000 * MS),
    )
    found = read_orders(Asking(shelf), Wanted("unhandled"))
    assert [row.order_id for row in found.rows] == ["more"]
    assert shelf.one("SELECT overdue_over_2h AS n FROM v_board") == {"n": 1}
