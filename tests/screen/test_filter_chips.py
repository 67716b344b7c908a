"""The filters that are on, as chips of the health board and the list of orders."""

from fake_board import SHOPS, FakeReader
from pages import blocks, opened


def said(page: object) -> list[str]:
    return [chip["text"] for chip in blocks(page)["chips"]["chips"]]  # type: ignore[arg-type]


def test_a_page_without_filters_has_no_chips(store: FakeReader) -> None:
    assert "chips" not in blocks(opened())
    assert "chips" not in blocks(opened("orders"))


def test_the_health_board_shows_what_it_is_narrowed_by(store: FakeReader) -> None:
    page = opened(window="7d", shop=SHOPS[1], platform="jd", warehouse="east")
    assert said(page) == [
        "Window: 7 d",
        f"Shop: {SHOPS[1]}",
        "Platform: JD",
        "Warehouse: east",
        "Take all away",
    ]
    links = {chip["key"]: chip["link"] for chip in blocks(page)["chips"]["chips"]}
    assert links["all"] == "health"
    assert "platform" not in links["platform"]
    assert {"window=7d", "warehouse=east"} <= set(links["platform"].partition("?")[2].split("&"))


def test_a_wall_has_no_chips(store: FakeReader) -> None:
    assert "chips" not in blocks(opened(wall="1", shop=SHOPS[1]))


def test_the_list_of_orders_shows_what_it_is_narrowed_by(store: FakeReader) -> None:
    assert said(opened("orders", set="overdue", stage="to_ship")) == [
        "Which orders: Overdue",
        "Stage: to ship",
        "Take all away",
    ]
    assert said(opened("orders", set="kept", window="7d"))[-2:] == ["Window: 7 d", "Take all away"]
    assert said(opened("orders", set="kept", sku="TEA-1")) == [
        "Which orders: Promise kept",
        "SKU: TEA-1",
        "Take all away",
    ]
