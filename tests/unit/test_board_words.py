"""The catalogue is complete in both languages; numbers, lengths and clocks are written as agreed."""

import re
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter

import pytest

from dashboard.queries.where import CheckRow
from dashboard.view_models.where import check_table
from dashboard.words import LANGUAGES, Words, catalogue, language_of
from pipeline import clickhouse
from schemas.vocabulary import Light, Platform, ShippingPhase

MIGRATIONS = Path(clickhouse.__file__).parent / "migrations"


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_all_languages_have_the_same_keys_and_placeholders() -> None:
    shapes = [
        {key: placeholders(text) for key, text in catalogue(language).items()} for language in LANGUAGES
    ]
    assert shapes[0] == shapes[1]


def test_every_code_of_the_vocabularies_has_a_word() -> None:
    wanted = [f"platform_{code}" for code in Platform] + [f"phase_{code}" for code in ShippingPhase]
    wanted += [f"light_{code}" for code in Light]
    assert [key for key in wanted if key not in catalogue("en")] == []


@pytest.mark.parametrize(
    ("seconds", "chinese", "english"),
    [
        (59, "59 秒", "59 s"),
        (60, "1 分 00 秒", "1 min 00 s"),
        (3599, "59 分 59 秒", "59 min 59 s"),
        (7500, "2 小时 05 分", "2 h 05 min"),
        (86400, "1 天 0 小时", "1 d 0 h"),
        (-7500, "2 小时 05 分", "2 h 05 min"),
    ],
)
def test_a_length_of_time_has_at_most_two_units(seconds: int, chinese: str, english: str) -> None:
    assert Words("zh-CN", "UTC").duration(seconds) == chinese
    assert Words("en", "UTC").duration(seconds) == english


def test_clocks_show_the_business_zone_and_its_offset() -> None:
    moment = datetime(2026, 11, 11, 16, 30, 5, tzinfo=UTC)
    assert Words("en", "Asia/Shanghai").clock(moment) == "2026-11-12 00:30:05 (UTC+8)"
    assert Words("en", "Asia/Kolkata").offset(moment) == "UTC+5:30"
    assert Words("en", "America/New_York").offset(moment) == "UTC-5"


@pytest.mark.parametrize(
    ("locale", "language"), [("zh-CN", "zh-CN"), ("zh", "zh-CN"), ("en-US", "en"), ("de", "en"), (None, "en")]
)
def test_a_chinese_browser_gets_chinese_and_any_other_english(locale: str | None, language: str) -> None:
    assert language_of(locale) == language


@pytest.mark.parametrize(
    ("share", "shown"),
    [(1.0, "100.0 %"), (0.9997, "99.9 %"), (0.99949, "99.9 %"), (0.0, "0.0 %"), (None, "–")],
)
def test_what_is_not_whole_never_rounds_up_to_all_of_it(share: float | None, shown: str) -> None:
    assert Words("en", "UTC").percent(share) == shown


def test_every_figure_of_the_self_check_has_a_word() -> None:
    newest = max(path for path in MIGRATIONS.glob("*.sql") if "VIEW v_self_check" in path.read_text("utf-8"))
    maps = re.findall(r"\bmap\((.*?)\)\s*(?:AS figures\s*)?FROM", newest.read_text("utf-8"), re.S)
    figures = [name for told in maps for name in re.findall(r"'(\w+)',", told)]
    assert len(maps) == 4, "one a row"
    for language in LANGUAGES:
        assert [name for name in figures if f"figure_{name}" not in catalogue(language)] == []


def test_a_rate_and_a_share_of_the_self_check_are_percentages_and_no_data_is_no_zero() -> None:
    figures = {"difference_rate": 0.025, "share_within_2h": 1.0, "skus_compared": 80.0, "average_s": None}
    (row,) = check_table([CheckRow(item="-", light="healthy", figures=figures)], Words("en", "UTC")).rows
    assert row[2].text == ("average no data · difference rate 2.5 % · share 100.0 % · SKUs compared 80")
