"""`certainty store`: the embedded ClickHouse engine, in the foreground."""

import typer

from pipeline.cli.exits import exits, say, settings_or_exit


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def store() -> None:
        """Run the embedded ClickHouse engine behind its HTTP interface until Ctrl-C or SIGTERM."""
        from pipeline.embedded.store import run_store  # noqa: PLC0415  (keeps --help fast)

        with exits():
            run_store(settings_or_exit(), say)
