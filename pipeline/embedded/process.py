"""What the embedded parts need of the operating system: ports, locks, bounded logs, dying with the parent."""

import ctypes
import fcntl
import os
import random
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

LOOPBACK = "127.0.0.1"
UP_LOCK = "up.lock"
"""In the data directory: owned by a running `certainty up`."""
ANY_PORT = range(20_000, 30_000)
LOG_BYTES = 8 << 20
_PR_SET_PDEATHSIG = 1


class AlreadyRunning(RuntimeError):
    """Another process owns this data directory."""


class PortTaken(RuntimeError):
    """A port that the settings name is in use."""


def listening_socket(wanted: int, remembered: int = 0, host: str = LOOPBACK) -> socket.socket:
    """Return a socket bound to loopback or `host`: on `wanted`, else on `remembered` if free, else anywhere.

    Raises PortTaken if `wanted` is not 0 and in use.
    """
    # Never a port that the system hands to outgoing connections: while a part is away its clients keep
    # calling, and one of those calls could get the part's own port and hold it.
    drawn = random.sample(ANY_PORT, 50)
    for port in (wanted,) if wanted else filter(None, (remembered, *drawn)):
        bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((host, port))
        except OSError:
            bound.close()
            continue
        return bound
    if not wanted:
        raise PortTaken(f"no free port was found between {ANY_PORT[0]} and {ANY_PORT[-1]} on {host}")
    raise PortTaken(f"port {wanted} on {host} is in use: free it or set another (0 takes any free port)")


def free_port(wanted: int, remembered: int = 0) -> int:
    """Return a port as `listening_socket` would choose it, for a program that binds by itself."""
    with listening_socket(wanted, remembered) as bound:
        return int(bound.getsockname()[1])


def accepts(address: str, timeout_s: float = 0.5) -> bool:
    """Say whether something accepts connections at host:port."""
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout_s):
            return True
    except OSError:
        return False


def owner(path: Path) -> str:
    """Return the number of the process that owns a lock file; "": nobody does."""
    try:
        with path.open("r+", encoding="utf-8") as file:
            return "" if _lock(file.fileno()) else file.read().strip() or "unknown"
    except FileNotFoundError:
        return ""


@contextmanager
def owned(path: Path, what: str, *, wait_s: float = 0.0) -> Iterator[int]:
    """Own a lock file while the block runs; waits up to `wait_s` seconds, then raises AlreadyRunning.

    The kernel drops the lock with the last process that has the file open, so a kill -9 leaves nothing to
    clean up. The block is given the file's descriptor: a child that inherits it shares the lock.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        deadline = time.monotonic() + wait_s
        while not _lock(file.fileno()):
            if time.monotonic() > deadline:
                file.seek(0)
                owner = file.read().strip() or "unknown"
                raise AlreadyRunning(
                    f"{what} already runs on {path.parent} (process {owner}):"
                    " stop it, or choose another directory with CERTAINTY_DATA_DIR"
                )
            time.sleep(0.05)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield file.fileno()


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def dies_with_parent(stop: signal.Signals = signal.SIGKILL) -> Callable[[], None]:
    """Return a `preexec_fn`: on Linux the kernel sends `stop` to the child once its parent is gone.

    Start such a child from the main thread only: the kernel means the thread that started it.
    """
    if not sys.platform.startswith("linux"):
        return lambda: None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def ask_the_kernel() -> None:
        prctl(_PR_SET_PDEATHSIG, int(stop), 0, 0, 0)
        if os.getppid() != parent:  # it died between fork and prctl
            os._exit(1)

    return ask_the_kernel


class BoundedLog:
    """A log file of at most twice LOG_BYTES: NAME.log and the one before, NAME.log.1."""

    def __init__(self, path: Path, most: int = LOG_BYTES) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._most = most
        self._missing = 0
        self._file = path.open("ab", buffering=0)

    def write(self, line: bytes) -> None:
        """Append one line (or part of one). What a full disk refuses is left out; the next line tells so."""
        note = f"... {self._missing} bytes could not be written here\n".encode() if self._missing else b""
        try:
            self._append(note + line)
        except OSError:  # nobody may end because of it: what is logged goes on without a log
            self._missing += len(line)
        else:
            self._missing = 0

    def _append(self, text: bytes) -> None:
        if not self._file.closed and self._file.tell() + len(text) > self._most:
            self._file.close()
            self.path.replace(self.path.with_suffix(".log.1"))
        if self._file.closed:
            self._file = self.path.open("ab", buffering=0)
        self._file.write(text)

    def tail(self, lines: int = 8) -> list[str]:
        """Return the last lines."""
        with self.path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 16384))
            return file.read().decode(errors="replace").splitlines()[-lines:]

    def close(self) -> None:
        """Close the file."""
        self._file.close()
