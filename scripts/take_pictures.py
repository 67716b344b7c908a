"""Takes the pictures of the README and the docs from a running board; run it while `certainty up` runs.

`python scripts/take_pictures.py` finds the board by the settings, as every command does.
"""

import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from pipeline.endpoints import known_endpoint
from pipeline.settings import load_settings
from scripts.install_browser import browser as installed_browser

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
PICTURES = (
    ("board", "/", "light", 860),
    ("board-dark", "/", "dark", 860),
    ("exceptions", "/exceptions", "light", 860),
    ("order", "/order?order={order}", "light", 1100),
    ("desk", "/desk?order={order}", "light", 760),
)
"""Name, address, theme and height of each; a phone's picture of the board is taken besides."""


def main() -> int:
    """Take every picture; 4 without a running board or a browser."""
    url = known_endpoint(load_settings(), "board")
    if not url:
        sys.stderr.write("no board is known: start `certainty up` first\n")
        return 4
    FOLDER.mkdir(exist_ok=True)
    found = installed_browser()
    if not found:
        sys.stderr.write("no browser is installed: run `python scripts/install_browser.py` first\n")
        return 4
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        order = _some_order(browser, url)
        for name, path, theme, height in PICTURES:
            page = _look(browser, url + path.format(order=order), theme, 1440, height)
            _keep(page, name)
        _keep(_look(browser, url, "light", 390, 844), "phone")
        browser.close()
    return 0


def _look(browser: Browser, url: str, theme: str, width: int, height: int) -> Page:
    joint = "&" if "?" in url else "?"
    context = browser.new_context(
        color_scheme="dark" if theme == "dark" else "light",
        viewport={"width": width, "height": height},
        device_scale_factor=1,
    )
    page = context.new_page()
    page.goto(f"{url}{joint}lang=en")
    page.wait_for_selector(".sheet", timeout=60_000)
    page.wait_for_timeout(2500)  # fonts and the last of the parts
    return page


def _some_order(browser: Browser, url: str) -> str:
    """Return the number of an order that has much of a story: the first of those to act on, or of all."""
    page = _look(browser, f"{url}/orders?set=all", "light", 1440, 860)
    number = page.locator(".sheet td a").first.inner_text()
    page.context.close()
    return number


def _keep(page: Page, name: str) -> None:
    page.screenshot(path=str(FOLDER / f"{name}.png"))
    page.context.close()
    sys.stderr.write(f"{FOLDER / name}.png\n")


if __name__ == "__main__":
    sys.exit(main())
