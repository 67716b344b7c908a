"""Each card says what it was at the same hour yesterday; what is not known of then is no data, never zero."""

from typing import Any

import pytest

from dashboard.queries.board import BoardRow, CsdiRow
from dashboard.queries.where import KindRow
from dashboard.queries.yesterday import PromiseThen, Yesterday
from dashboard.view_models.board import anomalies_view, budget_left, budget_view, count_views
from dashboard.view_models.csdi import csdi_view
from dashboard.view_models.yesterday import beside_budget, beside_counts, beside_promise, of_window
from dashboard.words import Words

EN, ZH = Words("en", "Asia/Shanghai"), Words("zh-CN", "Asia/Shanghai")
NOW: dict[str, Any] = {"clock_at": None, "newest_received_at": None, "oldest_overdue_at": None}
BOARD = BoardRow.model_validate(
    NOW
    | {"open_orders": 1500, "at_risk_orders": 30, "overdue_orders": 7, "overdue_over_2h": 0}
    | {"at_risk_share": 0.02}
)
KINDS = [KindRow(kind="stalled", found=4, critical=0, taken=0, handed_over=0, oldest_at=None)]
THEN = Yesterday(open_orders=1200, at_risk_orders=30, overdue_orders=9, open_anomalies=0)
NONE: dict[str, Any] = {"credibility": None, "self_heal": None, "csdi": 93.0, "flagged": True}
INDEX = CsdiRow(window="24h", shop="", kept=93, broken=7, promise=0.93, **NONE)
PROMISES = PromiseThen(window="24h", shop="", kept=180, broken=20, promise=0.9)


def said(then: Yesterday | None, words: Words = EN, board: BoardRow | None = BOARD) -> dict[str, str]:
    cards = (*count_views(board, words, narrowed=False), anomalies_view(KINDS, words))
    return {card.key: card.then for card in beside_counts(cards, board, KINDS, then, words)}


def test_every_count_has_yesterdays_and_how_much_it_changed() -> None:
    assert said(THEN) == {
        "overdue": "yesterday 9 (-2)",
        "at_risk": "yesterday 30 (±0)",
        "open": "yesterday 1,200 (+300)",
        "anomalies": "yesterday 0 (+4)",
    }
    assert said(THEN, ZH)["open"] == "昨日 1,200（+300）"


def test_what_nobody_knows_of_yesterday_is_no_data_and_not_zero() -> None:
    assert set(said(Yesterday()).values()) == {"yesterday: no data"}


def test_without_an_answer_nothing_is_said_of_yesterday() -> None:
    assert set(said(None).values()) == {""}


def test_without_a_count_of_today_yesterdays_stands_alone() -> None:
    assert said(THEN, board=None)["overdue"] == "yesterday 9"


@pytest.mark.parametrize(
    ("then", "promise", "budget"),
    [
        ([PROMISES], "yesterday 90.0 % (+3.0 pts)", "yesterday -4 (+5)"),
        ([], "yesterday: no data", "yesterday: no data"),
        ([PROMISES.model_copy(update={"shop": "east"})], "yesterday: no data", "yesterday: no data"),
        ([PROMISES.model_copy(update={"window": "7d"})], "yesterday: no data", "yesterday: no data"),
        (None, "", ""),
    ],
)
def test_promise_and_budget_are_compared_with_the_same_window_and_shop(
    then: list[PromiseThen] | None, promise: str, budget: str
) -> None:
    both = of_window([INDEX], then, "24h", "")
    index = beside_promise(csdi_view([INDEX], "24h", "", EN), both, EN)
    assert [part.then for part in index.parts] == [promise, "", ""]
    assert beside_budget(budget_view([INDEX], "24h", "", EN), both, EN).then == budget


@pytest.mark.parametrize(("kept", "broken", "left"), [(92, 8, 0), (91, 9, -1), (93, 7, 1), (0, 0, 0)])
def test_the_budget_is_the_eight_of_a_hundred_that_may_break(kept: int, broken: int, left: int) -> None:
    assert budget_left(kept, broken) == left
