"""`certainty import`: order files of any shop, checked as a whole and then sent."""

import asyncio
import csv
import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.exits import Exit, exits, fail, say, settings_or_exit

if TYPE_CHECKING:
    from pipeline.domain.mapping import Mapping
    from pipeline.importer import Checked, Problem, Summary
    from pipeline.settings import Settings

SHOWN_REASONS = 20
WAIT_S = 600.0
"""Longest wait of --wait."""

"""As long a young Kafka may need until it can tell how far the workers are."""

Files = Annotated[list[Path] | None, typer.Argument(help="CSV, XLSX or NDJSON files of orders.")]
MappingName = Annotated[
    str, typer.Option("--mapping", "-m", help="A mapping that comes with the program, or a .toml file.")
]
Wait = Annotated[bool, typer.Option("--wait", help="Return once everything imported is in ClickHouse.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")]
AsOf = Annotated[
    str | None, typer.Option("--as-of", help="Judge by the clock of that moment, 2018-01-31T18:00+08:00.")
]
SetKey = Annotated[list[str] | None, typer.Option("--set", help="Override a key: promise.sign.by=timestamp.")]
Errors = Annotated[Path | None, typer.Option("--errors", help="Write every row set aside to this CSV file.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check everything, send nothing.")]
ListMappings = Annotated[bool, typer.Option("--list-mappings", help="List the mappings and stop.")]
Suggest = Annotated[
    bool, typer.Option("--suggest", help="Print a mapping to start from, for the first file.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(name="import")
    def import_orders(
        files: Files = None,
        *,
        mapping: MappingName = "",
        wait: Wait = False,
        as_json: AsJson = False,
        as_of: AsOf = None,
        set_key: SetKey = None,
        errors: Errors = None,
        dry_run: DryRun = False,
        list_mappings: ListMappings = False,
        suggest: Suggest = False,
    ) -> None:
        """Import order files: which column means what is written in a mapping (docs/importing.md)."""
        logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # one sentence of ours says it all
        if list_mappings:
            return _list()
        if not files:
            raise fail("name at least one file, such as orders.csv", Exit.USAGE)
        with refusals(), exits():
            if suggest:
                return _suggest(files[0])
            checked = _checked(files, _mapping(mapping, set_key or []), _moment(as_of))
            if errors is not None:
                _require_writable(errors, [*files, Path(mapping)])
            if not dry_run:
                _send(checked)
            not_stored = _wait() if wait and not dry_run else ""
            _report(checked.summary, as_json, errors)
            if not_stored:
                raise fail(not_stored, Exit.UNREACHABLE)
            if checked.summary.set_aside:
                raise typer.Exit(Exit.PROBLEMS)
        return None


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what refuses the whole import into exit code 2 and its sentence."""
    from pipeline.domain.mapping import MappingError  # noqa: PLC0415
    from pipeline.importer import FileRefused  # noqa: PLC0415

    try:
        yield
    except (FileRefused, MappingError) as error:
        raise fail(f"{error}\nNothing was imported.", Exit.USAGE) from None
    except OSError as error:
        raise fail(f"{error.filename}: {error.strerror}", Exit.USAGE) from None


def _list() -> None:
    from pipeline.importer import shipped  # noqa: PLC0415

    for name, mapping in shipped().items():
        typer.echo(f"{name:<16} {mapping.document.title}")


def _suggest(path: Path) -> None:
    from pipeline.importer.suggest import suggestion  # noqa: PLC0415

    typer.echo(suggestion(path))


def _mapping(name: str, words: list[str]) -> "Mapping":
    from pipeline.importer import find_mapping, setting, shipped  # noqa: PLC0415

    if not name:
        known = ", ".join(shipped())
        raise fail(
            f"say with --mapping which column means what: one of {known}, or a .toml file of your own;"
            " `certainty import FILE --suggest` prints one to start from",
            Exit.USAGE,
        )
    return find_mapping(name, dict(setting(word) for word in words))


def _moment(text: str | None) -> int | None:
    """Return the moment in milliseconds since 1970; a time without a zone is in the business zone."""
    if text is None:
        return None
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(settings_or_exit().business_zone))
        return round(moment.timestamp() * 1000)
    except (ValueError, OverflowError):
        raise fail(f'--as-of needs a time such as 2018-01-31T18:00+08:00, not "{text}"', Exit.USAGE) from None


def _checked(files: list[Path], mapping: "Mapping", as_of_ms: int | None) -> "Checked":
    from pipeline.importer import check  # noqa: PLC0415

    now_ms = round(datetime.now(UTC).timestamp() * 1000)
    with _bar("checking", None) as advance:
        return check(files, mapping, as_of_ms, advance, now_ms)


def _send(checked: "Checked") -> None:
    settings = settings_or_exit()
    at: list[int] = [0]
    try:
        asyncio.run(_sent(checked, settings, at))
    except KeyboardInterrupt:
        raise fail(
            f"interrupted after {at[0]} of {checked.summary.rows} rows; {AGAIN}", Exit.INTERRUPTED
        ) from None


AGAIN = "import the same files again: rows that are there already change nothing"


async def _sent(checked: "Checked", settings: "Settings", at: list[int]) -> None:
    from aiokafka.errors import KafkaError  # noqa: PLC0415

    from pipeline.endpoints import kafka_bootstrap  # noqa: PLC0415
    from pipeline.importer import Interrupted, send  # noqa: PLC0415
    from pipeline.producer import Producer  # noqa: PLC0415

    bootstrap = kafka_bootstrap(settings)
    received_ms = round(datetime.now(UTC).timestamp() * 1000)
    with _bar("sending", checked.summary.rows) as advance:

        def progress(rows: int) -> None:
            at[0] = rows
            advance(rows)

        try:
            async with Producer(bootstrap, settings.partitions, "certainty-import") as producer:
                await send(checked, producer, received_ms, progress)
        except Interrupted as error:
            raise fail(
                f"{error} of {checked.summary.rows} rows: {error.__cause__!r}; {AGAIN}", Exit.UNREACHABLE
            ) from None
        except (KafkaError, OSError) as error:
            raise fail(
                f"Kafka at {bootstrap} does not answer ({error}); start it with `certainty up`"
                " and import again. Nothing was imported.",
                Exit.UNREACHABLE,
            ) from None


def _wait() -> str:
    """Wait until everything is in ClickHouse; returns why that is not known, or nothing."""
    from pipeline.runtime.progress import NotStored  # noqa: PLC0415

    try:
        asyncio.run(_stored(settings_or_exit()))
    except (NotStored, OSError) as error:
        return f"everything was sent, but it is not known to be in ClickHouse yet: {error}"
    return ""


async def _stored(settings: "Settings") -> None:
    """Wait until everything is stored; raises NotStored."""
    from pipeline.runtime.progress import wait_until_stored  # noqa: PLC0415
    from schemas.topics import RAW_ORDER_FILE  # noqa: PLC0415

    await wait_until_stored(settings, (RAW_ORDER_FILE.name,), WAIT_S)


@contextmanager
def _bar(what: str, total: int | None) -> Iterator[Any]:  # Any: a callable told how many rows are done
    """Show progress on stderr when a person is watching."""
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("rows"))
    with Progress(*columns, TimeElapsedColumn(), console=console, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(what, total=total)
        yield lambda rows: bar.update(task, completed=rows)


def _report(summary: "Summary", as_json: bool, errors: Path | None) -> None:
    if errors is not None:
        _write_errors(errors, summary.errors)
    for sentence in summary.sentences():
        say(sentence) if as_json else typer.echo(sentence)
    for problem in summary.errors[:SHOWN_REASONS]:
        say(f"  {problem.file}, line {problem.line}: {problem.reason}")
    if len(summary.errors) > SHOWN_REASONS:
        say(f"  and {len(summary.errors) - SHOWN_REASONS} more; --errors FILE writes them all")
    if as_json:
        typer.echo(json.dumps(summary.to_json(), ensure_ascii=False))
    if summary.set_aside:
        kept = "kept in" if summary.sent else "would go to"
        say(f"rows {kept} the dead letter: {summary.set_aside}")


def _require_writable(path: Path, read: list[Path]) -> None:
    """Refuse a file for errors that cannot be written, or that is read: before anything is sent."""
    if path.exists() and any(each.exists() and path.samefile(each) for each in read):
        raise fail(f"--errors {path}: this file is read; name another one. Nothing was imported.", Exit.USAGE)
    try:
        path.open("a").close()
    except OSError as error:
        raise fail(
            f"--errors {path}: cannot be written: {error.strerror}. Nothing was imported.", Exit.USAGE
        ) from None


def _write_errors(path: Path, problems: "list[Problem]") -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:  # Excel needs the mark to see UTF-8
        writer = csv.writer(file)
        writer.writerow(("file", "line", "kind", "reason"))
        writer.writerows((each.file, each.line, each.kind, each.reason) for each in problems)
