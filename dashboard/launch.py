"""Serves the board on a socket that is already bound, until it is told to stop."""

import signal
import socket
from collections.abc import Callable

import uvicorn
from streamlit import config as streamlit_config

from dashboard.asgi_app import ENTRY, build
from dashboard.identity import LOOPBACK
from dashboard.live import ask, keep_warm, shared
from dashboard.queries import where
from dashboard.queries.board import EVERYTHING, read_at_risk, read_board, read_csdi, read_lag
from dashboard.queries.forecast import read_forecast
from dashboard.queries.yesterday import read_promise_then, read_yesterday
from dashboard.theme import streamlit_options
from pipeline.log import write_own_log
from pipeline.settings import Settings


class _Server(uvicorn.Server):
    """Says when it answers."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then tell."""
        await super().startup(sockets)
        if not self.should_exit:
            self._on_ready()


def first_questions() -> None:
    """Ask what the health board asks without filters, so that the first viewer need not wait for it."""
    ask("board", read_board)
    ask("lag", read_lag)
    ask("forecast", read_forecast)
    ask("csdi", read_csdi)
    ask("at_risk", read_at_risk, EVERYTHING)
    ask("kinds", where.read_kinds)
    ask("stages", where.read_stages)
    ask("hours", where.read_hours, "")
    ask("checks", where.read_checks)
    ask("warehouses", where.read_warehouses)
    ask("warehouse_stages", where.read_warehouse_stages)
    ask("yesterday", read_yesterday)
    ask("promise_then", read_promise_then)


def serve(settings: Settings, bound: socket.socket, on_ready: Callable[[], None]) -> None:
    """Serve until SIGTERM (returns) or Ctrl-C (raises KeyboardInterrupt); main thread only."""
    write_own_log()
    port = int(bound.getsockname()[1])
    # The options go in by hand and not by a file: the board must look the same from any directory.
    names = [name.strip() for name in settings.board_names.split(",") if name.strip()]
    hosts = [*LOOPBACK, settings.board_host, *names]
    options = {
        **streamlit_options(),
        "server.port": port,
        "server.allowedHosts": hosts,
        "server.baseUrlPath": settings.board_path.strip("/"),
    }
    streamlit_config._main_script_path = str(ENTRY)
    streamlit_config.get_config_options(force_reparse=True, options_from_flags=options)
    server = _Server(
        uvicorn.Config(
            build(settings),
            log_level="warning",
            access_log=False,
            ws_ping_interval=30,
            timeout_graceful_shutdown=2,
            # Who is the proxy is told by the connection, never by a header that anybody can send.
            proxy_headers=False,
        ),
        on_ready,
    )
    keep_warm(shared(), first_questions)
    # uvicorn raises the signal again once it has stopped; without this the exit would look like a crash.
    signal.signal(signal.SIGTERM, lambda *_: None)
    server.run(sockets=[bound])
