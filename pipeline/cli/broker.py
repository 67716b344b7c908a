"""`certainty broker`: the embedded Kafka, in the foreground."""

import typer

from pipeline.cli.exits import exits, say, settings_or_exit


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def broker() -> None:
        """Run the embedded Kafka until Ctrl-C or SIGTERM."""
        from pipeline.embedded.broker import run_broker  # noqa: PLC0415  (keeps --help fast)

        with exits():
            run_broker(settings_or_exit(), say)
