"""The health board through Streamlit's own test runner, over a fake store."""

from typing import Any

import pytest
from fake_board import SHOPS, FakeReader
from pages import blocks, column, components, face, forget, look_again, opened, texts

from dashboard import limits, live
from dashboard.queries.board import AT_RISK_SQL
from dashboard.words import Words


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
    verdict = face(opened())["verdict"]
    assert verdict["light"] == light
    assert verdict["word"] == Words("en", "UTC")(f"light_{light}")
    assert verdict["sentence"]


def test_each_session_keeps_a_pace_of_its_own_and_looks_every_half_minute_at_most(store: FakeReader) -> None:
    pages = [opened("csdi") for _ in range(3)]
    paces = [page.session_state["pace_s"] for page in pages]
    assert len(set(paces)) == 3
    assert all(limits.CACHE_TTL_S < pace <= limits.REFRESH_S for pace in paces)
    assert [look_again(page).session_state["pace_s"] for page in pages] == paces


def test_a_pressed_link_is_followed_before_the_page_asks_for_anything(store: FakeReader) -> None:
    page = opened()
    live.shared().expire()
    store.asked.clear()
    page.session_state["pressed_link"] = ("csdi?window=7d", ())
    page.run()
    assert page.title[0].value == "Certainty index"
    assert store.asked
    assert AT_RISK_SQL not in store.asked


def test_the_url_chooses_language_window_and_shop(store: FakeReader) -> None:
    page = opened(window="7d", shop=SHOPS[1])
    drawn = face(page)
    assert page.title[0].value == "Fulfilment health"
    assert drawn["csdi"]["scope"] == f"7 d · {SHOPS[1]}"
    assert drawn["words"]["scope"] == "not filtered"
    assert {count["scope"] for count in drawn["counts"][:3]} == {"not filtered"}
    assert set(column(blocks(page)["orders"], 3)) == {SHOPS[1]}
    assert opened(lang="zh-CN").title[0].value == "履约健康度看板"


def test_the_list_is_cut_at_its_cap_and_says_so(store: FakeReader) -> None:
    store.state = {"at_risk_rows": 1340}
    page = opened()
    assert len(blocks(page)["orders"]["rows"]) == 200
    assert "showing 200 of 1,340" in texts(page)


def test_an_empty_list_is_good_news_and_names_the_filter(store: FakeReader) -> None:
    store.state = {"at_risk_rows": 0}
    assert "No order is at risk - good." in texts(opened())
    filtered = opened(shop=SHOPS[2])
    assert f"“{SHOPS[2]}”" in texts(filtered)
    filtered.button(key="clear_shop").click().run()
    assert "No order is at risk - good." in texts(filtered)


def test_the_first_start_says_how_to_send_events(store: FakeReader) -> None:
    for state in ({"empty": True}, {"away": ["v_board", "v_csdi", "v_at_risk"]}):
        store.state = state
        forget()
        page = opened()
        assert face(page)["start"]
        assert "certainty import FILE" in page.code[0].value


def test_the_last_good_picture_stays_while_the_store_is_away(store: FakeReader) -> None:
    page = opened()
    before = face(page)
    store.state = {"away": ["v_board", "v_csdi", "v_at_risk"]}
    look_again(page)
    after = face(page)
    assert after["counts"] == before["counts"]
    assert after["csdi"]["value"] == before["csdi"]["value"]
    assert after["faded"]
    assert "has not answered since" in after["banner"]["text"]
    assert "ConnectionError" in after["banner"]["ref"]
    assert len(blocks(page)["orders"]["rows"]) == 200
    store.state = {}
    look_again(page)
    assert face(page)["banner"] is None


def test_one_failing_question_greys_one_card(store: FakeReader) -> None:
    opened()
    store.state = {"away": ["v_csdi"]}
    drawn = face(look_again(opened()))
    assert "could not be read" in drawn["csdi"]["problem"]
    assert not drawn["faded"]
    store.state = {"away": ["v_at_risk"]}
    page = look_again(opened())
    assert "could not be read" in texts(page)
    assert face(page)["csdi"]["problem"] == ""
    store.state = {"away": ["v_self_check"]}
    parts = blocks(look_again(opened()))
    assert "could not be read" in parts["checks"]["problem"]
    assert parts["stages"]["problem"] == ""


