"""Child processes of a benchmark: started quietly, watched, measured from outside, always ended."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.measure import peak_rss_mb
from pipeline.embedded.process import dies_with_parent

ROOT = Path(__file__).resolve().parent.parent
STOP_S = 25.0
LOG_TAIL = 1500
CORES = 2


class BenchFailed(RuntimeError):
    """A benchmark could not be run to its end; the message says which part and why."""


class Child:
    """One process of its own session; its output goes to a file."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.log = log
        with log.open("ab") as out:
            self.process = subprocess.Popen(  # noqa: S603  (our own command line)
                list(command),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
                # Its own session: Ctrl-C reaches it through us, in our order.
                start_new_session=True,
                preexec_fn=dies_with_parent(),  # noqa: PLW1509  (no threads run yet)
            )

    def check(self) -> None:
        """Raise BenchFailed if the process has ended."""
        if self.process.poll() is not None:
            raise BenchFailed(f"{self.name} ended with code {self.process.returncode}:\n{self.tail()}")

    def wait(self, seconds: float) -> None:
        """Wait for a successful end; raises BenchFailed on a failure or when the time is over."""
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise BenchFailed(f"{self.name} did not end within {seconds:.0f} s:\n{self.tail()}") from None
        if code != 0:
            raise BenchFailed(f"{self.name} ended with code {code}:\n{self.tail()}")

    def tail(self) -> str:
        """Return the end of its output."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-LOG_TAIL:].strip()

    def stop(self) -> None:
        """End it: SIGTERM, and SIGKILL when that takes too long."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def cpu_s(self) -> float:
        """Processor seconds of the process and those it started; 0 where there is no /proc."""
        ticks = os.sysconf("SC_CLK_TCK")
        return sum(_cpu_ticks(pid) for pid in family(self.process.pid)) / ticks

    def peak_rss_mb(self) -> float:
        """Sum of the highest resident memory of the process and those it started, MiB."""
        return round(sum(peak_rss_mb(pid) for pid in family(self.process.pid)), 1)


def family(pid: int) -> list[int]:
    """Return a process and all its descendants (Linux; elsewhere the process alone)."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except FileNotFoundError:
        return [pid]
    return [pid, *(member for child in children for member in family(int(child)))]


def _cpu_ticks(pid: int) -> int:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return 0
    fields = stat.rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def part(name: str, command: Sequence[str], data: Path, settings: Mapping[str, str]) -> Child:
    """Start one part of the system: `certainty COMMAND` on a data directory."""
    environment = {**settings, "CERTAINTY_DATA_DIR": str(data), "PYTHONUNBUFFERED": "1"}
    return Child(name, [sys.executable, "-m", "pipeline", *command], data / f"bench-{name}.log", environment)


@contextmanager
def running(child: Child) -> Iterator[Child]:
    """Stop the child at the end of the block, whatever happens in it."""
    try:
        yield child
    finally:
        child.stop()


def await_line(child: Child, text: str, seconds: float) -> None:
    """Wait until the child has printed `text`; raises BenchFailed when it ends or takes too long."""
    deadline = time.monotonic() + seconds
    while text not in child.log.read_text(encoding="utf-8", errors="replace"):
        child.check()
        if time.monotonic() > deadline:
            raise BenchFailed(f"{child.name} did not answer within {seconds:.0f} s:\n{child.tail()}")
        time.sleep(0.1)


def stay_on_two_cores() -> int:
    """Pin this process and all it will start to two cores; returns how many it has (Linux only)."""
    if not hasattr(os, "sched_setaffinity"):
        return os.cpu_count() or 1
    cores = sorted(os.sched_getaffinity(0))[:CORES]
    os.sched_setaffinity(0, cores)
    return len(cores)
