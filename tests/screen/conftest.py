"""Lets the screen tests import what lies beside them, and puts a fake store behind the pages."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from scripts.install_browser import browser as installed_browser

sys.path.insert(0, str(Path(__file__).parent))


CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="module")
def one_browser() -> Iterator[Browser]:
    found = installed_browser()
    assert found, "no browser: `python scripts/install_browser.py` fetches one"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=CHROMIUM_ARGS, headless=True)
        yield chromium
        chromium.close()


@pytest.fixture
def browser(one_browser: Browser) -> Iterator[Browser]:
    """The browser; what a test has opened is closed: else its pages refresh themselves beside later tests."""
    yield one_browser
    for context in one_browser.contexts:
        context.close()


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """A board over a fake store, served for the tests of one file."""
    from served import served

    with served(tmp_path_factory.mktemp("board")) as running:
        yield running


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """The fake store behind the board; nothing of another test is left in the caches."""
    from fake_board import FakeReader
    from pages import forget

    from dashboard import source

    fake = FakeReader()
    monkeypatch.setattr(source, "open_reader", lambda: fake)
    forget()
    yield fake
    forget()
