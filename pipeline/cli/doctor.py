"""`certainty doctor`: what is there, what is missing, and how to mend it."""

from dataclasses import asdict
from itertools import chain
from typing import TYPE_CHECKING, Annotated

import orjson
import typer

from pipeline.cli.exits import Exit, settings_or_exit

if TYPE_CHECKING:
    from pipeline.embedded.doctor import Finding
    from pipeline.settings import Settings

RULES = ("refund_rules_file", "stock_rules_file", "warehouses_file", "business_days_file")


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def doctor(
        json: Annotated[bool, typer.Option("--json", help="One JSON object a check on stdout.")] = False,
    ) -> None:
        """Check everything; exit code 0 only when everything answers, 4 otherwise."""
        from pipeline.embedded.doctor import examine  # noqa: PLC0415  (keeps --help fast)

        well = True
        settings = settings_or_exit()
        for finding in chain((files_of_rules(settings),), examine(settings)):
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


def files_of_rules(settings: "Settings") -> "Finding":
    """Return whether every file of rules that the settings name can be used."""
    from pipeline.cli.policies import RulesUnusable, case_policies, stock_policy  # noqa: PLC0415
    from pipeline.embedded.doctor import Finding  # noqa: PLC0415

    named = [str(value) for name, value in settings if name in RULES and value]
    try:
        case_policies(settings)
        stock_policy(settings)
    except RulesUnusable as error:
        return Finding("rules", False, str(error), "mend it, then start the workers anew")
    return Finding("rules", True, ", ".join(named) or "the shipped ones")
