"""`certainty simulate`: feeds seeded days of orders, and checks what the system made of them."""

import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.clock_time import clock_time, zoned_time
from pipeline.cli.exits import Exit, exits, fail, say, settings_or_exit
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.cli.simulating import Fed, Run, Wanted
    from pipeline.simulator.scores import Score
    from pipeline.simulator.sheet import Sheet

STORED_S = 900.0
"""Longest wait of --verify."""

Orders = Annotated[int, typer.Option(min=1, max=10_000_000, help="Orders a simulated day.")]
Seed = Annotated[int, typer.Option(min=0, help="The same seed and start give the same day.")]
Speed = Annotated[float, typer.Option(min=0, help="Simulated seconds a second; 0: as fast as possible.")]
Start = Annotated[str, typer.Option(help="When the day starts, such as 2026-03-01T00:00+08:00.")]
Days = Annotated[int, typer.Option(min=1, max=1000, help="So many days, one after the other.")]
Loop = Annotated[bool, typer.Option("--loop", help="Day after day until stopped, with traffic at once.")]
Verify = Annotated[bool, typer.Option("--verify", help="Wait, and compare with the answer sheet.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the summary as one JSON line.")]


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def simulate(
        *,
        orders: Orders = 2800,
        seed: Seed = 1,
        speed: Speed = 60.0,
        start: Start = "",
        days: Days = 1,
        loop: Loop = False,
        verify: Verify = False,
        as_json: AsJson = False,
    ) -> None:
        """Feed simulated days of a merchant on five platforms, with planted faults (docs/simulator.md).

        Example: certainty simulate --orders 2800 --seed 1 --speed 0 --verify
        """
        from pipeline.cli.simulating import Wanted  # noqa: PLC0415  (keeps --help fast)

        if loop and (verify or start or days > 1):
            raise fail("--loop runs for ever from now on: leave out --verify, --start and --days", Exit.USAGE)
        settings = settings_or_exit()
        wanted = Wanted(orders, seed, speed, _moment(start, settings), None if loop else days)
        with exits():
            _simulate(settings, wanted, verify, as_json)


def _moment(text: str, settings: Settings) -> datetime | None:
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise fail(f'--start needs a time such as 2026-03-01T00:00+08:00, not "{text}"', Exit.USAGE) from None
    if not 2000 <= moment.year < 2090:
        raise fail(f"--start must lie between the years 2000 and 2090, not in {moment.year}", Exit.USAGE)
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(settings.business_zone))


def _simulate(settings: Settings, wanted: "Wanted", verify: bool, as_json: bool) -> None:
    from pipeline.cli import simulating  # noqa: PLC0415

    with simulating.only_feed(settings):
        run = simulating.begin(settings, wanted)
        sheets = simulating.write_sheets(settings, run)
        with _bar(simulating.total_events(wanted.orders, wanted.days), settings.business_zone) as tell:
            fed = asyncio.run(simulating.feed(settings, run, tell))
        _summary(run, fed, settings.business_zone, as_json=as_json)
        if fed.stopped_by is not None:
            raise typer.Exit(fed.stopped_by)
        if verify:
            _verify(settings, sheets)


@contextmanager
def _bar(total: int | None, zone: str) -> "Iterator[Callable[[Fed], None]]":
    """Show progress on stderr when a person is watching."""
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    from pipeline.simulator.feed import start_of  # noqa: PLC0415

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("events"))
    with Progress(*columns, TimeElapsedColumn(), console=console, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("feeding", total=total)

        def tell(fed: "Fed") -> None:
            clock = clock_time(start_of(fed.until_ms), zone, "%d %b %H:%M")
            bar.update(task, completed=fed.events, description=f"simulated {clock}")

        yield tell


def _summary(run: "Run", fed: "Fed", zone: str, *, as_json: bool) -> None:
    from pipeline.simulator.feed import start_of  # noqa: PLC0415

    wanted = run.wanted
    until = start_of(fed.until_ms) if fed.until_ms else None
    content = {
        "seed": wanted.seed,
        "orders": wanted.orders,
        "days": wanted.days,
        "start": run.start.isoformat(),
        "until": until.isoformat() if until else None,
        "events": fed.events,
        "seconds": round(fed.seconds, 3),
        "events_per_s": round(fed.events / fed.seconds) if fed.seconds else 0,
    }
    if as_json:
        typer.echo(json.dumps(content))
    else:
        say(
            f"fed {fed.events:,} events of {wanted.orders:,} orders a day in {fed.seconds:.1f} s"
            f" ({content['events_per_s']:,}/s); simulated time {zoned_time(run.start, zone)}"
            f" to {zoned_time(until, zone) if until else 'its first event'}"
        )


def _verify(settings: Settings, sheets: "list[Sheet]") -> None:
    from aiokafka.errors import KafkaError  # noqa: PLC0415

    from pipeline.cli.migrate import store_exits  # noqa: PLC0415
    from pipeline.cli.simulated_findings import findings  # noqa: PLC0415
    from pipeline.runtime.progress import wait_until_stored  # noqa: PLC0415
    from pipeline.simulator.scores import merged, score_all  # noqa: PLC0415
    from schemas.topics import RAW  # noqa: PLC0415

    try:
        asyncio.run(wait_until_stored(settings, [topic.name for topic in RAW], STORED_S))
    except TimeoutError as error:
        raise fail(
            f"not everything was in ClickHouse within {STORED_S:.0f} s: {error}", Exit.UNREACHABLE
        ) from None
    except (KafkaError, OSError) as error:
        raise fail(
            f"everything was sent, but Kafka went away while waiting for the store: {error};"
            " `certainty doctor` tells what is missing",
            Exit.UNREACHABLE,
        ) from None
    with store_exits():
        found = findings(settings, [(sheet.tag, sheet.start) for sheet in sheets])
    scores = score_all(merged(sheets), found)
    _show(scores)
    typer.echo(json.dumps({"kinds": {kind: asdict(score) for kind, score in scores.items()}}))
    if not all(score.is_perfect for score in scores.values()):
        raise typer.Exit(Exit.PROBLEMS)


def _show(scores: "dict[str, Score]") -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table("planted", "", "found", "precision", "recall", title="Answer sheet")
    for kind, score in scores.items():
        cells = (
            "-" if part is None else f"{part:.4g}" for part in (score.found, score.precision, score.recall)
        )
        style = "" if score.is_perfect else "bold red"
        table.add_row(kind, f"{score.planted:,}", *cells, style=style)
    Console(stderr=True).print(table)
