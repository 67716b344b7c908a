"""`certainty worker`: one process of one group of agents."""

import os

import typer

from pipeline.cli.exits import Exit, exits, fail, settings_or_exit

GIVES_WAY = 10
"""Niceness of the sink: where processors are scarce, deciding comes before writing down what was decided."""


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def worker(
        group: str = typer.Option("core", help="core: normaliser and order hub; sink: ClickHouse"),
        index: int = typer.Option(0, min=0, help="number of this process in its group; a stable identity"),
    ) -> None:
        """Run agents until Ctrl-C or SIGTERM; several processes share the partitions."""
        from pipeline.cli.assembly import GROUPS, assemble  # noqa: PLC0415  (keeps --help fast)
        from pipeline.cli.policies import RulesUnusable  # noqa: PLC0415
        from pipeline.domain.adapters import DocumentError  # noqa: PLC0415
        from pipeline.log import write_log  # noqa: PLC0415
        from pipeline.runtime.worker import run  # noqa: PLC0415

        if group == "sink":
            os.nice(GIVES_WAY)
        if group not in GROUPS:
            raise typer.BadParameter(f"there is no group {group!r}; choose one of {', '.join(GROUPS)}")
        with exits():
            write_log("WARNING")
            try:
                worker = assemble(settings_or_exit(), group, index)
            except (DocumentError, RulesUnusable) as error:
                raise fail(str(error), Exit.USAGE) from None
            run(worker)
