"""Orders by the warehouse that packs them, on the real store."""

from datetime import timedelta
from typing import Any

import pytest

from dashboard.queries.board import UNNAMED, Within, read_at_risk
from dashboard.queries.orders import Wanted, read_orders
from dashboard.queries.where import read_warehouse_stages
from schemas.order import OrderReported
from tests.connected.shelf import HOUR, NOW, Asking, Shelf, account, clock, head

pytestmark = pytest.mark.connected


def packed(order_id: str, line: str, warehouse: str | None, version: int, **more: Any) -> OrderReported:
    """The warehouse system says where a parcel is packed."""
    base = head(f"packed {order_id} {line} {version}", observed_at=NOW + timedelta(seconds=version))
    base |= {"order_id": order_id, "platform": "jd", "shop": "east", "reporter": "wms", "mapping": "wms@1"}
    told = {"line": line, "warehouse": warehouse, "version": version, "phase": "to_ship"}
    return OrderReported.model_validate(base | told | more)


def test_an_order_is_where_its_parcels_are_packed_by_the_last_word(shelf: Shelf) -> None:
    shelf.put(
        packed("A", "W1", "north", 1),
        packed("A", "W1", "south", 3),
        packed("A", "W1", "north", 2),
        packed("A", "W1", None, 4),
        packed("B", "W2", "north", 1),
        packed("B", "W3", "south", 1),
        packed("B", "W4", "south", 1),
        packed("C", "W5", None, 1),
    )
    found = shelf.reader.query("SELECT order_id, warehouse FROM v_order_warehouses ORDER BY ALL")
    assert [(row["order_id"], row["warehouse"]) for row in found] == [
        ("A", "south"),
        ("B", "north"),
        ("B", "south"),
    ]


def test_lateness_is_counted_by_warehouse_and_what_nobody_named_is_not_lost(shelf: Shelf) -> None:
    late = {"is_open": True, "overdue_since_at": NOW - HOUR, "owed": "ship"}
    soon = {"is_open": True, "next_deadline_at": NOW + HOUR, "owed": "ship"}
    shelf.put(
        clock(NOW),
        account("A", "broken", **late),
        account("B", "open", **soon),
        account("C", "open", **soon),
        account("D", "kept", shop="west"),
        packed("A", "W1", "north", 1),
        packed("B", "W2", "north", 1),
        packed("B", "W3", "south", 1),
    )
    found = shelf.reader.query(
        "SELECT warehouse, sum(orders) AS o, sum(open_orders) AS u, sum(at_risk_orders) AS r,"
        " sum(overdue_orders) AS l FROM v_warehouse_stages GROUP BY warehouse ORDER BY warehouse"
    )
    assert [tuple(row.values()) for row in found] == [
        ("", 2, 1, 1, 0),
        ("north", 2, 2, 1, 1),
        ("south", 1, 1, 1, 0),
    ]
    screen = Asking(shelf)
    assert {row.warehouse for row in read_warehouse_stages(screen)} == {"", "north", "south"}
    wanted = {"": "ABC", "north": "AB", "south": "B", UNNAMED: "C", "moon": ""}
    for warehouse, orders in wanted.items():
        listed = read_at_risk(screen, Within(warehouse=warehouse))
        assert ("".join(row.order_id for row in listed.rows), listed.total) == (orders, len(orders)), (
            warehouse
        )
        found = read_orders(screen, Wanted("open", warehouse=warehouse))
        assert "".join(sorted(row.order_id for row in found.rows)) == orders, warehouse


def test_what_broke_off_between_report_and_warehouse_is_mended_by_the_repetition(shelf: Shelf) -> None:
    """The sink repeats an insert of which it never heard: the reports are there, the warehouse is not."""
    rows = shelf.rows(packed("A", "W1", "north", 1))
    shelf.insert(rows, "broke off")
    shelf.reader.query("TRUNCATE TABLE order_warehouses")
    shelf.insert(rows, "broke off")
    assert shelf.one("SELECT count() AS n FROM order_reports")["n"] == 1, "the repetition was recognised"
    assert shelf.one("SELECT warehouse FROM v_order_warehouses")["warehouse"] == "north"


def test_the_last_word_is_by_version_then_by_receipt_then_by_offset(shelf: Shelf) -> None:
    said = [(2, 0, "first"), (2, 1, "later received"), (9_000, 0, "highest version"), (3, 9, "late")]
    for count in range(1, len(said) + 1):
        words = [
            packed("A", "W1", warehouse, version, observed_at=NOW + timedelta(seconds=seconds))
            for version, seconds, warehouse in said[:count]
        ]
        shelf.clear()
        shelf.put(*reversed(words))
        last = shelf.one("SELECT warehouse FROM v_order_warehouses")["warehouse"]
        assert last == max(said[:count])[2]
    shelf.clear()
    shelf.put(
        packed("A", "W1", "one", 1, event_id="x", observed_at=NOW),
        packed("A", "W1", "two", 1, event_id="y", observed_at=NOW),
    )
    assert shelf.one("SELECT warehouse FROM v_order_warehouses")["warehouse"] == "two"
