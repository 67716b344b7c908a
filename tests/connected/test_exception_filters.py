"""The lists of exceptions by platform, warehouse and period, on the real store."""

from datetime import timedelta

import pytest

from dashboard.queries.chosen import Chosen
from dashboard.queries.exceptions import read_ended, read_locked, read_open, read_review
from tests.connected.life_rows import locked, refund_doubt, standing, standings, to_review
from tests.connected.shelf import HOUR, MS, NOW, Asking, Shelf, account, clock
from tests.connected.test_warehouse_views import packed

pytestmark = pytest.mark.connected
DAY = timedelta(days=1)
ORDERS = (account("A", "open"), account("B", "open", platform="tmall"), packed("A", "W1", "north", 1))


def test_open_anomalies_are_narrowed_by_their_orders_and_by_their_warehouse(shelf: Shelf) -> None:
    shelf.put(
        clock(NOW),
        *ORDERS,
        standings("order:A", standing("a", NOW - DAY + MS)),
        standings("order:B", standing("b", NOW - DAY)),
        standings("sku:K", standing("k", kind="oversell")),
        standings("stock:K|north", standing("n", kind="stock_deviation")),
        standings("stock:north|east", standing("e", kind="stock_deviation")),
        standings("warehouse:north", standing("w", kind="warehouse_silent")),
    )
    wanted = {
        Chosen(): "abeknw",
        Chosen("jd"): "a",
        Chosen("tmall"): "b",
        Chosen(warehouse="north"): "anw",
        Chosen(warehouse="east"): "e",
        Chosen(warehouse="-"): "b",
        Chosen("jd", "north"): "a",
        Chosen(window="24h"): "aeknw",
        Chosen(window="7d"): "abeknw",
    }
    for chosen, names in wanted.items():
        found = read_open(Asking(shelf), "", "", chosen)
        assert "".join(sorted(row.anomaly_id for row in found)) == names, chosen


def test_what_ended_is_of_the_period_in_which_it_ended(shelf: Shelf) -> None:
    old = NOW - 9 * DAY
    shelf.put(
        clock(NOW),
        *ORDERS,
        standings("order:A", standing("a", old, end="healed", ended_at=NOW - HOUR + MS)),
        standings("order:B", standing("b", old, end="healed", ended_at=NOW - HOUR)),
    )
    for chosen, names in {
        Chosen(window="1h"): "a",
        Chosen(window="24h"): "ab",
        Chosen("tmall"): "b",
        Chosen(warehouse="-"): "b",
    }.items():
        found = read_ended(Asking(shelf), "healed", "", chosen)
        assert "".join(sorted(row.anomaly_id for row in found)) == names, chosen


def test_locked_orders_and_acts_to_review_are_narrowed_alike(shelf: Shelf) -> None:
    shelf.put(
        clock(NOW + DAY),
        *ORDERS,
        locked("A", "first", NOW + MS),
        locked("B", "second", NOW),
        to_review("1"),
        *refund_doubt("r1"),
    )
    screen = Asking(shelf)
    for chosen, orders in {
        Chosen(): "AB",
        Chosen("jd"): "A",
        Chosen(warehouse="north"): "A",
        Chosen(warehouse="-"): "B",
        Chosen(window="24h"): "A",
    }.items():
        assert "".join(sorted(row.order_id for row in read_locked(screen, "", chosen))) == orders, chosen
    every = read_review(screen)
    assert len(every) == 2
    assert {row.order_id for row in every} == {"A"}
    assert len(read_review(screen, Chosen("jd", "north", "7d"))) == 2
    assert not read_review(screen, Chosen("tmall"))
    assert not read_review(screen, Chosen(warehouse="-"))
    assert not read_review(screen, Chosen(window="1h"))
