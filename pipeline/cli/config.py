"""`certainty config`: every setting as it is now, secrets masked, and a file to begin with."""

from typing import Annotated

import orjson
import typer
from pydantic import SecretStr

from pipeline.cli.exits import settings_or_exit
from pipeline.settings import Settings, variable


def register(app: typer.Typer) -> None:
    """Add the commands."""
    config = typer.Typer(no_args_is_help=True, help="Show the settings.")
    config.command()(show)
    config.command()(example)
    app.add_typer(config, name="config")


def show(json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False) -> None:
    """Show every setting: its environment variable, its value, what it means. Secrets are never shown."""
    settings = settings_or_exit()
    values = {variable(name): _shown(value) for name, value in settings}
    if json:
        typer.echo(orjson.dumps(values).decode())
        return
    meanings = [field.description or "" for field in Settings.model_fields.values()]
    wide = max(len(f"{name}={value}") for name, value in values.items())
    for (name, value), meaning in zip(values.items(), meanings, strict=True):
        typer.echo(f"{f'{name}={value}':<{wide}}  # {meaning}")


def example() -> None:
    """Print a .env file of every setting, each commented out with its default.

    Example: certainty config example > .env
    """
    typer.echo(example_file(), nl=False)


def example_file() -> str:
    """Return that file; .env.example is a copy of it."""
    lines = ["# Every setting with its default. Copy this to .env and take the # away from what you change."]
    for name, field in Settings.model_fields.items():
        default = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
        lines += ["", f"# {field.description}", f"# {variable(name)}={'' if default is None else default}"]
    return "\n".join(lines) + "\n"


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return "********" if value.get_secret_value() else ""
    return str(value)
