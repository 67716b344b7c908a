"""Makes sure the screen tests find a browser: the system's, Playwright's, or the one of apt.

Debian's headless shell comes first: it needs about half the processor time of a whole Chromium.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

SHELL = "chromium-headless-shell"
ON_PATH = (SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
APT = ("apt-get", "install", "--yes", "--no-install-recommends")


def main() -> int:
    """Return 0 if there is a browser now, else 4."""
    path = browser() or (_asks_playwright() and browser())
    if not path or (os.environ.get("CI") and SHELL not in path):  # a machine of CI's own is thrown away
        _ask_apt(SHELL, "chromium")
        path = browser()
    if not path:
        _say(
            "no browser was found and none could be installed. Install Chromium or Google Chrome yourself"
            " (Debian, Ubuntu: sudo apt-get install chromium) and run this again"
        )
        return 4
    _say(f"the browser of the screen tests is {path}")
    return 0


def browser() -> str:
    """Return the path of the browser that the screen tests and the pictures use, "" if there is none."""
    return next(filter(None, map(shutil.which, ON_PATH)), "") or _of_playwright()


def _asks_playwright() -> bool:
    _say("no browser yet: asking Playwright for one")
    return _run([sys.executable, "-m", "playwright", "install", "chromium"])


def _ask_apt(*packages: str) -> None:
    """Install the first of these packages that apt has, where there is apt and the right to."""
    if not (shutil.which("apt-get") and _may_install()):
        return
    _say(f"asking apt for {packages[0]}")
    rights = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if _run([*rights, "apt-get", "update"]):
        any(_run([*rights, *APT, one]) for one in packages)


def _of_playwright() -> str:
    """Return the path of Playwright's own browser if it starts, else ""."""
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() and _run([path, "--version"]) else ""


def _may_install() -> bool:
    return os.geteuid() == 0 or (shutil.which("sudo") is not None and _run(["sudo", "-n", "true"]))


def _run(command: list[str]) -> bool:
    try:
        return subprocess.run(command, check=False, stdout=sys.stderr).returncode == 0  # noqa: S603
    except OSError:
        return False


def _say(line: str) -> None:
    sys.stderr.write(f"certainty: {line}\n")


if __name__ == "__main__":
    sys.exit(main())
