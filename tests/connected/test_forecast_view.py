"""The forecast of the store is the pure function, on random orders around every limit."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from dashboard.queries.forecast import Forecast, read_forecast
from dashboard.queries.orders import Wanted, read_orders
from pipeline.domain.forecast import Left, Waiting, will_miss
from schemas.promise import OrderAccount
from tests.connected.shelf import HOUR, MS, NOW, Asking, Shelf, account, clock
from tests.connected.test_warehouse_views import packed

pytestmark = pytest.mark.connected


def ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def waits(name: str, due: datetime, **more: Any) -> OrderAccount:
    told: dict[str, Any] = {"is_open": True, "owed": "ship", "phase": "not_shipped"}
    late = {"overdue_since_at": due} if due < NOW else {"next_deadline_at": due}
    return account(name, "broken" if due < NOW else "open", **(told | late | more))


def gone(name: str, at: datetime) -> OrderAccount:
    return account(name, "kept", at, outbound_at=at)


def test_the_view_is_the_pure_function_on_random_orders(shelf: Shelf) -> None:
    random = Random(20261111)
    edges = [0, 1, 2, 3, 4, 24]
    waiting: list[Waiting] = []
    left: list[Left] = []
    shelf.put(clock(NOW))
    for number in range(400):
        house, name = random.choice(("east", "west", "far", "")), f"order {number}"
        near = random.choice(edges) * HOUR + random.choice((-MS, timedelta(0), MS, 1000 * 60 * MS))
        if random.random() < 0.3:
            due = NOW + near if random.random() < 0.9 else NOW - near
            waiting.append(Waiting(name, house, ms(due)))
            shelf.events.append(waits(name, due))
        else:
            at = NOW - (24 * HOUR + abs(near) if house == "far" else near)
            left.append(Left(house, ms(at)))
            shelf.events.append(gone(name, at))
        if house:
            shelf.events.append(packed(name, "W", house, 1))
    shelf.put(*shelf.taken_events())
    expected = will_miss(waiting, left, ms(NOW))
    found = shelf.reader.query("SELECT order_id, will_miss FROM v_forecast")
    assert {row["order_id"]: row["will_miss"] for row in found} == expected
    assert {True, False, None} == set(expected.values()), "the test is worth something"
    told = read_forecast(Asking(shelf))
    said = list(expected.values())
    assert (told.due_orders, told.missing_orders, told.unknown_orders) == (
        len(said),
        said.count(True),
        said.count(None),
    )
    behind = read_orders(Asking(shelf), Wanted("will_miss"))
    assert {row.order_id for row in behind.rows} == {name for name, misses in expected.items() if misses}


def test_what_is_delivered_or_judged_as_of_the_past_is_not_forecast(shelf: Shelf) -> None:
    shelf.put(
        clock(NOW),
        gone("gone", NOW - HOUR),
        waits("to deliver", NOW + HOUR, owed="sign"),
        waits("history", NOW + HOUR, as_of=NOW),
        waits("closed", NOW + HOUR, is_open=False),
    )
    assert read_forecast(Asking(shelf)) == Forecast(clock_at=NOW)


def test_without_a_clock_there_is_no_data(shelf: Shelf) -> None:
    shelf.put(waits("A", NOW + HOUR))
    assert read_forecast(Asking(shelf)).clock_at is None
