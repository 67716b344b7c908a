"""The numbers of the board 24 h before the clock are those that the judge would have given then."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from pipeline.domain.milestones import Milestones, Obligation
from pipeline.domain.promise import judge
from schemas.promise import OrderAccount
from tests.connected.life_rows import standing, standings
from tests.connected.shelf import HOUR, MS, NOW, Shelf, account, clock

pytestmark = pytest.mark.connected

THEN = NOW - 24 * HOUR
NONE = {"open_orders": None, "at_risk_orders": None, "overdue_orders": None, "open_anomalies": None}


def ms(at: datetime | None) -> int | None:
    return None if at is None else round(at.timestamp() * 1000)


def random_order(random: Random, name: str) -> tuple[OrderAccount, Milestones]:
    """An order as it is known now, and what was known of it then; instants lie around the limits."""

    def instant() -> datetime | None:
        near = (-30 * HOUR, -2 * HOUR, -MS, timedelta(0), MS, 2 * HOUR - MS, 2 * HOUR, 9 * HOUR, 30 * HOUR)
        return random.choice((None, *(THEN + step for step in near)))

    promised = {"ship": instant(), "sign": instant()}
    reached = {"ship": instant(), "sign": instant()}
    closed_at = random.choice((None, None, THEN - MS, THEN, THEN + MS, THEN + 5 * HOUR))
    owed = [
        Obligation(kind, due, None if (at := ms(reached[kind])) is None or at > ms(THEN) else at)  # type: ignore[operator]
        for kind, told in promised.items()
        if (due := ms(told)) is not None
    ]
    is_closed_then = closed_at is not None and closed_at <= THEN
    then = Milestones(obligations=() if is_closed_then else tuple(owed), closed=is_closed_then)
    told: dict[str, Any] = {
        "promised_ship_at": promised["ship"],
        "promised_sign_at": promised["sign"],
        "outbound_at": reached["ship"],
        "signed_at": reached["sign"],
        "closed_at": closed_at,
        "phase": "closed" if closed_at else "shipped",
        "ordered_at": THEN - 40 * HOUR,
    }
    return account(name, "open", **told), then


def test_yesterdays_counts_are_what_the_judge_would_have_said_then(shelf: Shelf) -> None:
    random = Random(20261111)
    orders = [random_order(random, f"order {number}") for number in range(500)]
    shelf.put(clock(NOW), *(told for told, _ in orders))
    said = [judge(then, ms(THEN) or 0) for _, then in orders]
    still = [one for one in said if one.is_open]
    late = [one for one in still if one.overdue_ms is not None]
    soon = [
        one
        for one in still
        if one.overdue_ms is None and (one.next_due_ms or 0) - (ms(THEN) or 0) < 2 * 3_600_000
    ]
    row = shelf.one("SELECT * FROM v_board_yesterday")
    assert (row["then_at"], row["known_orders"]) == (THEN, 500)
    assert min(len(late), len(soon)) > 20, "the test is worth something"
    assert (row["open_orders"], row["overdue_orders"]) == (len(still), len(late))
    assert row["at_risk_orders"] == len(soon)


def test_what_closing_took_back_was_owed_until_then(shelf: Shelf) -> None:
    """Closed in time, the order owes nothing any more; yesterday it did."""
    told = {"phase": "closed", "first_promised_ship_at": THEN + HOUR, "ordered_at": THEN - HOUR}
    shelf.put(clock(NOW), account("A", "none", closed_at=THEN + MS, **told))
    shelf.put(account("B", "none", closed_at=THEN, **told))
    row = shelf.one("SELECT open_orders, at_risk_orders, overdue_orders FROM v_board_yesterday")
    assert row == {"open_orders": 1, "at_risk_orders": 1, "overdue_orders": 0}


def test_what_was_placed_since_is_no_data_of_yesterday_and_never_zero(shelf: Shelf) -> None:
    asked = "SELECT open_orders, at_risk_orders, overdue_orders, open_anomalies FROM v_board_yesterday"
    assert shelf.one(asked) == NONE, "no clock, no order"
    shelf.put(clock(NOW), account("A", "open", ordered_at=THEN + MS, promised_ship_at=THEN + HOUR))
    assert shelf.one(asked) == NONE
    shelf.put(account("B", "none", ordered_at=THEN))
    assert shelf.one(asked) == dict.fromkeys(NONE, 0)


def test_an_anomaly_was_open_from_its_first_sighting_to_its_end(shelf: Shelf) -> None:
    ends = {"gone": THEN, "there": THEN + MS, "never was": THEN + MS}
    over = [
        standing(name, THEN - HOUR, end="withdrawn" if name == "never was" else "healed", ended_at=at)
        for name, at in ends.items()
    ]
    seen = [standing("seen", THEN), standing("later", THEN + MS)]
    shelf.put(clock(NOW), account("A", "none", ordered_at=THEN), standings("order:A", *over, *seen))
    assert shelf.one("SELECT open_anomalies FROM v_board_yesterday") == {"open_anomalies": 2}


def test_attainment_of_yesterday_is_that_of_a_board_whose_clock_stood_then(shelf: Shelf) -> None:
    random = Random(11)
    steps = [timedelta(0), HOUR, 24 * HOUR, 7 * 24 * HOUR, 30 * 24 * HOUR, -HOUR]
    orders = [
        account(
            f"{n}",
            random.choice(("kept", "broken")),
            THEN - random.choice(steps) + random.choice((-MS, MS, 0 * MS)),
            shop=random.choice(("east", "west", "")),
        )
        for n in range(300)
    ]
    shelf.put(clock(NOW), *orders)
    asked = """
    SELECT window, shop, kept, broken, promise FROM {}
    WHERE kept + broken > 0 AND window != 'all'
    ORDER BY ALL
    """
    found = shelf.reader.query(asked.format("v_promise_yesterday"))
    every = shelf.one("SELECT kept + broken AS n FROM v_promise_yesterday WHERE window = 'all' AND shop = ''")
    assert every["n"] == sum(one.settled_at <= THEN for one in orders if one.settled_at)
    shelf.clear()
    shelf.put(clock(THEN), *orders)
    assert found == shelf.reader.query(asked.format("v_csdi"))
    assert found
