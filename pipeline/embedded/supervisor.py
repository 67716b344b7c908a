"""Starts the parts as processes, restarts those that die and says so, and leaves none behind."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.embedded.process import BoundedLog, dies_with_parent

FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 30.0
HEALTHY_S = 60.0
"""A part that ran this long before it died is restarted as if it were the first time."""
NOT_STARTED = 71
"""As of a part that ended: the system has no room for another process (EX_OSERR)."""
TAIL_AFTER = 3
"""Deaths in a row after which the end of the part's log is shown."""


@dataclass(frozen=True, slots=True)
class Part:
    """One process to keep running. `ready` are words of its output that say it answers; "": at once.

    One that runs `once` answers when it has ended with 0, and is not restarted then.
    """

    name: str
    arguments: tuple[str, ...]
    stop_s: float
    ready: str = ""
    once: bool = False
    tells: str = ""
    """Output that begins with this is shown to the operator, too: it explains a long wait."""


class Kept:
    """A part with its process, its log and the count of its restarts."""

    def __init__(
        self, part: Part, logs: Path, environment: dict[str, str], say: Callable[[str], None]
    ) -> None:
        self.part = part
        self.log = BoundedLog(logs / f"{part.name}.log")
        self.answers = asyncio.Event()
        self.restarts = 0
        self._environment = environment
        self._say = say
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = False
        self._deaths_in_a_row = 0

    async def keep(self) -> None:
        """Run the part again and again until it is stopped, or has finished what runs once."""
        while not self._stopping:
            started = time.monotonic()
            try:
                code = await self._run()
            except OSError as error:  # no memory, no process: as if it had died at once
                self._say(f"{self.part.name} cannot be started: {error}")
                code = NOT_STARTED
            if self._stopping or (self.part.once and code == 0):
                self.answers.set()
                return
            if time.monotonic() - started > HEALTHY_S:
                self._deaths_in_a_row = 0
            await asyncio.sleep(self._died(code))

    async def stop(self) -> None:
        """Ask it to end; kill its whole group if it does not within its time."""
        self._stopping = True
        process = self._process
        if process is None or process.returncode is not None:
            return
        _signal(process.pid, signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), self.part.stop_s)
        except TimeoutError:
            self._say(f"{self.part.name} did not stop within {self.part.stop_s:.0f} s and is killed")
        self.kill()

    def kill(self) -> None:
        """Kill its whole group at once."""
        self._stopping = True
        if self._process is not None:
            _signal(self._process.pid, signal.SIGKILL, group=True)

    async def _run(self) -> int:
        """Start it and return its exit code, negative for a signal."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "pipeline",
            *self.part.arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=self._environment,
            # A group of its own: Ctrl-C of the terminal reaches the parts through us, in our order.
            start_new_session=True,
            preexec_fn=dies_with_parent(),
        )
        if self._stopping:  # meanwhile
            self.kill()
        if not self.part.ready and not self.part.once:
            self.answers.set()
        copying = asyncio.create_task(self._copy_output(self._process))
        code = await self._process.wait()
        # What it may have left behind keeps no port and holds no log.
        _signal(self._process.pid, signal.SIGKILL, group=True)
        await copying
        return code

    async def _copy_output(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        before, awaited = b"", self.part.ready.encode()
        while piece := await process.stdout.read(65536):
            self.log.write(piece)
            if piece.startswith(self.part.tells.encode() or b"\0"):
                self._say(f"{self.part.name}: {piece.decode(errors='replace').splitlines()[0]}")
            before = before[-1000:] + piece
            if awaited and awaited in before:
                awaited = b""
                self.answers.set()
                if self.restarts:
                    self._say(f"{self.part.name} answers again")

    def _died(self, code: int) -> float:
        """Say that it died; returns the seconds to wait before the next start."""
        self.restarts += 1
        self._deaths_in_a_row += 1
        wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(10, self._deaths_in_a_row - 1))
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        self._say(f"{self.part.name} {how}; restart {self.restarts} in {wait_s:g} s")
        if self._deaths_in_a_row >= TAIL_AFTER:
            self._say(f"  the end of {self.log.path}, which is tried again for ever:")
            for line in self.log.tail():
                self._say(f"  | {line}")
        return wait_s


class Supervisor:
    """Keeps any number of parts; `stop` ends them in the reverse order of their start."""

    def __init__(self, logs: Path, environment: dict[str, str], say: Callable[[str], None]) -> None:
        self._logs, self._environment, self._say = logs, environment, say
        self._kept: list[Kept] = []
        self._ever: list[Kept] = []
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, part: Part) -> Kept:
        """Start a part and keep it running."""
        kept = Kept(part, self._logs, self._environment, self._say)
        self._kept.append(kept)
        self._ever.append(kept)
        self._tasks.append(asyncio.create_task(kept.keep(), name=part.name))
        return kept

    async def stop(self) -> None:
        """Stop every part, the last started first; parts of one kind (`core-0`, `core-1`) together."""
        while self._kept:
            kind = self._kept[-1].part.name.partition("-")[0]
            together = [kept for kept in self._kept if kept.part.name.partition("-")[0] == kind]
            self._kept = [kept for kept in self._kept if kept not in together]
            await asyncio.gather(*(kept.stop() for kept in together))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def kill(self) -> None:
        """Kill every part at once."""
        for kept in self._ever:
            kept.kill()


def _signal(pid: int, number: signal.Signals, *, group: bool = False) -> None:
    try:
        (os.killpg if group else os.kill)(pid, number)
    except ProcessLookupError:
        return
