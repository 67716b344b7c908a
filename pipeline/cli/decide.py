"""`certainty decide`, `take`, `resolve`, `confirm-refund`: what a supervisor or customer service says."""

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.exits import Exit, say
from pipeline.cli.pressing import WAIT_S, AsJson, By, Key, WaitS, Why, press_or_exit, tell, wish_or_exit
from schemas.vocabulary import AnomalyKind

if TYPE_CHECKING:
    from pipeline.outbox import Answer, Wish

Order = Annotated[str, typer.Argument(metavar="ORDER", help="Order number.")]
Subject = Annotated[
    str, typer.Argument(metavar="SUBJECT", help="What it is about, such as order:260301-1 (v_anomalies).")
]


class Right(StrEnum):
    """Who can be found right."""

    ERP = "erp"
    WMS = "wms"
    CS = "cs"


class YesOrNo(StrEnum):
    """An answer."""

    YES = "yes"
    NO = "no"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for name, command in (
        ("decide", decide),
        ("take", take),
        ("resolve", resolve),
        ("confirm-refund", confirm_refund),
    ):
        app.command(name)(command)


def decide(
    order: Order,
    right: Annotated[Right, typer.Option(help="Whose word about the order is right.")],
    by: By,
    why: Why,
    *,
    key: Key = "",
    wait_s: WaitS = WAIT_S,
    as_json: AsJson = False,
) -> None:
    """Decide which reporter of a locked order is right: it is unlocked, the others must correct themselves.

    Exit code 3 where that changed nothing: nobody contradicts it, or that reporter never spoke.
    Example: certainty decide 260301-1 --right wms --by li.na --why "seen in the parcel room"
    """
    from pipeline.outbox import decide as wish  # noqa: PLC0415  (keeps --help fast)

    _press(lambda: wish(order, right.value, by, why, key), wait_s, as_json=as_json)


def take(
    subject: Subject,
    by: By,
    *,
    kind: Annotated[AnomalyKind | None, typer.Option(help="Only this kind; else all that is open.")] = None,
    key: Key = "",
    wait_s: WaitS = WAIT_S,
    as_json: AsJson = False,
) -> None:
    """Take care of what is wrong with a subject: from now on it is being handled.

    Exit code 3 where nothing of it is open. Example: certainty take order:260301-1 --by li.na
    """
    from pipeline.outbox import take as wish  # noqa: PLC0415

    _press(lambda: wish(subject, by, kind, key), wait_s, as_json=as_json)


def resolve(
    subject: Subject,
    kind: Annotated[AnomalyKind, typer.Option(help="What was wrong.")],
    by: By,
    why: Why,
    *,
    key: Key = "",
    wait_s: WaitS = WAIT_S,
    as_json: AsJson = False,
) -> None:
    """Say that a person mended it; exit code 3 where nothing of that kind is open.

    Example: certainty resolve order:260301-1 --kind ambiguous_address --by li.na --why "called the customer"
    """
    from pipeline.outbox import resolve as wish  # noqa: PLC0415

    _press(lambda: wish(subject, kind, by, why, key=key), wait_s, as_json=as_json)


def confirm_refund(
    order: Order,
    refund: Annotated[str, typer.Argument(metavar="REFUND", help="Number of the refund request.")],
    version: Annotated[int, typer.Option(help="The version of the request that was asked about.")],
    answer: Annotated[YesOrNo, typer.Option(help="May the money leave?")],
    by: By,
    *,
    key: Key = "",
    wait_s: WaitS = WAIT_S,
    as_json: AsJson = False,
) -> None:
    """Answer for customer service whether a refund goes on; exit code 3 where that changed no verdict.

    Example: certainty confirm-refund 260301-1 R-1 --version 1772323200000 --answer yes --by li.na
    """
    from pipeline.outbox import confirm_refund as wish  # noqa: PLC0415

    def said() -> "Wish":
        return wish(order, refund, version=version, answer=answer.value, by=by, key=key)

    _press(said, wait_s, as_json=as_json)


def _press(make: "Callable[[], Wish]", wait_s: float, *, as_json: bool) -> None:
    answer: Answer = press_or_exit(wish_or_exit(make), wait_s)
    from pipeline.cli.decide_words import lines  # noqa: PLC0415

    told = lines(answer)
    tell(answer, told, as_json=as_json)
    if not told:
        say(f"the workers took it, and within {wait_s:g} s it changed nothing")
        raise typer.Exit(Exit.PROBLEMS)
