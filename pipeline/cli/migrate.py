"""`certainty migrate`: the tables and views of ClickHouse, brought up to date or looked at."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from pipeline.cli.clock_time import zoned_time
from pipeline.cli.exits import Exit, fail, say, settings_or_exit
from pipeline.endpoints import NotRunning, store_address


@contextmanager
def store_exits() -> Iterator[None]:
    """Turn a store that is away, or that refuses, into a sentence and its exit code."""
    from pipeline.clickhouse.client import StoreAway, StoreRefused  # noqa: PLC0415  (keeps --help fast)

    try:
        yield
    except (NotRunning, StoreAway) as error:
        raise fail(str(error), Exit.UNREACHABLE) from None
    except StoreRefused as error:
        raise fail(str(error), Exit.FAILURE) from None
    except KeyboardInterrupt:
        raise fail("interrupted", Exit.INTERRUPTED) from None


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Tables and views of ClickHouse: bring them up to date.", no_args_is_help=True)
    app.add_typer(group, name="migrate")

    @group.command()
    def up(
        create_analyst: bool = typer.Option(
            False, help="Also create the read-only user (an outside ClickHouse; the embedded one has it)."
        ),
    ) -> None:
        """Create the database if it is missing and apply the migrations that have not run."""
        _up(create_analyst)

    @group.command()
    def status(as_json: bool = typer.Option(False, "--json", help="One JSON object a line.")) -> None:
        """Show every migration; exit code 3 when one is pending or was changed."""
        _status(as_json)

    @group.command()
    def dictionary() -> None:
        """Print the data dictionary of the database as Markdown, as docs/sql.md has it."""
        _dictionary()


def _up(create_analyst: bool) -> None:
    from pipeline.clickhouse import migrate  # noqa: PLC0415

    settings = settings_or_exit()
    with store_exits():
        address = store_address(settings)
        try:
            applied = migrate.migrate_up(
                address, settings.risk_window_s, settings.credibility_grace_s, settings.business_zone
            )
            if create_analyst:
                password = settings.analyst_password.get_secret_value()
                migrate.create_analyst(address, settings.analyst_user, password)
        except migrate.MigrationFailed as error:
            raise fail(str(error), Exit.FAILURE) from None
    numbers = ", ".join(f"{number:04}" for number in applied)
    say(f"applied {numbers}" if applied else "nothing to apply: the database is up to date")


def _status(as_json: bool) -> None:
    import orjson  # noqa: PLC0415

    from pipeline.clickhouse import migrate  # noqa: PLC0415

    settings = settings_or_exit()
    with store_exits():
        try:
            states = migrate.migration_status(store_address(settings))
        except migrate.MigrationFailed as error:
            raise fail(str(error), Exit.FAILURE) from None
    for state in states:
        when = zoned_time(state.applied_at, settings.business_zone) if state.applied_at else ""
        line = (
            orjson.dumps(state).decode() if as_json else f"{state.state:<12}  {state.file}  {when}".rstrip()
        )
        typer.echo(line)
    if any(state.state != "applied" for state in states):
        raise typer.Exit(Exit.PROBLEMS)


def _dictionary() -> None:
    from pipeline.clickhouse import dictionary  # noqa: PLC0415
    from pipeline.clickhouse.reader import Reader  # noqa: PLC0415

    with store_exits(), Reader(store_address(settings_or_exit())) as reader:
        typer.echo(dictionary.dictionary(reader), nl=False)
