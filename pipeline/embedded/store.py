"""Serves the ClickHouse HTTP interface on loopback from the engine in this process."""

import hmac
import os
import time
from collections.abc import Callable
from pathlib import Path
from socket import socket
from tempfile import TemporaryDirectory

from pipeline.embedded.engine import Engine, EngineError
from pipeline.embedded.process import LOOPBACK, listening_socket, owned
from pipeline.endpoints import ensure_passwords, known_endpoint, write_endpoint
from pipeline.settings import Settings


class StoreFailed(RuntimeError):
    """The engine could not open its folder."""


class Users:
    """Who may come in, and who may only read."""

    def __init__(self, passwords: dict[str, str], readers: frozenset[str]) -> None:
        self._passwords = {name: password.encode() for name, password in passwords.items()}
        self._readers = readers

    def admits(self, name: str, password: str) -> bool:
        """Say whether this is the password of that user, in a time that tells nothing about it."""
        wanted = self._passwords.get(name, b"")
        return hmac.compare_digest(wanted, password.encode()) and name in self._passwords

    def only_reads(self, name: str) -> bool:
        """Say whether that user is a read-only one."""
        return name in self._readers


def run_store(settings: Settings, say: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; raises StoreFailed, AlreadyRunning or PortTaken."""
    # Absolute, because the process works in an empty folder (see _open).
    settings = settings.model_copy(update={"data_dir": settings.data_dir.absolute()})
    home = settings.data_dir / "store"
    started = time.monotonic()
    with (
        owned(home / "owner.lock", "a store", wait_s=1),
        TemporaryDirectory(dir=home, prefix="spool-") as spool,
    ):
        known = known_endpoint(settings, "clickhouse").rpartition(":")[2]
        bound = listening_socket(settings.clickhouse_port, int(known or 0))
        passwords = ensure_passwords(settings)
        engine = _open(home / "engine", Path(spool))
        users = Users(passwords, frozenset({settings.analyst_user}))

        def ready(url: str) -> None:
            write_endpoint(settings, "clickhouse", url)
            say(f"store answers on {url} after {time.monotonic() - started:.1f} s")

        try:
            _serve(engine, users, Path(spool), bound, ready)
        finally:
            engine.close()
    say("store stopped")


def _open(folder: Path, work: Path) -> Engine:
    # A relative file name in a statement means an empty folder, and times mean UTC on every machine.
    folder = folder.absolute()
    os.environ["TZ"] = "UTC"
    time.tzset()
    try:
        engine = Engine(folder)
        engine.text("SELECT 1")
    except (EngineError, RuntimeError) as error:
        raise StoreFailed(f"the engine cannot open {folder}: {error}") from error
    os.chdir(work)
    return engine


def _serve(engine: Engine, users: Users, spool: Path, bound: socket, ready: Callable[[str], None]) -> None:
    import uvicorn  # noqa: PLC0415

    from pipeline.embedded.http import application  # noqa: PLC0415

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            ready(f"http://{LOOPBACK}:{bound.getsockname()[1]}")

    config = uvicorn.Config(
        application(engine, users, spool),
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=20,
        timeout_keep_alive=60,
    )
    Server(config).run(sockets=[bound])
