"""Values: text, whole numbers, amounts and times, and what each refuses."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.adapters.values import (
    EARLIEST_MS,
    LARGEST,
    LATEST_MS,
    SECONDS_BELOW,
    Unreadable,
    Values,
    shown,
)
from pipeline.domain.instants import to_ms

CHINA = Values(frozenset({"", "-"}), "Asia/Shanghai")
NOON = to_ms(datetime(2026, 3, 1, 4, tzinfo=UTC))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (" a ", "a"),
        (3, "3"),
        (3.0, "3"),
        (3.5, "3.5"),
        (12345678.0, "12345678"),
        (True, "true"),
        (False, "false"),
        ("", None),
        ("  ", None),
        ("-", None),
        (None, None),
    ],
)
def test_text_is_without_blanks_around_it_and_none_where_it_means_nothing(
    value: Any, text: str | None
) -> None:
    assert CHINA.text(value) == text


@pytest.mark.parametrize("value", [{}, [], {"a": 1}, [1]])
def test_an_object_or_a_list_is_no_text(value: Any) -> None:
    with pytest.raises(Unreadable, match="is no single value"):
        CHINA.text(value)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (3, 3),
        ("3", 3),
        ("3.0000", 3),
        (-2, -2),
        (0, 0),
        ("0", 0),
        ("", None),
        (None, None),
        (str(LARGEST), LARGEST),
        ("1e2", 100),
    ],
)
def test_a_whole_number(value: Any, number: int | None) -> None:
    assert CHINA.whole(value) == number


@pytest.mark.parametrize(
    "value",
    [
        "3.5",
        "three",
        "NaN",
        "Infinity",
        str(LARGEST + 1),
        "1e1000000",
        "1" * 41,
        "0." + "0" * 40,
        True,
        [3],
        {},
    ],
)
def test_what_is_no_whole_number_is_refused(value: Any) -> None:
    with pytest.raises(Unreadable, match=r"is no (whole number|number|single value)"):
        CHINA.whole(value)


def test_a_number_that_the_source_calls_empty_says_nothing() -> None:
    assert Values(frozenset({"0"}), "UTC").whole(0) is None
    assert Values(frozenset({"0"}), "UTC").whole("0") is None
    assert Values(frozenset({"0"}), "UTC").whole(1) == 1


@pytest.mark.parametrize(
    ("value", "fen"),
    [
        ("59.90", 5990),
        ("59.9", 5990),
        (59.9, 5990),
        (60, 6000),
        ("0", 0),
        ("-1.05", -105),
        (1234567.0, 123456700),
        ("1.0500", 105),
        ("", None),
        (None, None),
    ],
)
def test_an_amount_in_yuan_becomes_fen(value: Any, fen: int | None) -> None:
    assert CHINA.yuan(value) == fen


def test_more_than_two_decimals_are_refused() -> None:
    assert CHINA.yuan("0.01") == 1
    with pytest.raises(Unreadable, match="is no amount in whole fen"):
        CHINA.yuan("0.001")


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-01 12:00:00",
        " 2026-03-01 12:00:00 ",
        "2026-03-01T12:00:00",
        "2026-03-01T04:00:00Z",
        "2026-03-01T05:00:00+01:00",
        NOON,
        NOON // 1000,
        str(NOON),
        str(NOON // 1000),
        float(NOON),
    ],
)
def test_every_way_of_writing_one_instant(value: Any) -> None:
    assert CHINA.moment(value) == NOON


def test_local_times_are_of_the_documents_zone() -> None:
    assert Values(frozenset(), "UTC").moment("2026-03-01 12:00:00") == NOON + 8 * 3_600_000
    assert CHINA.moment("2026-03-01") == NOON - 12 * 3_600_000


@pytest.mark.parametrize("value", [None, "", " ", "-", "0", 0, [], {}])
def test_no_time_is_none(value: Any) -> None:
    assert CHINA.moment(value) is None


@pytest.mark.parametrize(
    ("value", "at"),
    [
        (EARLIEST_MS // 1000 + 1, EARLIEST_MS + 1000),
        (SECONDS_BELOW, SECONDS_BELOW),
        (LATEST_MS - 1, LATEST_MS - 1),
        ("2099-12-31 23:59:59.999+00:00", LATEST_MS - 1),
        ("1971-01-01 00:00:00.001+00:00", EARLIEST_MS + 1),
    ],
)
def test_a_time_within_the_bounds_is_read(value: Any, at: int) -> None:
    assert CHINA.moment(value) == at


@pytest.mark.parametrize(
    "value",
    [
        EARLIEST_MS // 1000,
        SECONDS_BELOW - 1,
        LATEST_MS,
        "2100-01-01 00:00:00+00:00",
        "1971-01-01 00:00:00+00:00",
        1,
        "9" * 19,
        "9" * 20,
        "-1",
        "yesterday",
        "0001-01-01 00:00:00",
        "9999-12-31 23:59:59-23:59",
        [1],
        {"a": 1},
        True,
        1.5,
        "²",
    ],
)
def test_a_time_beyond_the_bounds_or_none_at_all_is_refused_with_the_value(value: Any) -> None:
    with pytest.raises(Unreadable, match="is no time"):
        CHINA.moment(value)


@given(st.datetimes(datetime(1971, 1, 2), datetime(2099, 12, 30)))  # noqa: DTZ001 - times on a wall in China
def test_a_written_time_and_its_number_are_one(wall: datetime) -> None:
    written = CHINA.moment(wall.isoformat(sep=" ", timespec="seconds"))
    assert written is not None
    assert CHINA.moment(written if written >= SECONDS_BELOW else written // 1000) == written


def test_a_long_value_is_cut_in_a_sentence() -> None:
    assert shown("x" * 58) == repr("x" * 58)
    assert shown("x" * 59) == "'" + "x" * 56 + "..."
