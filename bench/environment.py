"""The peers' own environment, kept apart from the product's and created when it is missing."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from bench.processes import ROOT, BenchFailed

ENVIRONMENT = ROOT / ".venv-bench"
LOCK = ROOT / "bench" / "requirements.lock"


def peer_python() -> Path:
    """Return the interpreter of the peers' environment."""
    return ENVIRONMENT / "bin" / "python"


def prepare(say: Callable[[str], None]) -> None:
    """Create the environment from its lock file unless it is there and current; raises BenchFailed."""
    mark = ENVIRONMENT / "installed.lock"
    if peer_python().exists() and mark.exists() and mark.read_bytes() == LOCK.read_bytes():
        return
    uv = _uv()
    say(f"installing the peers (Quix Streams, Bytewax) into {ENVIRONMENT.name}, once")
    _run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(ENVIRONMENT)])
    _run([uv, "pip", "sync", "--quiet", "--python", str(peer_python()), "--require-hashes", str(LOCK)])
    mark.write_bytes(LOCK.read_bytes())


def _uv() -> str:
    own = ROOT / ".tools" / "bin" / "uv"
    found = str(own) if own.exists() else shutil.which("uv")
    if found is None:
        raise BenchFailed(f"uv is missing, it installs the peers: run `make bench`, or put uv into {own}")
    return found


def _run(command: list[str]) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603  (our own words)
    if done.returncode != 0:
        raise BenchFailed(
            f"the peers cannot be installed: `{' '.join(command)}` says: {done.stderr.strip()[-800:]}"
        )
