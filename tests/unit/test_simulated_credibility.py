"""A simulated day before the judges: exactly the orders whose app was planted to lag are told."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pipeline.domain.order_case import OrderJudges
from pipeline.simulator.day import plan_day
from pipeline.simulator.scores import score
from pipeline.simulator.sheet import answer_sheet
from schemas.base import Event
from schemas.vocabulary import AnomalyEnd, AnomalyKind
from tests.judged_day import JudgedDay, facts_of
from tests.one_case import CASE_POLICIES

START = datetime(2026, 3, 1, 16, tzinfo=UTC)
ORDERS = 250
BEHIND_MS = 1_700_000
"""A little less than one raw topic may be read ahead of another in a backlog (CERTAINTY_STEP_S)."""
JUDGES = OrderJudges(replace(CASE_POLICIES, judges=frozenset({"credibility"})))


@pytest.mark.parametrize(
    ("seed", "late"), [(1, ""), (2, ""), (3, ""), (1, "raw.kuaidi.v1"), (1, "raw.app.v1")], ids=str
)
def test_exactly_the_planted_orders_have_a_mismatch_that_is_not_withdrawn(seed: int, late: str) -> None:
    """Read as it comes; and with one topic read nearly half an hour late, as in a replay of a backlog."""
    told: list[tuple[int, Event]] = [
        (event.at + (BEHIND_MS if event.topic == late else 0), fact)
        for event, fact in facts_of(seed, ORDERS, START)
    ]
    told.sort(key=lambda read: read[0])
    ends = JudgedDay(JUDGES).hears(fact for _, fact in told).ends_of(AnomalyKind.CREDIBILITY_MISMATCH)
    found = {order for order, how in ends.items() if set(how) != {AnomalyEnd.WITHDRAWN}}
    sheet = answer_sheet(plan_day(seed, ORDERS, START))
    planted = sheet.subjects("app_mismatch")
    assert "app_mismatch" not in sheet.excused
    assert planted
    assert score(planted, found, set()).is_perfect
    assert {how[0] for order, how in ends.items() if order in planted} == {AnomalyEnd.HEALED}
    if late != "raw.app.v1":
        assert ends.keys() == planted, "none is told and withdrawn"
