"""`certainty up` keeps every part running, and leaves none behind."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from pipeline.settings import Settings

pytestmark = pytest.mark.connected


@pytest.fixture
def up(launch: Callable[..., Any], data_dir: Path) -> Iterator[Any]:
    part = launch(Settings(data_dir=data_dir, _env_file=None), "up", "--no-feed").says("The board:")
    yield part
    part.end(signal.SIGKILL)


def running(part: Any) -> dict[str, psutil.Process]:
    """Return command -> process of the parts under `up`, and the JVM."""
    found = {}
    for process in psutil.Process(part.process.pid).children(recursive=True):
        words = process.cmdline()
        found[" ".join(words[3:]) if "pipeline" in words else "jvm"] = process
    return found


def alive(processes: dict[str, psutil.Process]) -> list[str]:
    """Return the names of those that still run."""
    return [
        name
        for name, process in processes.items()
        if process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    ]


def doctor(part: Any) -> tuple[int, dict[str, bool]]:
    """Return the exit code of `certainty doctor --json`, and check -> OK."""
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "doctor", "--json"],
        check=False,
        env={"CERTAINTY_DATA_DIR": str(part.settings.data_dir), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    findings = [json.loads(line) for line in done.stdout.splitlines()]
    return done.returncode, {finding["check"]: finding["ok"] for finding in findings}


def settled(part: Any, within_s: float = 60) -> None:
    """Return once the doctor finds everything well."""
    deadline = time.monotonic() + within_s
    while (answer := doctor(part))[0] != 0:
        assert time.monotonic() < deadline, answer


def test_killed_parts_are_back_and_the_end_leaves_no_process(up: Any) -> None:
    settled(up)
    before = running(up)
    assert set(before) == {
        "broker",
        "jvm",
        "store",
        "dashboard",
        "gateway",
        "worker --group core --index 0",
        "worker --group sink --index 0",
    }
    before["store"].kill()
    before["broker"].kill()
    up.says("store was killed by SIGKILL; restart 1 in 0.5 s").says("store answers again")
    up.says("broker was killed by SIGKILL; restart 1 in 0.5 s").says("broker answers again")
    settled(up)
    after = running(up)
    assert after["store"] != before["store"]
    assert after["worker --group core --index 0"] == before["worker --group core --index 0"]

    assert up.end(signal.SIGTERM) == 0
    assert alive(before | after) == []
    assert doctor(up)[0] == 4


def test_a_killed_up_leaves_no_process_and_a_second_one_is_refused(up: Any) -> None:
    parts = running(up)
    second = subprocess.run(
        [sys.executable, "-m", "pipeline", "up"],
        check=False,
        env={"CERTAINTY_DATA_DIR": str(up.settings.data_dir), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert second.returncode == 2
    assert "already runs" in second.stderr
    up.end(signal.SIGKILL)
    psutil.wait_procs(list(parts.values()), timeout=5)
    assert alive(parts) == []
