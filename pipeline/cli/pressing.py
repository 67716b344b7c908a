"""What every command of a person has in common: its options, its press, and how its end is told."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.exits import Exit, exits, fail, settings_or_exit

if TYPE_CHECKING:
    from pipeline.outbox import Answer, Wish

AsJson = Annotated[bool, typer.Option("--json", help="Print the command and its answer as one JSON object.")]
By = Annotated[str, typer.Option("--by", help="Account of the person, by reference; it is recorded.")]
Why = Annotated[str, typer.Option("--why", help="The reason, in a sentence; it is recorded.")]
Key = Annotated[
    str,
    typer.Option("--key", help="Names this press: sent again with the same key, it is done once."),
]
WaitS = Annotated[float, typer.Option("--wait", min=0.1, max=60, help="Most seconds to wait for the answer.")]
Language = Annotated[str, typer.Option("--lang", help="zh or en; by default that of the terminal.")]
WAIT_S = 5.0


def chosen_language(asked: str) -> str:
    """Return zh or en; another wish ends the command with exit code 2."""
    if asked not in ("", "zh", "en"):
        raise fail(f"--lang is zh or en, not {asked}", Exit.USAGE)
    terminal = os.environ.get("LC_ALL") or os.environ.get("LANG", "")
    return asked or ("zh" if terminal.lower().startswith("zh") else "en")


def wish_or_exit(make: "Callable[[], Wish]") -> "Wish":
    """Return what is wanted; what cannot be wanted ends the command with exit code 2."""
    from pydantic import ValidationError  # noqa: PLC0415  (keeps --help fast)

    from pipeline.outside import fault  # noqa: PLC0415

    try:
        return make()
    except ValidationError as error:
        raise fail(f"this cannot be sent: {fault(error)}", Exit.USAGE) from None


def press_or_exit(wish: "Wish", wait_s: float) -> "Answer":
    """Send it and return what became of it; exit code 4 where Kafka is away or no worker took it in time."""
    import logging  # noqa: PLC0415

    from pipeline.outbox import KafkaAway, KeyReused, press  # noqa: PLC0415

    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # one sentence of ours says it all
    again = f"; the same command with --key {wish.key} is not done twice"
    with exits():
        try:
            answer = press(settings_or_exit(), wish, wait_s)
        except KafkaAway as error:
            raise fail(f"{error}{again}", Exit.UNREACHABLE) from None
        except KeyReused as error:
            raise fail(str(error), Exit.USAGE) from None
    if not answer.heard:
        raise fail(
            f"sent, but no worker took it within {wait_s:g} s: is one running?"
            f" (`certainty doctor` tells){again}",
            Exit.UNREACHABLE,
        )
    return answer


def tell(answer: "Answer", lines: list[str], *, as_json: bool) -> None:
    """Print what became of a command: in words, or everything as one JSON object."""
    if not as_json:
        for line in lines:
            typer.echo(line)
        return
    import orjson  # noqa: PLC0415

    typer.echo(orjson.dumps(_content(answer)).decode())


def _content(answer: "Answer") -> dict[str, Any]:
    return {
        "command": answer.command.model_dump(mode="json", exclude_none=True),
        "heard": answer.heard,
        "said": [event.model_dump(mode="json", exclude_none=True) for event in answer.said],
        "seconds": round(answer.seconds, 3),
    }
