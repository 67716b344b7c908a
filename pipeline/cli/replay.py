"""`certainty replay`: everything derived is thrown away and built again from the raw topics."""

import typer

from pipeline.cli.exits import Exit, exits, fail, say, settings_or_exit
from pipeline.cli.migrate import store_exits


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def replay(
        yes: bool = typer.Option(False, "--yes", help="Do it; without this nothing is thrown away."),
    ) -> None:
        """Throw away facts, state, decisions and tables; workers started afterwards replay the raw topics.

        Needs Kafka and ClickHouse running and no worker. `certainty up --replay` does all of it.
        """
        if not yes:
            raise fail(
                "replay throws away everything that was derived and builds it again from the raw topics;"
                " say --yes to do it",
                Exit.USAGE,
            )
        from pipeline.rebuild import WorkersAlive, rebuild  # noqa: PLC0415  (keeps --help fast)

        with exits(), store_exits():
            try:
                rebuild(settings_or_exit(), say)
            except WorkersAlive as error:
                raise fail(str(error), Exit.PROBLEMS) from None
