"""`certainty gateway`: takes what platforms and relays push, in the foreground."""

from typing import Annotated

import typer

from pipeline.cli.exits import Exit, exits, fail, say, settings_or_exit


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def gateway(
        port: Annotated[
            int | None,
            typer.Option(
                min=0, max=65535, help="Port on 127.0.0.1; 0: any free one. Else CERTAINTY_GATEWAY_PORT."
            ),
        ] = None,
    ) -> None:
        """Take deliveries on /push/SOURCE/SHOP until Ctrl-C or SIGTERM; see docs/gateway.md."""
        from pipeline.domain.adapters import DocumentError  # noqa: PLC0415
        from pipeline.embedded.process import LOOPBACK, listening_socket  # noqa: PLC0415  (keeps --help fast)
        from pipeline.endpoints import known_endpoint, write_endpoint  # noqa: PLC0415
        from pipeline.gateway.keyring import SecretsWrong  # noqa: PLC0415
        from pipeline.gateway.serve import GatewayFailed, serve  # noqa: PLC0415
        from pipeline.log import write_log  # noqa: PLC0415

        settings = settings_or_exit()
        with exits():
            # The port of last time, if it is free: who pushes has its address in a setting.
            remembered = int(known_endpoint(settings, "gateway").rpartition(":")[2] or 0)
            bound = listening_socket(settings.gateway_port if port is None else port, remembered)
            url = f"http://{LOOPBACK}:{bound.getsockname()[1]}"

            def ready() -> None:
                write_endpoint(settings, "gateway", url)
                say(f"gateway answers on {url}")

            write_log("WARNING")
            try:
                serve(settings, bound, ready)
            except (SecretsWrong, DocumentError) as error:
                raise fail(str(error), Exit.USAGE) from None
            except GatewayFailed as error:
                raise fail(str(error), Exit.FAILURE) from None
            say("gateway stopped")
