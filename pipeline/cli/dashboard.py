"""`certainty dashboard`: the board, in the foreground."""

from typing import Annotated
from urllib.parse import urlsplit

import typer

from pipeline.cli.exits import Exit, exits, fail, say, settings_or_exit
from pipeline.settings import Settings


def url_of(settings: Settings, port: int) -> str:
    """Return where the board is, with the path that a proxy serves it below."""
    below = settings.board_path.strip("/")
    return f"http://{settings.board_host}:{port}" + (f"/{below}/" if below else "")


def port_of(url: str) -> int:
    """Return the port of such an address, 0 of none."""
    return urlsplit(url).port or 0


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def dashboard(
        port: Annotated[
            int | None,
            typer.Option(
                min=0, max=65535, help="Port on 127.0.0.1; 0: any free one. Else CERTAINTY_BOARD_PORT."
            ),
        ] = None,
    ) -> None:
        """Serve the board until Ctrl-C or SIGTERM; it waits by itself for a store that is not up yet."""
        from dashboard.identity import LoginWrong, check_login  # noqa: PLC0415  (keeps --help fast)
        from dashboard.launch import serve  # noqa: PLC0415
        from pipeline.embedded.process import listening_socket  # noqa: PLC0415
        from pipeline.endpoints import known_endpoint, write_endpoint  # noqa: PLC0415

        settings = settings_or_exit()
        try:
            check_login(settings)
        except LoginWrong as error:
            raise fail(str(error), Exit.USAGE) from None
        with exits():
            # The port of last time, if it is free: an open browser tab finds the board again.
            remembered = port_of(known_endpoint(settings, "board"))
            wanted = settings.board_port if port is None else port
            bound = listening_socket(wanted, remembered, settings.board_host)
            url = url_of(settings, bound.getsockname()[1])

            def ready() -> None:
                write_endpoint(settings, "board", url)
                say(f"the board is at {url}")

            serve(settings, bound, ready)
