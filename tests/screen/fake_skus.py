"""What the fake store knows of SKUs: one in trouble, one that is fine, one that nobody ever counted."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from dashboard.queries import sku, sku_drivers, sku_orders

CLOCK = datetime(2026, 11, 11, 7, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
FINE: dict[str, Any] = {
    "sku": "K-fine",
    "on_hand": 120,
    "reserved": 20,
    "safety_stock": 5,
    "sellable": 100,
    "available": 95,
    "in_transit": 0,
    "returning": 1,
    "suspended": False,
    "suspended_since": None,
    "why": "",
    "light": "green",
    "oversold": 0,
    "velocity_per_h": 2.5,
    "velocity_last_h": 3.0,
    "hours_of_cover": 38.0,
    "as_of": CLOCK,
}
STOPPED = FINE | {
    "sku": "K-stopped",
    "suspended": True,
    "suspended_since": CLOCK - 2 * HOUR,
    "why": "sold_out, deviation:east",
    "light": "red",
    "available": -3,
}
UNCOUNTED = FINE | {
    "sku": "K-new",
    "light": "grey",
    "velocity_per_h": 0.0,
    "velocity_last_h": 0.0,
    **dict.fromkeys(("on_hand", "sellable", "available", "hours_of_cover")),
}
PLACES: list[dict[str, Any]] = [
    {"warehouse": "east", "ledger_units": 60, "ledger_counted_at": CLOCK - HOUR, "cloud_units": 54}
    | {"cloud_counted_at": CLOCK - HOUR, "deviation": -6, "trust": 0.96}
    | {"leaking": False, "silent": False, "held_back": False},
    {"warehouse": "south", "ledger_units": 60, "ledger_counted_at": CLOCK - 18 * HOUR, "cloud_units": 60}
    | {"cloud_counted_at": CLOCK - 18 * HOUR, "deviation": 0, "trust": 0.25}
    | {"leaking": False, "silent": False, "held_back": False},
    {"warehouse": "west", "ledger_units": None, "ledger_counted_at": None, "cloud_units": None}
    | {"cloud_counted_at": None, "deviation": None, "trust": None}
    | {"leaking": False, "silent": True, "held_back": True},
]
WINDOWS: list[dict[str, Any]] = [  # newest first, as the store gives them
    {"length": length, "window_start": CLOCK - back * HOUR, "sold": sold, "reserved": sold, "released": 0}
    | {"outbound": 1, "returned": 0, "counts": counts, "deviation_max": apart, "suspensions": 0}
    for length, back, sold, counts, apart in (
        ("1h", 1, 4, 1, 6),
        ("1h", 2, 7, 0, 0),
        ("1h", 5, 2, 1, 0),
        ("5m", 1, 3, 1, 6),
    )
]
HELD = [{"platform": "jd", "units": 15, "orders": 9}, {"platform": "tmall", "units": 5, "orders": 5}]
APART = [
    {"warehouse": "east", "at": CLOCK - HOUR, "what": "stock.deviated", "deviation": -6, "ledger_units": 60}
    | {"cloud_units": 54, "calibrated": None, "reverses": False},
    {"warehouse": "east", "at": CLOCK - 9 * HOUR, "what": "stock.calibrated", "deviation": None}
    | {"ledger_units": None, "cloud_units": None, "calibrated": -2, "reverses": False},
]
TOLD = [
    {"storefront": "jd", "command": "sku.suspend", "why": "sold_out, deviation:east", "shown_units": None}
    | {"sent_at": CLOCK - 2 * HOUR, "attempts": 2, "answered_at": None},
    {"storefront": "tmall", "command": "sku.allocate", "why": "", "shown_units": 40}
    | {"sent_at": CLOCK - 3 * HOUR, "attempts": 1, "answered_at": CLOCK - 3 * HOUR},
]
ORDERS = [
    {"order_id": f"N{at}", "platform": "jd" if at % 2 else "tmall", "shop": "shop", "stage": "to_ship"}
    | {"overdue": at == 0, "at_risk": at == 1, "promise": "ship", "deadline_at": CLOCK + (3 * at - 1) * HOUR}
    | {"seconds_left": (3 * at - 1) * 3600, "ordered_at": CLOCK - 30 * HOUR, "units": at + 1}
    | {"in_bundle": at == 2, "total": 3}
    for at in range(3)
]
DRIVERS = [
    {"driver": driver, "reason": reason, "place": place, "units": units, "orders": count}
    for driver, reason, place, units, count in (
        ("moved", "transfer_in", "west", -24, 0),
        ("orders", "", "jd", 60, 41),
        ("orders", "", "tmall", -2, 1),
        ("moved", "transfer_out", "east", 24, 0),
        ("moved", "sample", "south", 3, 0),
        ("outbound", "", "", 8, 0),
        ("counted", "", "east", 5, 0),
        ("calibrated", "", "east", -2, 0),
        ("safety", "", "", 5, 0),
        ("held_back", "", "west", 15, 0),
    )
]
EVERY: dict[str, list[dict[str, Any]]] = {
    "skus": [STOPPED, UNCOUNTED, FINE],
    "places": PLACES,
    "held": HELD,
    "windows": WINDOWS,
    "apart": APART,
    "told": TOLD,
    "drivers": DRIVERS,
    "orders": ORDERS,
    "on_time": [{"kept": 92, "broken": 8}],
}
ASKED = {
    sku.SKUS_SQL: "skus",
    sku.PLACES_SQL: "places",
    sku.RESERVATIONS_SQL: "held",
    sku.WINDOWS_SQL: "windows",
    sku.DEVIATIONS_SQL: "apart",
    sku.SUSPENSIONS_SQL: "told",
    sku_drivers.DRIVERS_SQL: "drivers",
    sku_orders.SKU_ORDERS_SQL: "orders",
    sku_orders.ON_TIME_SQL: "on_time",
}


def answers(state: Mapping[str, Any]) -> dict[str, Callable[[Mapping[str, Any]], list[dict[str, Any]]]]:
    """Return the answer to each question of the page; `state["skus"]` overrules parts of EVERY."""
    parts = EVERY | state.get("skus", {})

    def answer(name: str) -> Callable[[Mapping[str, Any]], list[dict[str, Any]]]:
        def rows(asked: Mapping[str, Any]) -> list[dict[str, Any]]:
            if name == "windows":
                return [row for row in parts[name] if row["length"] == asked["length"]][: asked["cap"]]
            if name != "skus":
                return parts[name]
            wanted = [row for row in parts[name] if asked["sku"] in ("", row["sku"])]
            lit = [row for row in wanted if asked["light"] in ("", row["light"])]
            return [{"total": len(lit)} | row for row in lit]

        return rows

    return {sql: answer(name) for sql, name in ASKED.items()}
