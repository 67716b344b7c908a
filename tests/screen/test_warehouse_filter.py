"""Late orders by the warehouse that packs them, and the filter by it, on the board and the list of orders."""

from typing import Any

from fake_board import FakeReader
from pages import blocks, column, face, look_again, opened, texts

from dashboard.queries.board import AT_RISK_SQL
from dashboard.queries.orders import ORDERS_SQL


class Asked(FakeReader):
    """Remembers with what each question was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.parameters: dict[str, dict[str, Any]] = {}

    def rows(self, sql: str, parameters: Any) -> Any:
        self.parameters[sql] = dict(parameters)
        return super().rows(sql, parameters)


def test_each_warehouse_says_what_is_late_and_leads_to_it(store: FakeReader) -> None:
    table = blocks(opened())["warehouses"]
    assert column(table, 0) == ["east", "south", "west", "not named yet"]
    east, _, west, unnamed = table["rows"]
    assert [cell["text"] for cell in east[1:4]] == ["130", "13", "3"]
    assert east[3] == {"text": "3", "link": "orders?set=overdue&warehouse=east", "light": "red", "sort": 3}
    assert [cell["text"] for cell in west[1:4]] == ["–", "–", "–"], "no order was ever packed there"
    assert [row[4]["text"] for row in (east, west, unnamed)] == ["2 h 00 min ago", "never", "–"]
    assert unnamed[1]["link"] == "orders?set=open&warehouse=-"
    assert (east[0]["note"], unnamed[0].get("note", "")) == ("0 in, 97 out", "")


def test_without_any_warehouse_the_table_says_so(store: FakeReader) -> None:
    store.state = {"empty": True, "board": {}}
    page = opened()
    assert "warehouses" not in blocks(page)
    assert not [one for one in page.selectbox if one.key == "warehouse" and len(one.options) > 1]


def test_the_filter_narrows_list_and_stages_and_what_it_does_not_narrow_says_so(store: FakeReader) -> None:
    page = opened(warehouse="east")
    parts, drawn = blocks(page), face(page)
    assert "173 in all, late first" in texts(page)
    assert parts["stages"]["note"] == "east"
    assert [bar["value"] for bar in parts["stages"]["bars"]] == ["500", "400", "1,100", "1,100"]
    assert {bar["link"] for bar in parts["stages"]["bars"]} >= {"orders?set=all&stage=to_ship&warehouse=east"}
    scopes = {card["key"]: card["scope"] for card in drawn["counts"]}
    assert scopes["budget"] == "All shops"
    assert {scopes[key] for key in ("overdue", "at_risk", "open", "anomalies")} == {"not filtered"}
    assert {parts[key]["note"] for key in ("platforms", "kinds", "checks", "warehouses")} == {"not filtered"}
    assert parts["trend"]["note"].startswith("All shops")
    page.selectbox(key="warehouse").set_value("").run()
    assert {card["scope"] for card in face(page)["counts"]} == {""}


def test_the_link_of_a_warehouse_opens_the_same_view_even_if_nobody_knows_it(store: FakeReader) -> None:
    page = opened(warehouse="moon")
    assert "No order of “moon” is at risk" in texts(page)
    page.button(key="clear_shop").click().run()
    assert "moon" not in texts(look_again(page))


def test_list_and_orders_ask_the_store_for_the_warehouse(monkeypatch: Any, store: FakeReader) -> None:
    from dashboard import source

    asked = Asked()
    monkeypatch.setattr(source, "open_reader", lambda: asked)
    opened(warehouse="-", shop="京东自营店")
    assert asked.parameters[AT_RISK_SQL] == {
        "shop": "京东自营店",
        "platform": "",
        "warehouse": "-",
        "cap": 200,
    }
    opened("orders", set="overdue", warehouse="south", sku="TEA-1")
    assert asked.parameters[ORDERS_SQL]["warehouse"] == "south"
    assert asked.parameters[ORDERS_SQL]["sku"] == "TEA-1"
