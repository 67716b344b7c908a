"""What each step of an order took and may take, on both sides of each limit."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboard.queries.story import Account
from dashboard.view_models.steps import Step, allowed_from, step_table, steps_of
from dashboard.words import Words
from pipeline.domain.care.policy import CarePolicy

PAID = datetime(2026, 11, 9, 4, 0, tzinfo=UTC)
HOUR, MS = timedelta(hours=1), timedelta(milliseconds=1)
CARE = CarePolicy()
WORDS = Words("en", "Asia/Shanghai")
NAMES = ("ordered", "paid", "promised_ship", "promised_sign", "outbound", "first_scan", "signed", "closed")


def steps(parcels: tuple[dict[str, Any], ...] = (), **told: datetime) -> dict[str, Step]:
    base = dict.fromkeys((f"{name}_at" for name in (*NAMES, "deadline", "settled")), None)
    base |= dict.fromkeys(("platform", "shop", "phase", "verdict", "rule", "owed"), "")
    account = Account.model_validate(base | {"is_open": True, "paid_fen": None} | told)
    return {step.key: step for step in steps_of(account, parcels, CARE)}


def parcel(**told: Any) -> dict[str, Any]:
    return {"waybill": "W1", "flags": [], "last_scan_at": PAID, "signed_at": None} | told


def test_shipping_may_take_until_the_promised_time() -> None:
    due = PAID + 48 * HOUR
    for outbound, exceeded in ((due, False), (due + MS, True)):
        step = steps(paid_at=PAID, outbound_at=outbound, promised_ship_at=due)["ship"]
        assert step.exceeded(None) is exceeded
    waiting = steps(paid_at=PAID, promised_ship_at=due)["ship"]
    assert [waiting.exceeded(at) for at in (due, due + MS, None)] == [False, True, None]


@pytest.mark.parametrize(("key", "hours"), [("first_scan", 24), ("silence", 48)])
def test_a_scan_is_waited_for_as_long_as_the_policy_says(key: str, hours: int) -> None:
    step = steps((parcel(),), outbound_at=PAID)[key]
    limit = PAID + hours * HOUR
    assert step.until == limit
    assert [step.exceeded(at) for at in (limit, limit + MS)] == [False, True]


def test_a_step_without_a_rule_has_none_and_what_did_not_begin_is_no_step() -> None:
    found = steps(ordered_at=PAID, paid_at=PAID + HOUR, first_scan_at=PAID + 9 * HOUR)
    assert {key: step.until for key, step in found.items()} == {"pay": None, "ship": None, "deliver": None}
    assert steps_of(None, (), CARE) == []
    due = PAID + 99 * HOUR
    assert steps(first_scan_at=PAID, promised_sign_at=due)["deliver"].until == due


def test_no_scan_is_missed_of_what_is_signed_closed_or_at_a_station() -> None:
    assert "silence" in steps((parcel(),))
    assert "silence" not in steps((parcel(flags=["station"]),))
    assert "silence" not in steps((parcel(signed_at=PAID),))
    assert "silence" not in steps((parcel(last_scan_at=None),))
    closed = steps((parcel(),), paid_at=PAID, closed_at=PAID + HOUR)
    assert closed["ship"].ended_at == PAID + HOUR
    assert "silence" not in closed


@pytest.mark.parametrize("told", [{"signed_at": PAID + 72 * HOUR}, {"phase": "signed"}, {"phase": "closed"}])
def test_once_it_is_signed_or_closed_nothing_goes_on_that_nobody_told_the_end_of(told: Any) -> None:
    found = steps((parcel(),), ordered_at=PAID, paid_at=PAID, outbound_at=PAID + HOUR, **told)
    assert list(found) == ["pay", "ship"]


def test_a_later_closing_does_not_end_what_the_signing_has_ended() -> None:
    """Closed 30 days later, as after a return: nobody told when the first scan was."""
    later = PAID + 720 * HOUR
    found = steps(outbound_at=PAID, signed_at=PAID + 72 * HOUR, closed_at=later)
    assert found == {}
    whole = steps(first_scan_at=PAID, signed_at=PAID + 72 * HOUR, closed_at=later)
    assert whole["deliver"].ended_at == PAID + 72 * HOUR


def test_the_table_says_what_it_took_what_is_allowed_and_whether_it_was_kept() -> None:
    due = PAID + 48 * HOUR
    told = steps(ordered_at=PAID - HOUR, paid_at=PAID, outbound_at=due + HOUR, promised_ship_at=due)
    rows = step_table(list(told.values()), due + 2 * HOUR, WORDS).rows
    assert [[cell.text for cell in row] for row in rows] == [
        ["Ordered → paid", "1 h 00 min", "–", "–"],
        ["Paid → outbound", "2 d 1 h", "2 d 0 h", "exceeded"],
        ["Outbound → first scan", "1 h 00 min", "1 d 0 h", "time left"],
    ]
    assert [row[3].light for row in rows] == ["", "red", ""]
    assert (rows[2][1].note, rows[1][2].note) == ("goes on", "until 2026-11-11 12:00:00")
    unknown = step_table([told["first_scan"]], None, WORDS).rows[0]
    assert [cell.text for cell in unknown[1:]] == ["no data", "1 d 0 h", "no data"], "no clock"


def test_the_entry_at_which_a_step_begins_says_what_it_may_take() -> None:
    found = list(steps(paid_at=PAID, outbound_at=PAID + 9 * HOUR, promised_ship_at=PAID + 8 * HOUR).values())
    assert allowed_from(PAID, found, None, WORDS) == ("Paid → outbound: 8 h 00 min allowed · exceeded", True)
    assert allowed_from(PAID + MS, found, None, WORDS) == ("", False)
