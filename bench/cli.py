"""The command line of the benchmarks: `python -m bench`."""

import json
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from bench import burst, end_to_end, environment, judged, keyed_state, webhooks
from bench.processes import BenchFailed, await_line, part, running, stay_on_two_cores
from bench.report import show, summary, write_docs

START_S = 240.0
"""The first start may fetch Kafka's jars."""


class Only(StrEnum):
    """The benchmarks."""

    KEYED_STATE = "keyed_state"
    END_TO_END = "end_to_end"
    PEAK_DAY = "peak_day"
    REFUNDS = "refunds"
    BURST = "burst"
    WEBHOOKS = "webhooks"


def main(
    only: Annotated[list[Only] | None, typer.Option(help="Run this benchmark; may be said again.")] = None,
    events: Annotated[int, typer.Option(min=0, help="Events; 0: as many as fit each benchmark.")] = 0,
    quick: Annotated[bool, typer.Option("--quick", help="Few events, one round: does it run?")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="End with one JSON line on stdout.")] = False,
    docs: Annotated[
        bool, typer.Option("--write-docs", help="Put the figures into docs/benchmarks.md.")
    ] = False,
) -> None:
    """Measure this system against its peers, and end to end. Everything runs on loopback, on two cores."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        found = _measure(only or list(Only), events, quick=quick)
    except BenchFailed as error:
        typer.echo(f"bench: {error}", err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        typer.echo("bench: interrupted; all processes are stopped", err=True)
        raise typer.Exit(130) from None
    if docs:
        write_docs(found)
    if as_json:
        typer.echo(json.dumps(summary(found)))
    else:
        show(found)


def _measure(only: list[Only], events: int, *, quick: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"cores": stay_on_two_cores(), "quick": quick}
    if Only.KEYED_STATE in only:
        environment.prepare(say)
        wanted = events or (keyed_state.QUICK_EVENTS if quick else keyed_state.EVENTS)
        with fresh_home() as home, running(part("broker", ["broker"], home, {})) as broker:
            await_line(broker, "broker answers on", START_S)
            cluster = json.loads((home / "endpoints.json").read_text(encoding="utf-8"))["kafka"]
            rounds = 1 if quick else keyed_state.ROUNDS
            found["keyed_state"] = keyed_state.run(cluster, home, wanted, rounds, say)
    if Only.END_TO_END in only:
        wanted = events or (end_to_end.QUICK_EVENTS if quick else end_to_end.EVENTS)
        with fresh_home() as home:
            found["end_to_end"] = end_to_end.run(home, wanted, quick=quick, say=say)
    for name, measure in (
        (Only.PEAK_DAY, judged.peak_day),
        (Only.REFUNDS, judged.refunds),
        (Only.BURST, burst.run),
        (Only.WEBHOOKS, webhooks.run),
    ):
        if name in only:
            with fresh_home() as home:
                found[str(name)] = measure(home, quick=quick, say=say)
    return found


@contextmanager
def fresh_home() -> Iterator[Path]:
    """A folder for everything that a benchmark starts; it is gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="certainty-bench-"))
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


def say(line: str) -> None:
    """Tell what goes on, on stderr."""
    typer.echo(line, err=True)


def run() -> None:
    """Entry point."""
    typer.run(main)
