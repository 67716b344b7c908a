"""The embedded broker and store for connected tests: real ones, on free ports, in a folder of their own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import SecretStr

from pipeline.clickhouse.migrate import migrate_up
from pipeline.settings import Settings
from tests.connected.shelf import Shelf

START_S = 120
_RUN_ONE_COMMAND = """
import sys, typer
from importlib import import_module
app = typer.Typer()
app.callback()(lambda: None)
import_module("pipeline.cli." + sys.argv[1]).register(app)
app()
"""


def environment(settings: Settings) -> dict[str, str]:
    """Return the environment in which a process has exactly these settings."""
    values = settings.model_dump()
    return os.environ | {
        f"CERTAINTY_{name.upper()}": value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        for name, value in values.items()
        if value is not None
    }


@dataclass
class Part:
    """One `certainty` command as a process of its own; its output is in `output`."""

    arguments: tuple[str, ...]
    settings: Settings
    process: subprocess.Popen[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.settings.data_dir.mkdir(parents=True, exist_ok=True)
        self.output = self.settings.data_dir / f"{self.arguments[0]}.out"
        self.start()

    def start(self) -> None:
        """Start it, or start it again."""
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", _RUN_ONE_COMMAND, *self.arguments],
                stdout=output,
                stderr=output,
                env=environment(self.settings),
            )

    def answers(self) -> "Part":
        """Return itself once it has said that it answers."""
        return self.says(" answers on ")

    def says(self, words: str, times: int = 1, within_s: float = START_S) -> "Part":
        """Return itself once these words are in its output."""
        deadline = time.monotonic() + within_s
        while self.output.read_text().count(words) < times:
            assert self.process.poll() is None, f"{self.arguments} ended:\n{self.output.read_text()}"
            assert time.monotonic() < deadline, f"{words!r} is not in:\n{self.output.read_text()}"
            time.sleep(0.05)
        return self

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal; returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(60)


Launch = Callable[..., Part]


@pytest.fixture(scope="session")
def launch() -> Iterator[Launch]:
    """`launch(settings, "broker")` starts a command; what still runs at the end is killed."""
    parts: list[Part] = []

    def start(settings: Settings, *arguments: str) -> Part:
        parts.append(Part(arguments, settings))
        return parts[-1]

    yield start
    for part in reversed(parts):
        part.end(signal.SIGKILL)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory, launch: Launch) -> Iterator[Settings]:
    """Settings of a running broker and store, with every topic and table."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("stack"), _env_file=None)
    parts = [launch(settings, "broker"), launch(settings, "store")]
    for part in parts:
        part.answers()
    _prepare(settings)
    yield settings
    for part in parts:
        part.end()
        assert "Traceback" not in part.output.read_text(), part.output.read_text()


def _prepare(settings: Settings) -> None:
    from pipeline.embedded.topics import create_topics
    from pipeline.endpoints import kafka_bootstrap, store_address

    create_topics(kafka_bootstrap(settings), settings)
    migrate_up(store_address(settings), settings.risk_window_s)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A folder for a stack of the test's own."""
    return tmp_path / "data"


@pytest.fixture(scope="session")
def one_shelf(stack: Settings) -> Iterator[Shelf]:
    settings = stack.model_copy(update={"clickhouse_database": f"t_{uuid4().hex}"})
    shelf = Shelf(settings)
    migrate_up(shelf.address, settings.risk_window_s)
    yield shelf
    shelf.reader.query(f"DROP DATABASE {settings.clickhouse_database}")
    shelf.close()


@pytest.fixture
def shelf(one_shelf: Shelf) -> Shelf:
    """A migrated database that holds nothing: what the test before left in it is gone."""
    one_shelf.clear()
    return one_shelf
