"""Every page says how old its data is, and turns red and grey by itself: in a real browser."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from served import Board, look, serious, served, wait_for

pytestmark = pytest.mark.screen

PAGES = ("csdi", "exceptions", "sku?sku=K-fine", "orders?set=open")
OLD = "No new data for more than 5 minutes"


def pale(page: Page) -> int:
    """How many parts of the page are greyed."""
    return page.locator(".sheet.stale-all").count()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_that_is_fresh_says_so_and_greys_when_its_data_is_old(
    name: str, board: Board, browser: Browser
) -> None:
    board.steer(age_s=4)
    page, heard = look(browser, f"{board.url}/{name}{'&' if '?' in name else '?'}lang=en", ".fresh.fresh b")
    assert page.locator(".fresh").inner_text().startswith("Data received")
    assert "Data as of" in page.locator(".fresh").inner_text()
    assert pale(page) == page.locator(".outdated").count() == 0
    board.steer(age_s=120)
    page.wait_for_selector(".fresh.ageing")
    assert pale(page) == 0
    board.steer(age_s=301)
    page.wait_for_selector(".fresh.stale")
    assert OLD in page.locator(".outdated").inner_text()
    wait_for(lambda: pale(page) == page.locator(".sheet").count() - 1 > 0)
    board.steer(age_s=4)
    page.wait_for_selector(".fresh.fresh")
    wait_for(lambda: pale(page) == page.locator(".outdated").count() == 0)
    assert [line for line in heard.console if "404" not in line] == []  # Streamlit looks for its own parts


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_old_data_can_be_read_by_everybody(scheme: str, board: Board, browser: Browser) -> None:
    board.steer(age_s=400)
    page, _ = look(
        browser, f"{board.url}/csdi?lang=zh-CN", ".outdated", color_scheme=scheme,
        viewport={"width": 390, "height": 844},
    )  # fmt: skip
    wait_for(lambda: pale(page) > 0)
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_next_page_is_not_grey_because_the_last_one_was(board: Board, browser: Browser) -> None:
    board.steer(age_s=400)
    page, _ = look(browser, f"{board.url}/csdi?lang=en", ".outdated")
    board.steer(age_s=4)
    page.get_by_role("link", name="Exceptions").click()
    page.wait_for_selector(".fresh.fresh")
    wait_for(lambda: pale(page) == 0)
    assert page.locator(".outdated").count() == 0


def test_the_age_turns_red_and_the_page_grey_although_the_board_is_gone(
    tmp_path: Path, browser: Browser
) -> None:
    with served(tmp_path) as board:
        board.steer(age_s=291)
        page, _ = look(browser, f"{board.url}/csdi?lang=en", ".fresh.ageing b")
        board.process.kill()
        page.wait_for_selector(".fresh.stale", timeout=40_000)
        assert OLD in page.locator(".outdated").inner_text()
        assert pale(page) == page.locator(".sheet").count() - 1 > 0
