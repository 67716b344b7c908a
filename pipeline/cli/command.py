"""`certainty command send`: what outside systems answer and confirm, one JSON event a line."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from pipeline.cli.exits import Exit, exits, fail, say, settings_or_exit

if TYPE_CHECKING:
    from schemas.base import Event

AsJson = Annotated[bool, typer.Option("--json", help="Print what was sent and what is bad as JSON.")]
SHOWN_MOST = 20
PART = 500
"""Commands that are confirmed together."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    group = typer.Typer(help="Answers and confirmations of outside systems.", no_args_is_help=True)
    app.add_typer(group, name="command")
    group.callback()(lambda: None)  # one command alone would lose its name
    group.command("send")(send)


def send(
    file: Annotated[str, typer.Argument(metavar="FILE", help="One JSON event a line; - reads stdin.")],
    *,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Send the good lines all the same.")] = False,
    as_json: AsJson = False,
) -> None:
    """Send answers and confirmations of outside systems; docs/commands.md has an example of each.

    If one line is bad, nothing is sent: exit code 3, with its number and the reason. With --skip-bad the
    good ones are sent, and the exit code is 3 all the same. Sending the same file again changes nothing.
    """
    with _lines(file) as source:
        good, bad = _read(source)
    for number, reason in bad[:SHOWN_MOST]:
        say(f"line {number}: {reason}")
    if len(bad) > SHOWN_MOST:
        say(f"{len(bad) - SHOWN_MOST} more lines are bad")
    is_sent = not bad or skip_bad
    if is_sent:
        _send(good)
    _tell(len(good) if is_sent else 0, bad, as_json=as_json)
    if bad:
        raise typer.Exit(Exit.PROBLEMS)


def _lines(file: str) -> IO[bytes]:
    if file == "-":
        return sys.stdin.buffer
    try:
        return Path(file).open("rb")
    except OSError as error:
        raise fail(f"{file} cannot be read: {error.strerror}", Exit.USAGE) from None


def _read(source: Iterable[bytes]) -> "tuple[list[Event], list[tuple[int, str]]]":
    good: list[Event] = []
    bad: list[tuple[int, str]] = []
    for number, line in enumerate(source, 1):
        if not line.strip():
            continue
        try:
            good.append(_event(line))
        except ValueError as error:
            bad.append((number, str(error)))
    return good, bad


def _event(line: bytes) -> "Event":
    """Return what a line says, received now; raises ValueError with a sentence."""
    from datetime import UTC, datetime  # noqa: PLC0415

    import orjson  # noqa: PLC0415

    from pipeline.outside import completed  # noqa: PLC0415
    from pipeline.producer import MAX_RECORD_BYTES  # noqa: PLC0415

    if len(line) > MAX_RECORD_BYTES // 2:
        raise ValueError(f"it has {len(line)} bytes; the most is {MAX_RECORD_BYTES // 2}")
    try:
        said = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"it is no JSON: {error}") from error
    return completed(said, datetime.now(UTC))


def _parts(commands: "list[Event]") -> "Iterator[list[Event]]":
    for at in range(0, len(commands), PART):
        yield commands[at : at + PART]


def _send(commands: "list[Event]") -> None:
    import asyncio  # noqa: PLC0415
    import logging  # noqa: PLC0415

    from pipeline.outbox import KafkaAway, Outbox  # noqa: PLC0415

    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # one sentence of ours says it all

    async def sent() -> None:
        async with Outbox(settings_or_exit()) as outbox:
            for part in _parts(commands):
                await outbox.send(part)

    with exits():
        try:
            asyncio.run(sent())
        except KafkaAway as error:
            raise fail(f"{error}; sending the same file again changes nothing", Exit.UNREACHABLE) from None


def _tell(count: int, bad: list[tuple[int, str]], *, as_json: bool) -> None:
    if as_json:
        import orjson  # noqa: PLC0415

        faults = [{"line": number, "reason": reason} for number, reason in bad]
        typer.echo(orjson.dumps({"sent": count, "bad": faults}).decode())
    else:
        say(f"sent {count}" if count or not bad else "nothing was sent")
