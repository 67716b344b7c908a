"""`certainty doctor`: what is there, what is missing, and how to mend it."""

from dataclasses import asdict
from typing import Annotated

import orjson
import typer

from pipeline.cli.exits import Exit, settings_or_exit


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def doctor(
        json: Annotated[bool, typer.Option("--json", help="One JSON object a check on stdout.")] = False,
    ) -> None:
        """Check everything; exit code 0 only when everything answers, 4 otherwise."""
        from pipeline.embedded.doctor import examine  # noqa: PLC0415  (keeps --help fast)

        well = True
        for finding in examine(settings_or_exit()):
            well = well and finding.ok
            if json:
                typer.echo(orjson.dumps(asdict(finding)).decode())
                continue
            mend = f"; {finding.mend}" if finding.mend else ""
            typer.echo(
                f"{'OK     ' if finding.ok else 'missing'}  {finding.check:<12}  {finding.found}{mend}"
            )
        if not well:
            raise typer.Exit(Exit.UNREACHABLE)
