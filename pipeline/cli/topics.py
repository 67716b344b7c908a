"""`certainty topics create|check`: every topic as declared."""

from typing import Annotated

import orjson
import typer

from pipeline.cli.exits import Exit, exits, say, settings_or_exit
from pipeline.endpoints import kafka_bootstrap

Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    topics = typer.Typer(
        no_args_is_help=True, help="Create Kafka's topics, or compare them with what is declared."
    )
    topics.command()(create)
    topics.command()(check)
    app.add_typer(topics, name="topics")


def create(json: Json = False) -> None:
    """Create every topic and changelog that is missing; existing ones stay as they are."""
    from pipeline.embedded.topics import create_topics  # noqa: PLC0415  (keeps --help fast)

    with exits():
        settings = settings_or_exit()
        created = create_topics(kafka_bootstrap(settings), settings)
    if json:
        typer.echo(orjson.dumps({"created": created}).decode())
    else:
        for name in created:
            typer.echo(name)
        say(f"{len(created)} topics created" if created else "every topic is there already")


def check(json: Json = False) -> None:
    """Compare the broker's topics with the declared ones; exit code 3 and a line for each difference."""
    from pipeline.embedded.topics import differences  # noqa: PLC0415

    with exits():
        settings = settings_or_exit()
        found = differences(kafka_bootstrap(settings), settings)
    if json:
        typer.echo(orjson.dumps({"differences": found}).decode())
    else:
        for line in found:
            typer.echo(line)
    if found:
        raise typer.Exit(Exit.PROBLEMS)
    say("every topic is as declared")
