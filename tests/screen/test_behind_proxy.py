"""The board behind a reverse proxy: whole at the root and below a path; it says when the proxy is wrong."""

import json
import re
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from proxy import NAME, PROXY, Proxy, standing
from served import Board, look, serious, served, wait_for

pytestmark = pytest.mark.screen

LOGIN = {"CERTAINTY_BOARD_NAMES": NAME, "CERTAINTY_BOARD_LOGIN": "proxy", "CERTAINTY_BOARD_PROXIES": PROXY}
LI_NA = {"X-Forwarded-User": "li.na", "X-Forwarded-Groups": "certainty-agent"}
MALLORY = {"X-Forwarded-User": "mallory", "X-Forwarded-Groups": "certainty-supervisor"}
WAIT_S = 10
"""Seconds after which the page says that no connection came about."""


@pytest.fixture(scope="module", params=["/", "/board/"])
def below(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Board, str]]:
    """A board that asks a proxy who looks, at the root and below a path, and that path."""
    with served(tmp_path_factory.mktemp("board"), CERTAINTY_BOARD_PATH=request.param, **LOGIN) as running:
        yield running, request.param


@pytest.fixture
def proxy(below: tuple[Board, str]) -> Iterator[Proxy]:
    """A proxy that does everything right and says that Li Na looks."""
    with standing(Proxy(below[0].url, below[1], says=LI_NA)) as one:
        yield one


def opened(browser: Browser, url: str, **context: Any) -> Page:
    """A page that nobody waits for."""
    page = browser.new_context(**context).new_page()
    page.goto(url)
    return page


def test_the_page_is_whole_and_alive_and_its_links_stay_below_the_path(
    proxy: Proxy, browser: Browser
) -> None:
    page, heard = look(browser, f"{proxy.url}?lang=en")
    assert heard.console == []
    assert {host for host in heard.hosts if host.startswith("http")} == {proxy.url.removesuffix(proxy.path)}
    board, streamed = page.locator(".board"), proxy.streams
    first = int(board.get_attribute("data-refresh") or 0)
    wait_for(lambda: int(board.get_attribute("data-refresh") or 0) >= first + 2)
    assert proxy.streams > streamed, "the refresh came through the proxy's websocket"
    link = page.locator(".card.overdue a[data-go]")
    behind = link.evaluate("link => link.href")
    link.click()
    page.wait_for_url(re.compile(r"/orders\?.*set=overdue"))
    page.wait_for_selector(".sheet .scroll table")
    assert page.url.startswith(f"{proxy.url}orders?")
    assert behind.startswith(f"{proxy.url}orders?"), "the middle button leads there, too"
    order = page.locator(".sheet .scroll tbody a").first.evaluate("link => link.href")
    assert order.startswith(f"{proxy.url}order?order=")


def test_a_deep_link_opens_its_page_below_the_path(proxy: Proxy, browser: Browser) -> None:
    page, _ = look(browser, f"{proxy.url}orders?lang=en&set=overdue", drawn=".sheet .scroll table")
    home = page.locator("a[href*='csdi'], a[href*='exceptions']").first.evaluate("link => link.href")
    assert home.startswith(proxy.url)


def test_a_person_is_whom_the_proxy_names(proxy: Proxy, browser: Browser) -> None:
    page, _ = look(browser, f"{proxy.url}?lang=en", extra_http_headers=MALLORY)
    told = page.locator("[data-testid=stMain]").inner_text()
    assert "li.na" in told
    assert "mallory" not in told


def test_what_a_client_says_of_itself_is_not_believed(below: tuple[Board, str], browser: Browser) -> None:
    board, path = below
    with standing(Proxy(board.url, path, strips=frozenset(MALLORY))) as proxy:
        asked = (proxy.url, f"{board.url}{path}")  # through a proxy that names nobody; past every proxy
        for url in asked:
            page = opened(browser, f"{url}?lang=en", extra_http_headers=MALLORY)
            page.wait_for_selector("[data-testid=stAlert]")
            assert "Nobody is signed in" in page.locator("[data-testid=stMain]").inner_text()
            assert page.locator(".verdict").count() == 0
            assert "mallory" not in page.content()
            page.context.close()


def test_our_own_answers_stay_at_the_root(below: tuple[Board, str]) -> None:
    with urllib.request.urlopen(f"{below[0].url}/healthz") as answer:
        assert json.loads(answer.read()) == {"status": "ok", "part": "board"}
    with urllib.request.urlopen(f"{below[0].url}/metrics") as answer:
        assert b"certainty_board_query_seconds" in answer.read()


def test_without_the_upgrade_the_page_says_so_by_itself(below: tuple[Board, str], browser: Browser) -> None:
    board, path = below
    scheme: Any = "dark" if path == "/" else "light"
    with standing(Proxy(board.url, path, upgrades=False, says=LI_NA)) as proxy:
        page = opened(browser, proxy.url, color_scheme=scheme, viewport={"width": 390, "height": 844})
        page.wait_for_selector("[data-test-connection-state]", state="attached")
        page.wait_for_timeout((WAIT_S - 3) * 1000)
        alert = page.get_by_role("alert")  # as a screen reader finds it
        assert (alert.count(), page.locator(".unconnected").is_visible()) == (0, False)
        alert.wait_for(timeout=8000)
        for word in ("Upgrade", "Connection", "CERTAINTY_BOARD_NAMES", "docs/board.md", "请看板的运维人员"):
            assert word in alert.inner_text()
        assert serious(page, still="[data-testid=stApp]") == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        proxy.upgrades = True
        page.wait_for_selector(".verdict", timeout=60_000)
        assert (alert.count(), page.locator(".unconnected").is_visible()) == (0, False)
        page.context.close()


@pytest.mark.parametrize("below", ["/board/"], indirect=True)
def test_a_name_that_the_board_does_not_know_is_told_the_same(
    below: tuple[Board, str], browser: Browser
) -> None:
    with standing(Proxy(below[0].url, below[1], says=LI_NA)) as proxy:
        page = opened(browser, proxy.url.replace(NAME, "other.localhost"))
        alert = page.get_by_role("alert")
        alert.wait_for(timeout=(WAIT_S + 8) * 1000)
        assert "CERTAINTY_BOARD_NAMES" in alert.inner_text()


@pytest.mark.parametrize("below", ["/board/"], indirect=True)
def test_a_good_proxy_never_brings_the_message_up(proxy: Proxy, browser: Browser) -> None:
    """Not while the line is slow, not beside the board, and not when the connection is lost afterwards."""
    proxy.slow_s = 5
    page = opened(browser, f"{proxy.url}?lang=en")
    seen = "document.querySelector('.unconnected').checkVisibility({ visibilityProperty: true })"
    page.evaluate(f"window.seen = 0; setInterval(() => window.seen += {seen}, 100)")
    page.wait_for_selector(".verdict", timeout=40_000)
    page.wait_for_timeout(3000)
    proxy.upgrades = False
    page.wait_for_selector("[data-test-connection-state]:not([data-test-connection-state=CONNECTED])")
    page.wait_for_timeout((WAIT_S + 3) * 1000)
    assert page.locator(".verdict").is_visible()
    assert page.evaluate("window.seen") == 0
