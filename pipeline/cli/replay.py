"""`certainty replay`: builds everything derived again from the raw topics, or reads parked records again."""

from typing import TYPE_CHECKING

import typer

from pipeline.cli.exits import Exit, exits, fail, say, settings_or_exit
from pipeline.cli.migrate import store_exits

if TYPE_CHECKING:
    from pipeline.parked import Tally


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def replay(
        yes: bool = typer.Option(False, "--yes", help="Do it; without this nothing is thrown away."),
        parked: bool = typer.Option(
            False, "--parked", help="Throw nothing away: read the records again whose codes no map knew."
        ),
        as_json: bool = typer.Option(False, "--json", help="With --parked: one JSON object on stdout."),
    ) -> None:
        """Throw away facts, state, decisions and tables; workers started afterwards replay the raw topics.

        Needs Kafka and ClickHouse running and no worker. `certainty up --replay` does all of it.
        With --parked, records with codes that no map knew are appended to their raw topic once more, for
        workers with a mended map; exit code 3 if some are no longer there. It may run again at any time.
        """
        if parked and yes:
            raise fail("--yes throws everything away, --parked nothing: choose one", Exit.USAGE)
        if parked:
            return _read_parked_again(as_json)
        if as_json:
            raise fail("--json goes with --parked", Exit.USAGE)
        return _rebuild(yes)


def _rebuild(yes: bool) -> None:
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


def _read_parked_again(as_json: bool) -> None:
    import logging  # noqa: PLC0415

    from pipeline.parked import read_again  # noqa: PLC0415

    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # one sentence of ours says it all
    with exits(), store_exits():
        tally = read_again(settings_or_exit(), say)
    _tell(tally, as_json)
    if tally.missing:
        raise typer.Exit(Exit.PROBLEMS)


def _tell(tally: "Tally", as_json: bool) -> None:
    import orjson  # noqa: PLC0415

    rows = [(*code, count.records, count.missing) for code, count in sorted(tally.codes.items())]
    if as_json:
        names = ("source", "field", "code", "records", "missing")
        codes = [dict(zip(names, row, strict=True)) for row in rows]
        content = {"records": tally.records, "missing": tally.missing, "codes": codes}
        typer.echo(orjson.dumps(content).decode())
        return
    for source, field, code, records, missing in rows:
        lost = f", {missing} cannot be read again" if missing else ""
        plural = "" if records == 1 else "s"
        typer.echo(f"{source}  {field}  {orjson.dumps(code).decode()}: {records} record{plural}{lost}")
    say(f"{tally.records} records are read again" if rows else "no record waits for a mended map")
