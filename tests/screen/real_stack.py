"""The real stack for the screen tests: broker, store, workers, board, and a simulated day of orders."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import served

from pipeline.clickhouse.reader import Reader
from pipeline.endpoints import known_endpoint, store_address
from pipeline.runtime.progress import wait_until_stored
from pipeline.settings import Settings
from schemas.topics import RAW

ORDERS = 150
START_S = 240
wait_for = partial(served.wait_for, seconds=60)


@dataclass
class Stack:
    """A running system with a day of orders in it."""

    settings: Settings
    url: str
    process: subprocess.Popen[bytes]

    def asked(self, sql: str) -> list[dict[str, Any]]:
        """The rows of a question without parameters."""
        return self.rows(sql, {})

    def rows(self, sql: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The rows of a question, as the screens ask it."""
        with Reader(store_address(self.settings)) as reader:
            return list(reader.query(sql, parameters))

    def certainty(self, *words: str, said: str) -> None:
        """Run a command of ours that reads what is said from stdin."""
        env = os.environ | {"CERTAINTY_DATA_DIR": str(self.settings.data_dir), "CERTAINTY_CLOCK": "event"}
        run = [sys.executable, "-m", "pipeline", *words]
        subprocess.run(run, env=env, check=True, timeout=60, input=said.encode())

    def part(self, name: str) -> psutil.Process:
        """The process of one part, such as the store."""
        children = psutil.Process(self.process.pid).children()
        return next(one for one in children if one.cmdline()[-1:] == [name])


@contextmanager
def running(home: Path) -> Iterator[Stack]:
    """Start everything with a simulated day in it, and stop it in the end."""
    settings = Settings(data_dir=home / "data", _env_file=None)
    env = os.environ | {"CERTAINTY_DATA_DIR": str(settings.data_dir), "CERTAINTY_CLOCK": "event"}
    # The order of a day's events is not looked at here: a hundredth of the slices, a third of the time.
    env |= {"CERTAINTY_STEP_S": str(2 * 86_400)}
    certainty = [sys.executable, "-m", "pipeline"]
    with (home / "up.log").open("wb") as log:
        process = subprocess.Popen([*certainty, "up", "--no-feed"], env=env, stdout=log, stderr=log)
        try:
            wait_for(
                lambda: process.poll() is not None or "To stop" in (home / "up.log").read_text(),
                seconds=START_S,
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
