"""`certainty up`: the whole system in the foreground."""

from typing import Annotated

import typer

from pipeline.cli.exits import Exit, exits, say, settings_or_exit


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def up(
        feed: Annotated[bool, typer.Option(help="Feed it a simulated day, over and over.")] = True,
        workers: Annotated[
            int | None,
            typer.Option(min=1, max=64, help="Worker processes for orders. Default: CERTAINTY_WORKERS."),
        ] = None,
        replay: Annotated[
            bool, typer.Option(help="Build everything derived again from the raw topics first.")
        ] = False,
    ) -> None:
        """Run everything until Ctrl-C or SIGTERM; a part that dies is started again.

        A second Ctrl-C kills everything at once.
        """
        from pipeline.embedded.up import run_up  # noqa: PLC0415  (keeps --help fast)

        settings = settings_or_exit()
        if workers is not None:
            settings = settings.model_copy(update={"workers": workers})
        with exits():
            interrupted = run_up(settings, say, feed=feed, replay=replay)
        if interrupted:
            raise typer.Exit(Exit.INTERRUPTED)
