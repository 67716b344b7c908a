"""Each card beside the same hour yesterday: what it was then, and by how much it has changed. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from dashboard.queries.board import BoardRow, CsdiRow
from dashboard.queries.where import KindRow
from dashboard.queries.yesterday import PromiseThen, Yesterday
from dashboard.view_models.board import CountView, budget_left
from dashboard.view_models.csdi import CsdiView
from dashboard.words import Words, number


class NowAndThen(NamedTuple):
    """What is counted of one window and shop; `was` None: nothing was settled in yesterday's."""

    now: CsdiRow | None
    was: PromiseThen | None


def beside_counts(
    cards: Sequence[CountView],
    board: BoardRow | None,
    kinds: Sequence[KindRow] | None,
    then: Yesterday | None,
    words: Words,
) -> tuple[CountView, ...]:
    """Return the cards of counts with yesterday's; `then` None: it could not be read, so nothing is said."""
    if then is None:
        return tuple(cards)
    was = {
        "overdue": (then.overdue_orders, board.overdue_orders if board else None),
        "at_risk": (then.at_risk_orders, board.at_risk_orders if board else None),
        "open": (then.open_orders, board.open_orders if board else None),
        "anomalies": (then.open_anomalies, None if kinds is None else sum(kind.found for kind in kinds)),
    }
    return tuple(_count(card, *was[card.key], words) if card.key in was else card for card in cards)


def of_window(
    rows: Sequence[CsdiRow], then: Sequence[PromiseThen] | None, window: str, shop: str
) -> NowAndThen | None:
    """Return one window of one shop now and then; None: yesterday could not be read."""
    if then is None:
        return None
    now = next((row for row in rows if (row.window, row.shop) == (window, shop)), None)
    return NowAndThen(now, next((row for row in then if (row.window, row.shop) == (window, shop)), None))


def beside_promise(csdi: CsdiView, both: NowAndThen | None, words: Words) -> CsdiView:
    """Return the index with yesterday's promise attainment beside today's."""
    if both is None:
        return csdi
    said = _said(words.percent(both.was.promise), _points(both, words), words) if both.was else ""
    promise = replace(
        csdi.parts[0],
        then=said or words("then_none"),
        hint=f"{csdi.parts[0].hint} {words('then_help')}",
    )
    return replace(csdi, parts=(promise, *csdi.parts[1:]))


def beside_budget(card: CountView, both: NowAndThen | None, words: Words) -> CountView:
    """Return the card of the budget with yesterday's."""
    if both is None:
        return card
    now, was = both
    today = budget_left(now.kept, now.broken) if now and now.kept + now.broken else None
    return _count(card, budget_left(was.kept, was.broken) if was else None, today, words)


def _count(card: CountView, was: int | None, now: int | None, words: Words) -> CountView:
    hint = f"{card.hint} {words('then_help')}"
    if was is None:
        return replace(card, hint=hint, then=words("then_none"))
    change = "" if now is None else f"{now - was:+,}" if now != was else "±0"
    return replace(card, hint=hint, then=_said(number(was), change, words))


def _points(both: NowAndThen, words: Words) -> str:
    now, was = both
    if now is None or was is None or now.promise is None or was.promise is None:
        return ""
    points = round((now.promise - was.promise) * 100, 1)
    return words("then_points", points=f"{points:+.1f}" if points else "±0.0")


def _said(was: str, change: str, words: Words) -> str:
    return words("then_change", was=was, change=change) if change else words("then_was", was=was)