def test_every_number_leads_to_what_is_behind_it(store: FakeReader) -> None:
    page = opened()
    drawn, parts = face(page), blocks(page)
    assert [count["link"] for count in drawn["counts"]] == [
        "orders?set=overdue",
        "orders?set=at_risk",
        "orders?set=open",
        "orders?set=broken&window=24h",
        "exceptions?view=open",
    ]
    assert all(part["link"] for part in drawn["csdi"]["parts"])
    assert parts["kinds"]["bars"][0]["link"] == "exceptions?view=open&kind=promise_broken"
    assert "stage=to_ship" in parts["stages"]["bars"][0]["link"]
    assert parts["orders"]["rows"][0][1]["link"].startswith("order?order=")


def test_the_budget_says_how_many_more_may_break_and_goes_below_zero(store: FakeReader) -> None:
    store.state = {"csdi": {"kept": 91, "broken": 9}}
    budget = face(opened())["counts"][3]
    assert (budget["value"], budget["light"]) == ("-1", "red")
    store.state = {"csdi": {"kept": 96, "broken": 4}}
    budget = face(look_again(opened()))["counts"][3]
    assert (budget["value"], budget["light"]) == ("4", "grey")


def test_a_step_without_data_is_a_gap_in_the_trend_and_no_zero(store: FakeReader) -> None:
    lines = {line["name"]: line["values"] for line in blocks(opened())["trend"]["lines"]}
    credibility = lines["Status credibility"]
    assert credibility.count(None) == 1
    assert 0 not in credibility


def test_an_overdue_order_in_somebodys_hands_is_named_and_makes_no_alarm(store: FakeReader) -> None:
    store.state = {"board": {"overdue_over_2h": 0, "overdue_handled": 86}}
    page = opened()
    assert face(page)["verdict"]["light"] == "yellow"
    assert "86 of them being handled" in face(page)["verdict"]["sentence"]
    assert "li.na" in column(blocks(page)["orders"], 10)


def test_the_forecast_stands_below_the_light_and_is_silent_on_old_data(store: FakeReader) -> None:
    forecast = face(opened())["verdict"]["forecast"]
    assert (forecast["text"], forecast["link"]) == (
        "43 will miss the deadline in 4 h, of 812 due.",
        "orders?set=will_miss",
    )
    assert "each warehouse ships by deadline" in forecast["hint"]
    assert face(opened())["stale"]["forecast"] is None
    store.state = {"age_s": 400}
    assert face(look_again(opened()))["verdict"]["forecast"] is None
    store.state = {"away": ["v_board_forecast"]}
    forget()
    assert face(opened())["verdict"]["forecast"]["text"] == "Next 4 h: no data."


def test_a_wall_shows_the_board_alone_in_large_letters(store: FakeReader) -> None:
    page = opened(wall="1")
    assert face(page)["wall"]
    assert not page.text_input
    assert not page.selectbox
    assert all(one.get("wall", True) for one in components(page))


def test_each_card_says_what_it_was_at_the_same_hour_yesterday(store: FakeReader) -> None:
    drawn = face(opened(window="7d"))
    assert {card["key"]: card["then"] for card in drawn["counts"]} == {
        "overdue": "yesterday 41 (+45)",
        "at_risk": "yesterday 431 (±0)",
        "open": "yesterday 11,902 (+578)",
        "budget": "yesterday 27 (-344)",
        "anomalies": "yesterday 120 (-22)",
    }
    assert drawn["csdi"]["parts"][0]["then"] == "yesterday 92.5 % (-2.5 pts)"
    store.state = {"yesterday": {"open_orders": None, "overdue_orders": None}, "promise_then": []}
    drawn = face(look_again(opened(window="7d")))
    said = {card["key"]: card["then"] for card in drawn["counts"]}
    assert {said[key] for key in ("open", "overdue", "budget")} == {"yesterday: no data"}
    store.state = {"away": ["v_board_yesterday", "v_promise_yesterday"]}
    forget()
    assert {card["then"] for card in face(opened())["counts"]} == {""}
