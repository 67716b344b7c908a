"""The chips in a real browser: with keyboard and screen reader, on a wide screen and a phone."""

from urllib.parse import parse_qs, urlparse

import pytest
from fake_board import SHOPS
from playwright.sync_api import Browser, Page
from served import Board, look, serious, wait_for

pytestmark = pytest.mark.screen


def asked(page: Page) -> dict[str, list[str]]:
    return parse_qs(page.evaluate("location.search").lstrip("?"))


def test_the_keyboard_takes_one_filter_away_and_keeps_the_others(board: Board, browser: Browser) -> None:
    page, heard = look(browser, f"{board.url}/?lang=en&window=7d&shop={SHOPS[1]}&warehouse=east")
    chip = page.get_by_role("link", name=f"Take away the filter “Shop: {SHOPS[1]}”")
    chip.focus()
    page.keyboard.press("Enter")
    wait_for(lambda: "shop" not in asked(page))
    assert (asked(page)["warehouse"], asked(page)["window"]) == (["east"], ["7d"])
    page.wait_for_selector(".chip-shop", state="detached")
    left = page.locator(".chips .chip").all_inner_texts()
    assert [text.split("\n")[0] for text in left] == ["Window: 7 d", "Warehouse: east", "Take all away"]
    assert page.locator(".st-key-shop input").input_value() == "All shops", "the widget says so, too"
    page.locator(".chip-all").click()
    page.wait_for_selector(".chips", state="detached")
    wait_for(lambda: asked(page).keys() <= {"lang"})
    assert heard.console == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["", "orders"])
def test_chips_are_accessible_and_fit_a_phone(board: Board, browser: Browser, path: str, scheme: str) -> None:
    query = f"lang=en&shop={SHOPS[1]}&platform=jd&warehouse=east"
    page, _ = look(
        browser,
        f"{board.url}/{path}?{query}",
        drawn=".chips",
        color_scheme=scheme,
        viewport={"width": 390, "height": 844},
    )
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    address = page.locator(".chip-shop").evaluate("link => link.href")
    assert urlparse(address).path == f"/{path}", "a middle click opens the same page"
