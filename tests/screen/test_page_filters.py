"""Platform, warehouse and period on the exceptions and the index: what obeys them, what says it does not."""

from typing import Any

import pytest
from fake_board import FakeReader
from pages import blocks, column, opened, texts

from dashboard.queries.exceptions import ENDED_SQL, LOCKED_SQL, OPEN_SQL, REVIEW_SQL
from dashboard.queries.where import HOURS_OF_SQL

WITHIN = {"platform": "jd", "warehouse": "east", "window": "7d"}
ASKED = {"platform": "jd", "warehouse": "east", "seconds": 604_800}


@pytest.fixture
def asked(store: FakeReader, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """With what each question was asked last."""
    heard: dict[str, Any] = {}
    answer = store.rows
    monkeypatch.setattr(
        store, "rows", lambda sql, told: (heard.update({sql: dict(told)}), answer(sql, told))[1]
    )
    return heard


@pytest.mark.parametrize(
    ("view", "sql", "more"),
    [
        ("locked", LOCKED_SQL, ""),
        ("open", OPEN_SQL, " · about its orders only; of a warehouse its stock and silence, too"),
        ("healed", ENDED_SQL, " · about its orders only; of a warehouse its stock and silence, too"),
        ("review", REVIEW_SQL, ""),
    ],
)
def test_every_list_of_exceptions_obeys_all_three(
    asked: dict[str, Any], view: str, sql: str, more: str
) -> None:
    page = opened("exceptions", view=view, **WITHIN)
    assert ASKED.items() <= asked[sql].items()
    assert f"in all · JD · east · 7 d{more} · as of" in texts(page)


@pytest.mark.parametrize(("view", "sql"), [("locked", LOCKED_SQL), ("open", OPEN_SQL), ("healed", ENDED_SQL)])
def test_a_link_without_filters_leaves_nothing_out(asked: dict[str, Any], view: str, sql: str) -> None:
    page = opened("exceptions", view=view)
    assert {"platform": "", "warehouse": "", "seconds": 0}.items() <= asked[sql].items()
    assert "chips" not in blocks(page)


def test_how_anomalies_ended_says_what_it_does_not_obey(store: FakeReader) -> None:
    table = blocks(opened("exceptions", view="healed", **WITHIN))["healing"]
    assert table["note"] == "7 d · not filtered by platform, warehouse"


def test_each_filter_of_the_exceptions_can_be_taken_away_alone(store: FakeReader) -> None:
    page = opened("exceptions", view="open", kind="oversell", **WITHIN)
    chips = {chip["key"]: chip["link"] for chip in blocks(page)["chips"]["chips"]}
    assert chips["platform"].startswith("exceptions?view=open&kind=oversell&warehouse=east&window=7d")
    assert "kind=" not in chips["kind"]
    assert chips["all"].startswith("exceptions?view=open")


def test_the_index_of_a_platform_is_that_of_its_shops(asked: dict[str, Any]) -> None:
    parts = blocks(opened("csdi", platform="jd", window="7d"))
    assert column(parts["shops"], 0) == ["All shops", "京东自营店"]
    assert column(parts["shops"], 2)[0] == column(parts["shops"], 2)[1]
    assert parts["shops"]["note"] == "JD · 7 d"
    assert parts["windows"]["note"] == "JD"
    assert parts["trend"]["note"].startswith("JD · ")
    assert parts["checks"]["note"] == "not filtered"
    assert asked[HOURS_OF_SQL] == {"shops": ["京东自营店"]}


def test_the_index_says_that_there_is_none_by_warehouse(store: FakeReader) -> None:
    page = opened("csdi", platform="jd", shop="小程序商城")
    assert "there is none by warehouse" in texts(page)
    parts = blocks(page)
    assert parts["windows"]["rows"] == []
    assert parts["shops"]["note"].endswith("not filtered by Shop")
