"""The line that says of when a page is: in both languages, and honest where nothing is known."""

from datetime import UTC, datetime, timedelta

import pytest

from dashboard import limits
from dashboard.queries.board import BoardRow, read_lag
from dashboard.view_models.freshness import COUNTED, behind, fresh_line
from dashboard.words import Words

NOW = datetime(2026, 11, 11, 8, 0, 12, tzinfo=UTC)
ENGLISH, CHINESE = Words("en", "Asia/Shanghai"), Words("zh-CN", "Asia/Shanghai")


def received(seconds_ago: float | None) -> BoardRow:
    at = None if seconds_ago is None else NOW - timedelta(seconds=seconds_ago)
    counts: dict[str, int | None] = dict.fromkeys(
        ("open_orders", "at_risk_orders", "overdue_orders", "overdue_over_2h"), 0
    )
    counts |= {"oldest_overdue_at": None, "at_risk_share": None}
    return BoardRow.model_validate({"newest_received_at": at, "clock_at": at, **counts})


@pytest.mark.parametrize(
    ("words", "note"),
    [
        (ENGLISH, "Data as of 2026-11-11 16:00:00 (UTC+8) · processing 2 s behind"),
        (CHINESE, "数据截至 2026-11-11 16:00:00 (UTC+8) · 处理滞后 2 秒"),
    ],
)
def test_a_page_says_of_when_it_is_in_the_business_zone_and_how_far_behind(words: Words, note: str) -> None:
    line = fresh_line(received(12), 2.4, NOW, words)
    assert (line.seconds, line.drawn_at, line.note) == (12, NOW.timestamp(), note)
    assert (line.ageing_s, line.stale_s) == (limits.AGEING_S, limits.STALE_S) == (90, 300)
    assert set(line.words) == set(COUNTED)
    assert "{age}" in line.words["age_now"]


@pytest.mark.parametrize("board", [None, received(None)])
def test_what_never_came_has_no_age_and_no_date(board: BoardRow | None) -> None:
    line = fresh_line(board, None, NOW, ENGLISH)
    assert (line.seconds, line.note) == (None, "")


def test_a_lag_that_nobody_measured_is_not_zero_and_a_clock_ahead_is_no_lag() -> None:
    assert behind(None, ENGLISH) == ""
    assert behind(-3.0, ENGLISH) == behind(0.0, ENGLISH) != ""


def test_before_the_first_event_there_is_no_lag() -> None:
    class Empty:
        def rows(self, sql: str, parameters: object) -> list[dict[str, float]]:
            return []

    class Slow(Empty):
        def rows(self, sql: str, parameters: object) -> list[dict[str, float]]:
            return [{"lag_s": 7.5}]

    assert (read_lag(Empty()), read_lag(Slow())) == (None, 7.5)
