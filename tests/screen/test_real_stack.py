"""The screens over the real stack: broker, store, workers, board, and a simulated day, in a real browser."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import Browser, Page

from pipeline.clickhouse.reader import Reader
from pipeline.endpoints import known_endpoint, store_address
from pipeline.runtime.progress import wait_until_stored
from pipeline.settings import Settings
from schemas.topics import RAW

pytestmark = [pytest.mark.screen, pytest.mark.connected]

ORDERS = 150
START_S = 240


@dataclass
class Stack:
    """A running system with a day of orders in it."""

    settings: Settings
    url: str
    process: subprocess.Popen[bytes]

    def asked(self, sql: str) -> list[dict[str, Any]]:
        with Reader(store_address(self.settings)) as reader:
            return list(reader.query(sql))

    def part(self, name: str) -> psutil.Process:
        """The process of one part, such as the store."""
        children = psutil.Process(self.process.pid).children()
        return next(one for one in children if one.cmdline()[-1:] == [name])


def wait_for(found: Callable[[], Any], seconds: float = 60) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := found():
            return value
        time.sleep(0.2)
    raise AssertionError(f"waited {seconds} s in vain")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    home = tmp_path_factory.mktemp("stack")
    settings = Settings(data_dir=home / "data", _env_file=None)
    env = os.environ | {"CERTAINTY_DATA_DIR": str(settings.data_dir), "CERTAINTY_CLOCK": "event"}
    certainty = [sys.executable, "-m", "pipeline"]
    with (home / "up.log").open("wb") as log:
        process = subprocess.Popen([*certainty, "up", "--no-feed"], env=env, stdout=log, stderr=log)
        try:
            wait_for(
                lambda: process.poll() is not None or "To stop" in (home / "up.log").read_text(), START_S
            )
            assert process.poll() is None, (home / "up.log").read_text()
            feed = ["simulate", "--orders", str(ORDERS), "--speed", "0", "--seed", "3"]
            subprocess.run([*certainty, *feed], env=env, check=True, timeout=300, stdout=log, stderr=log)
            stack = Stack(settings, known_endpoint(settings, "board"), process)
            asyncio.run(wait_until_stored(settings, [topic.name for topic in RAW], START_S))
            yield stack
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()


def look(browser: Browser, url: str, drawn: str = ".sheet") -> Page:
    page = browser.new_context(locale="en-US", viewport={"width": 1440, "height": 1000}).new_page()
    page.goto(url)
    page.wait_for_selector(drawn, timeout=60_000)
    return page


def figure(page: Page, card: str) -> int:
    return int(page.locator(f".count.{card} .value").inner_text().replace(",", ""))


def test_the_numbers_on_the_screen_are_those_of_the_store_and_refresh_by_themselves(
    stack: Stack, browser: Browser
) -> None:
    asked = "SELECT * FROM v_csdi WHERE window = 'all' AND shop = ''"
    page = look(browser, f"{stack.url}/?window=all", ".verdict")
    shown = page.locator(".index .value")
    # Answers are shared for 25 s, and the store computes the sample of the last hours once a minute.
    wait_for(lambda: shown.inner_text() == f"{stack.asked(asked)[0]['csdi']:.1f}", 120)
    (told,) = stack.asked("SELECT * FROM v_board")
    (index,) = stack.asked(asked)
    assert figure(page, "open") == told["open_orders"]
    assert figure(page, "at_risk") == told["at_risk_orders"]
    assert figure(page, "overdue") == told["overdue_orders"]
    assert shown.inner_text() == f"{index['csdi']:.1f}"
    assert f"{index['kept']:,} / {index['kept'] + index['broken']:,}" in page.locator(".index").inner_text()
    first = int(page.locator(".board").get_attribute("data-refresh") or 0)
    began = time.monotonic()
    wait_for(lambda: int(page.locator(".board").get_attribute("data-refresh") or 0) > first, 50)
    assert time.monotonic() - began < 45
    page.context.close()


def test_every_button_of_the_desk_ends_with_its_answer_on_the_screen(stack: Stack, browser: Browser) -> None:
    (row,) = stack.asked(
        "SELECT order_id FROM v_orders WHERE paid_fen > 5000 AND phase = 'not_shipped' LIMIT 1"
    )
    order_id = row["order_id"]
    page = look(browser, f"{stack.url}/desk?lang=en&order={order_id}")
    track = page.get_by_role("button", name="Where is it?")
    track.wait_for()
    track.dblclick()
    page.wait_for_selector(".say", timeout=20_000)
    assert "Answered after" in page.locator(".say").inner_text()
    wait_for(lambda: stack.asked(f"SELECT 1 FROM desk_answers FINAL WHERE order_id = '{order_id}'"))
    time.sleep(2)
    pressed = (
        f"SELECT event_id FROM instructions FINAL WHERE order_id = '{order_id}' AND type = 'desk.track_order'"
    )
    assert len(stack.asked(pressed)) == 1, "a double click sends one command"
    page.get_by_text("¥5.00", exact=True).click()
    page.get_by_role("button", name="Give back ¥5.00").click()
    page.get_by_text("Accepted: ¥5.00").or_(page.get_by_text("Refused; nothing was done")).wait_for(
        timeout=20_000
    )
    page.context.close()
    page = look(browser, f"{stack.url}/ship?lang=en&order={order_id}", ".say")
    assert "ship" in page.locator(".say b").inner_text()
    page.context.close()


def test_a_locked_order_is_decided_on_the_screen_and_opens(stack: Stack, browser: Browser) -> None:
    locked = stack.asked("SELECT order_id FROM v_orders_locked ORDER BY locked_at LIMIT 1")
    assert locked, "the simulated day plants conflicts"
    order_id = locked[0]["order_id"]
    page = look(browser, f"{stack.url}/exceptions?lang=en&decide={order_id}")
    page.get_by_role("radio").filter(has_text="warehouse (WMS)").or_(
        page.get_by_text("warehouse (WMS):")
    ).first.click()
    page.get_by_label("Reason").click()
    page.get_by_text("customer called").click()
    page.get_by_role("button", name="Decide", exact=True).click()
    page.get_by_text(f"Order {order_id} is unlocked.").wait_for(timeout=20_000)
    wait_for(lambda: not stack.asked(f"SELECT 1 FROM v_orders_locked WHERE order_id = '{order_id}'"))
    (decided,) = stack.asked(f"SELECT details FROM instructions FINAL WHERE order_id = '{order_id}'")
    assert '"decided_by"' in decided["details"]
    page.context.close()


def test_the_board_says_when_the_store_is_away_and_comes_back(stack: Stack, browser: Browser) -> None:
    page = look(browser, f"{stack.url}/?lang=en", ".verdict")
    store = stack.part("store")
    store.suspend()
    try:
        page.wait_for_selector(".banner", timeout=70_000)
        assert page.locator(".verdict.green").count() == 0 or page.locator(".faded").count()
    finally:
        store.resume()
    page.wait_for_selector(".banner", state="detached", timeout=70_000)
    page.context.close()


def test_deep_links_open_the_same_view_in_both_languages(stack: Stack, browser: Browser) -> None:
    (row,) = stack.asked("SELECT order_id FROM v_orders LIMIT 1")
    for lang, title in (("en", f"Order {row['order_id']}"), ("zh-CN", f"订单 {row['order_id']}")):
        page = look(browser, f"{stack.url}/order?order={row['order_id']}&lang={lang}")
        page.get_by_role("heading", name=title).wait_for(timeout=20_000)
        assert page.locator(".story li").count() > 3
        page.context.close()


def test_the_log_of_the_board_holds_no_traceback(stack: Stack) -> None:
    log = Path(stack.settings.data_dir / "logs" / "board.log").read_text(encoding="utf-8")
    assert "Traceback" not in log
    assert "board_page_failed" not in log
