"""`certainty config show`: every setting as it is now, secrets masked."""

from typing import Annotated

import orjson
import typer
from pydantic import SecretStr

from pipeline.cli.exits import settings_or_exit
from pipeline.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the commands."""
    config = typer.Typer(no_args_is_help=True, help="Show the settings.")
    config.callback()(lambda: None)  # keeps `show` a word of its own while it is the only command
    config.command()(show)
    app.add_typer(config, name="config")


def show(json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False) -> None:
    """Show every setting: its environment variable, its value, what it means. Secrets are never shown."""
    settings = settings_or_exit()
    values = {f"CERTAINTY_{name.upper()}": _shown(value) for name, value in settings}
    if json:
        typer.echo(orjson.dumps(values).decode())
        return
    meanings = [field.description or "" for field in Settings.model_fields.values()]
    wide = max(len(f"{name}={value}") for name, value in values.items())
    for (name, value), meaning in zip(values.items(), meanings, strict=True):
        typer.echo(f"{f'{name}={value}':<{wide}}  # {meaning}")


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return "********" if value.get_secret_value() else ""
    return str(value)
