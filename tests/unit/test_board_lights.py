"""The board's light and its sentences, on both sides of each limit."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboard.queries.board import BoardRow
from dashboard.view_models.board import count_views, light_of, verdict_view
from dashboard.view_models.freshness import data_age_s
from dashboard.words import Words
from schemas.vocabulary import Light

NOW = datetime(2026, 11, 11, 8, 0, tzinfo=UTC)
CALM: dict[str, Any] = {
    "clock_at": NOW,
    "newest_received_at": NOW - timedelta(seconds=3),
    "open_orders": 100,
    "at_risk_orders": 0,
    "overdue_orders": 0,
    "overdue_over_2h": 0,
    "oldest_overdue_at": None,
    "at_risk_share": 0.0,
}
LATE = {"overdue_orders": 1, "overdue_over_2h": 1, "oldest_overdue_at": NOW - timedelta(hours=3)}
AN_EMPTY_MAX = datetime(1970, 1, 1)  # noqa: DTZ001 - as the driver gives it


def board(**changes: Any) -> BoardRow:
    return BoardRow.model_validate(CALM | changes)


def aged(seconds: float, **changes: Any) -> BoardRow:
    return board(newest_received_at=NOW - timedelta(seconds=seconds), **changes)


@pytest.mark.parametrize(
    ("row", "light"),
    [
        (board(), Light.GREEN),
        (board(open_orders=0, at_risk_share=float("nan")), Light.GREEN),
        (board(at_risk_orders=5, at_risk_share=0.05), Light.GREEN),
        (board(at_risk_orders=6, at_risk_share=0.0501), Light.YELLOW),
        (board(overdue_orders=1, oldest_overdue_at=NOW - timedelta(hours=2)), Light.YELLOW),
        (board(**LATE), Light.RED),
        (board(**LATE, at_risk_orders=60, at_risk_share=0.6), Light.RED),
        (aged(300), Light.GREEN),
        (aged(300.001), Light.GREY),
        (aged(301, **LATE), Light.GREY),
        (board(newest_received_at=None), Light.GREY),
        (board(newest_received_at=AN_EMPTY_MAX), Light.GREY),
        (None, Light.GREY),
    ],
)
def test_the_light_follows_the_rule_on_both_sides_of_each_limit(row: BoardRow | None, light: Light) -> None:
    assert light_of(row, NOW) is light


def test_data_from_the_future_is_of_age_zero() -> None:
    assert data_age_s(aged(-20), NOW) == 0


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_sentence_carries_its_numbers(language: str) -> None:
    words = Words(language, "Asia/Shanghai")
    red = verdict_view(board(**LATE | {"overdue_orders": 1234, "overdue_over_2h": 17}), NOW, words).sentence
    assert all(part in red for part in ("17", "1,234", words.duration(3 * 3600)))
    share = verdict_view(board(at_risk_orders=6, at_risk_share=0.06), NOW, words).sentence
    assert all(part in share for part in ("6.0", "100"))
    late = board(overdue_orders=4, oldest_overdue_at=NOW - timedelta(minutes=90))
    assert words.duration(90 * 60) in verdict_view(late, NOW, words).sentence


def test_no_data_ever_and_a_store_that_never_answered_are_told_apart() -> None:
    words = Words("en", "Asia/Shanghai")
    assert "no data yet" in verdict_view(None, NOW, words).sentence
    assert "does not answer" in verdict_view(None, NOW, words, away=True).sentence


def test_counts_without_a_row_say_no_data_and_never_zero() -> None:
    assert {card.value for card in count_views(None, Words("en", "UTC"), narrowed=False)} == {"no data"}


def test_counts_say_that_they_cover_all_shops_once_a_shop_is_chosen() -> None:
    words = Words("en", "UTC")
    assert {card.scope for card in count_views(board(), words, narrowed=True)} == {"not filtered"}
    assert {card.scope for card in count_views(board(), words, narrowed=False)} == {""}


def test_the_at_risk_card_lights_up_past_five_percent_only() -> None:
    words = Words("en", "UTC")
    lights = [
        count_views(board(at_risk_share=share), words, narrowed=False)[1].light for share in (0.05, 0.0501)
    ]
    assert lights == ["grey", "yellow"]
