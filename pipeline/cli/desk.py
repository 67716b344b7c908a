"""`certainty desk`: the three buttons and the one look-up of the front line, for one order."""

import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.exits import Exit, fail
from pipeline.cli.pressing import (
    WAIT_S,
    AsJson,
    By,
    Key,
    Language,
    WaitS,
    chosen_language,
    press_or_exit,
    tell,
    wish_or_exit,
)
from pipeline.settings import load_settings

if TYPE_CHECKING:
    from pipeline.domain.desk_rules import DeskRules
    from pipeline.outbox import Wish
    from schemas.desk import Spot

Order = Annotated[str, typer.Argument(metavar="ORDER", help="Order number.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    desk = typer.Typer(
        help="One order at the desk: each press is one command, answered once (docs/commands.md).",
        no_args_is_help=True,
    )
    app.add_typer(desk, name="desk")
    desk.command("track")(track)
    desk.command("may-ship")(may_ship)
    desk.command("change-address")(change_address)
    desk.command("refund-difference")(refund_difference)


def track(
    order: Order,
    *,
    by: By = "",
    key: Key = "",
    wait_s: WaitS = WAIT_S,
    lang: Language = "",
    as_json: AsJson = False,
) -> None:
    """Say where the parcels of an order are, as their carriers last told.

    Example: certainty desk track 260301-1
    """
    from pipeline.outbox import track as wish  # noqa: PLC0415  (keeps --help fast)

    language = chosen_language(lang)
    _press(wish_or_exit(lambda: wish(order, _account(by), key)), wait_s, language, as_json=as_json)


def may_ship(
    order: Order,
    *,
    by: By = "",
    key: Key = "",
    wait_s: WaitS = WAIT_S,
    lang: Language = "",
    as_json: AsJson = False,
) -> None:
    """Say whether an order may ship now, and every reason against it; exit code 3 if it may not.

    Example: certainty desk may-ship 260301-1 --lang zh
    """
    from pipeline.outbox import ask_may_ship as wish  # noqa: PLC0415

    language = chosen_language(lang)
    _press(wish_or_exit(lambda: wish(order, _account(by), key)), wait_s, language, as_json=as_json)


def change_address(
    order: Order,
    *,
    address: Annotated[str, typer.Option(help="Id of a known address of the customer.")] = "",
    province: Annotated[str, typer.Option(help="As the table of divisions names it.")] = "",
    city: Annotated[str, typer.Option(help="Likewise; empty where the province has none.")] = "",
    district: Annotated[str, typer.Option(help="Likewise; empty where the city has none.")] = "",
    by: By = "",
    key: Key = "",
    wait_s: WaitS = WAIT_S,
    lang: Language = "",
    as_json: AsJson = False,
) -> None:
    """Send an order to a known address, to another place, or to both where they agree; exit code 3: refused.

    Example: certainty desk change-address 260301-1 --province 浙江省 --city 杭州市 --district 西湖区
    """
    from pipeline.outbox import change_address as wish  # noqa: PLC0415

    language = chosen_language(lang)
    spot = _spot(province, city, district)
    if not address and spot is None:
        raise fail("say where to: --address, or --province with --city and --district", Exit.USAGE)
    chosen = wish_or_exit(lambda: wish(order, _account(by), address_id=address or None, spot=spot, key=key))
    _press(chosen, wait_s, language, as_json=as_json)


def refund_difference(
    order: Order,
    *,
    choice: Annotated[str, typer.Option(help="One of the differences of pipeline/rules/desk.toml.")],
    fen: Annotated[int, typer.Option(min=0, help="The amount in fen; needed where it is a percentage.")] = 0,
    by: By = "",
    key: Key = "",
    wait_s: WaitS = WAIT_S,
    lang: Language = "",
    as_json: AsJson = False,
) -> None:
    """Give back a part of the price: one of the differences that the rules offer; exit code 3: refused.

    Example: certainty desk refund-difference 260301-1 --choice 5_yuan
    """
    from pipeline.outbox import refund_difference as wish  # noqa: PLC0415
    from pipeline.rules.desk import shipped_desk_rules  # noqa: PLC0415

    language = chosen_language(lang)
    amount = fen or _amount(shipped_desk_rules(), choice)
    chosen = wish_or_exit(lambda: wish(order, _account(by), choice=choice, amount_fen=amount, key=key))
    _press(chosen, wait_s, language, as_json=as_json)


def _press(wish: "Wish", wait_s: float, language: str, *, as_json: bool) -> None:
    from pipeline.cli.desk_words import is_no, lines  # noqa: PLC0415
    from pipeline.rules.desk import shipped_desk_rules  # noqa: PLC0415
    from schemas.desk import CommandAnswered  # noqa: PLC0415

    answer = press_or_exit(wish, wait_s)
    answered = answer.first(CommandAnswered)
    if not isinstance(answered, CommandAnswered):
        raise fail(
            f"the workers took it, but did not answer within {wait_s:g} s; the same command with"
            f" --key {wish.key} asks for its answer again",
            Exit.UNREACHABLE,
        )
    zone = load_settings().business_zone  # what is wrong with them was told before the press
    tell(answer, lines(answered, shipped_desk_rules().wording, language, zone), as_json=as_json)
    if is_no(answered):
        raise typer.Exit(Exit.PROBLEMS)


def _account(by: str) -> str:
    """Without a name the account of the operating system speaks."""
    if by:
        return by
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise fail("this account has no name: say who you are with --by", Exit.USAGE) from None


def _spot(province: str, city: str, district: str) -> "Spot | None":
    from schemas.desk import Spot  # noqa: PLC0415

    if not province and not city and not district:
        return None
    if not province:
        raise fail("a place begins with its province: --province", Exit.USAGE)
    return Spot(province=province, city=city, district=district)


def _amount(rules: "DeskRules", choice: str) -> int:
    """Return the amount of a fixed difference; of another one the caller must say it."""
    known = {difference.name: difference for difference in rules.differences}
    chosen = known.get(choice)
    if chosen is None:
        raise fail(f"--choice is one of {', '.join(known)}, not {choice}", Exit.USAGE)
    if chosen.percent:
        raise fail(f"{choice} depends on what was paid: say the amount with --fen", Exit.USAGE)
    return chosen.value
