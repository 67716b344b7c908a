"""Makes sure the screen tests find a browser: the system's, Playwright's, or the one of apt."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

ON_PATH = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
APT = ("apt-get", "install", "--yes", "--no-install-recommends", "chromium")


def main() -> int:
    """Return 0 if there is a browser now, else 4."""
    found = next(filter(None, map(shutil.which, ON_PATH)), "") or _of_playwright()
    if found:
        _say(f"the browser of the screen tests is {found}")
        return 0
    _say("no browser yet: asking Playwright for one")
    if _run([sys.executable, "-m", "playwright", "install", "chromium"]) and _of_playwright():
        return 0
    if shutil.which("apt-get") and _may_install():
        _say("Playwright could not fetch one: asking apt")
        rights = [] if os.geteuid() == 0 else ["sudo", "-n"]
        if _run([*rights, "apt-get", "update"]) and _run([*rights, *APT]):
            return 0
    _say(
        "no browser was found and none could be installed. Install Chromium or Google Chrome yourself"
        " (Debian, Ubuntu: sudo apt-get install chromium) and run this again"
    )
    return 4


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
