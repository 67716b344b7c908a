"""Serves a board over a fake store for a real browser, and looks at it as a person and as a screen reader."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
REFRESH_S = 2


@dataclass
class Board:
    """A served board, and the file that steers its fake store."""

    url: str
    state: Path
    process: subprocess.Popen[bytes]

    def steer(self, **state: Any) -> None:
        part = self.state.with_suffix(".part")
        part.write_text(json.dumps(state), encoding="utf-8")
        part.replace(self.state)


@dataclass
class Heard:
    """What a page complained about and whom it asked."""

    console: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)


def wait_for(found: Callable[[], Any], seconds: float = 30) -> Any:
    """Ask again and again until something is found."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := found():
            return value
        time.sleep(0.1)
    raise AssertionError(f"waited {seconds} s in vain")


@contextmanager
def served(folder: Path, **settings: str) -> Iterator[Board]:
    """Serve a board of its own with these settings (CERTAINTY_...); it is gone afterwards."""
    state, port = folder / "state.json", folder / "port"
    state.write_text("{}", encoding="utf-8")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, str(HERE / "fake_board.py"), str(state), str(port), str(REFRESH_S)],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), **settings},
            stdout=log,
            stderr=log,
        )
        try:
            wait_for(lambda: process.poll() is not None or (port.exists() and port.read_text("utf-8")), 60)
            assert process.poll() is None, (folder / "log").read_text(encoding="utf-8")
            yield Board(f"http://127.0.0.1:{port.read_text(encoding='utf-8')}", state, process)
        finally:
            process.kill()
            process.wait()


def look(browser: Browser, url: str, drawn: str = "", **context: Any) -> tuple[Page, Heard]:
    """Open a page and wait until it has drawn itself; the health board, unless `drawn` says by what."""
    page, heard = browser.new_context(**context).new_page(), Heard()
    page.on("console", lambda line: line.type == "error" and heard.console.append(line.text))
    page.on("pageerror", lambda error: heard.console.append(str(error)))
    page.on("request", lambda request: heard.hosts.add(re.sub(r"^(\w+://[^/]*).*", r"\1", request.url)))
    page.goto(url)
    for selector in (drawn,) if drawn else (".verdict", ".sheet .scroll table"):
        page.wait_for_selector(selector, timeout=40_000)
    return page, heard


STILL = "[data-test-script-state=notRunning]:not(:has([data-stale=true]))"


STOP_TIMERS = "() => { for (let last = setTimeout(() => 0); last >= 0; last--) clearInterval(last); }"


def serious(page: Page, still: str = STILL) -> list[str]:
    """What axe finds while nothing is drawn anew: Streamlit pales for a moment what a refresh replaces.

    The page's timers are stopped before, unless `still` says how it is known to be still: a busy machine may
    need longer to look than a page of a test takes to refresh itself.
    """
    if still == STILL:
        page.evaluate(STOP_TIMERS)
    looks = "() => [...document.querySelectorAll('.sheet')].map(sheet => sheet.dataset.looks).join()"
    for _ in range(10):
        page.wait_for_selector(still)
        before = page.evaluate(looks)
        found = Axe().run(page).response["violations"]
        if page.locator(still).count() and page.evaluate(looks) == before:
            break
    nodes = [(v["id"], v["nodes"][0]) for v in found if v["impact"] in ("serious", "critical")]
    return [f"{name}: {node['html'][:200]} {node['failureSummary']}" for name, node in nodes]
