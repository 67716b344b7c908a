"""The health board through Streamlit's own test runner, over a fake store."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from fake_board import SHOPS, FakeReader
from streamlit.testing.v1 import AppTest

from dashboard import source
from dashboard.words import Words

ENTRY = Path(source.__file__).parent / "app.py"


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeReader]:
    """The fake store behind the board; nothing of another test is left in the caches."""
    fake = FakeReader()
    monkeypatch.setattr(source, "open_reader", lambda: fake)
    forget()
    yield fake
    forget()


def forget() -> None:
    st.cache_data.clear()
    st.cache_resource.clear()


def opened(**query: str) -> AppTest:
    page = AppTest.from_file(str(ENTRY), default_timeout=20)
    for name, value in query.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page


def face(page: AppTest) -> dict[str, Any]:
    """What the board's own component was given to draw."""
    (component,) = page.get("bidi_component")
    return dict(json.loads(component.proto.json))


def texts(page: AppTest) -> str:
    return " ".join(
        str(part.value) for part in [*page.markdown, *page.subheader, *page.caption, *page.warning]
    )


@pytest.mark.parametrize(
    ("state", "light"),
    [
        ({}, "red"),
        ({"board": {"overdue_over_2h": 0}}, "yellow"),
        ({"board": {"overdue_over_2h": 0, "overdue_orders": 0}}, "green"),
        ({"age_s": 400}, "grey"),
        ({"empty": True}, "grey"),
    ],
)
def test_the_light_is_drawn_with_word_and_sentence(
    store: FakeReader, state: dict[str, Any], light: str
) -> None:
    store.state = state
    verdict = face(opened(lang="en"))["verdict"]
    assert verdict["light"] == light
    assert verdict["word"] == Words("en", "UTC")(f"light_{light}")
    assert verdict["sentence"]


def test_the_url_chooses_language_window_and_shop(store: FakeReader) -> None:
    page = opened(lang="en", window="7d", shop=SHOPS[1])
    drawn = face(page)
    assert page.title[0].value == "Fulfilment health"
    assert drawn["csdi"]["scope"] == f"7 d · {SHOPS[1]}"
    assert drawn["words"]["scope"] == "all shops"
    assert {count["scope"] for count in drawn["counts"]} == {"all shops"}
    assert set(page.dataframe[0].value["shop"]) == {SHOPS[1]}
    assert opened(lang="zh-CN").title[0].value == "履约健康度看板"


def test_the_list_is_cut_at_its_cap_and_says_so(store: FakeReader) -> None:
    store.state = {"at_risk_rows": 1340}
    page = opened(lang="en")
    assert len(page.dataframe[0].value) == 200
    assert "showing 200 of 1,340" in texts(page)


def test_an_empty_list_is_good_news_and_names_the_filter(store: FakeReader) -> None:
    store.state = {"at_risk_rows": 0}
    assert "No order is at risk - good." in texts(opened(lang="en"))
    filtered = opened(lang="en", shop=SHOPS[2])
    assert f"“{SHOPS[2]}”" in texts(filtered)
    filtered.button(key="clear_shop").click().run()
    assert "No order is at risk - good." in texts(filtered)


def test_the_first_start_says_how_to_send_events(store: FakeReader) -> None:
    for state in ({"empty": True}, {"away": ["v_board", "v_csdi", "v_at_risk"]}):
        store.state = state
        forget()
        page = opened(lang="en")
        assert face(page)["start"]
        assert "certainty import FILE" in page.code[0].value


def test_the_last_good_picture_stays_while_the_store_is_away(store: FakeReader) -> None:
    page = opened(lang="en")
    before = face(page)
    store.state = {"away": ["v_board", "v_csdi", "v_at_risk"]}
    st.cache_data.clear()
    page.run()
    after = face(page)
    assert after["counts"] == before["counts"]
    assert after["csdi"]["value"] == before["csdi"]["value"]
    assert after["faded"]
    assert "has not answered since" in after["banner"]["text"]
    assert "ConnectionError" in after["banner"]["ref"]
    assert len(page.dataframe[0].value) == 200
    store.state = {}
    st.cache_data.clear()
    page.run()
    assert face(page)["banner"] is None


def test_one_failing_question_greys_one_card(store: FakeReader) -> None:
    opened(lang="en")
    store.state = {"away": ["v_csdi"]}
    st.cache_data.clear()
    drawn = face(opened(lang="en"))
    assert "could not be read" in drawn["csdi"]["problem"]
    assert not drawn["faded"]
    store.state = {"away": ["v_at_risk"]}
    st.cache_data.clear()
    page = opened(lang="en")
    assert "could not be read" in texts(page)
    assert face(page)["csdi"]["problem"] == ""
