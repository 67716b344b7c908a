"""From the store's rows to what the health board shows: the light, the sentence, the cards. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dashboard import limits
from dashboard.blocks import orders, to
from dashboard.queries.board import BoardRow, CsdiRow
from dashboard.queries.where import KindRow
from dashboard.view_models.forecast import ForecastView
from dashboard.view_models.freshness import data_age_s
from dashboard.words import Words, number
from schemas.vocabulary import Light


@dataclass(frozen=True, slots=True)
class VerdictView:
    """The light as icon (by `light`), word and sentence; below it what the next hours will bring."""

    light: str
    word: str
    sentence: str
    forecast: ForecastView | None = None


@dataclass(frozen=True, slots=True)
class AgeView:
    """How old the data was when drawn (seconds; None: none ever came); the browser counts on from there."""

    seconds: float | None
    ageing_s: int
    stale_s: int


@dataclass(frozen=True, slots=True)
class CountView:
    """One number card; `light` colours its edge, grey means nothing to report.

    `fill` of 0..1 is what the bar shows, `foot` says it in words; `mark` is a limit on that bar.
    `then` says what it was at the same hour yesterday.
    """

    key: str
    label: str
    hint: str
    value: str
    note: str = ""
    light: str = Light.GREY.value
    fill: float | None = None
    mark: float | None = None
    foot: str = ""
    scope: str = ""
    link: str = ""
    then: str = ""


def light_of(board: BoardRow | None, now: datetime) -> Light:
    """Return the board's light. Old data is grey before anything else is asked: never green on stale data."""
    age = data_age_s(board, now)
    if board is None or age is None or age > limits.STALE_S:
        return Light.GREY
    if board.overdue_over_2h > 0:
        return Light.RED
    if board.overdue_orders > 0 or (board.at_risk_share or 0.0) > limits.AT_RISK_SHARE:
        return Light.YELLOW
    return Light.GREEN


def verdict_view(board: BoardRow | None, now: datetime, words: Words, *, away: bool = False) -> VerdictView:
    """Return the verdict; `away` says that the store has never answered yet."""
    light = light_of(board, now)
    return VerdictView(light.value, words(f"light_{light.value}"), _sentence(board, light, words, away=away))


def stale_view(words: Words) -> VerdictView:
    """Return the verdict that the browser shows by itself once the data is too old."""
    return VerdictView(Light.GREY.value, words("light_grey"), words("say_stale"))


def age_view(board: BoardRow | None, now: datetime) -> AgeView:
    """Return what the ticking data age starts from."""
    return AgeView(data_age_s(board, now), limits.AGEING_S, limits.STALE_S)


def _sentence(board: BoardRow | None, light: Light, words: Words, *, away: bool) -> str:
    if board is None or board.newest_received_at is None:
        return words("say_away" if away else "say_nothing")
    if light is Light.GREY:
        return words("say_stale")
    values = {
        "open": number(board.open_orders),
        "at_risk": number(board.at_risk_orders),
        "overdue": number(board.overdue_orders),
        "over_2h": number(board.overdue_over_2h),
        "share": words.percent(board.at_risk_share),
        "oldest": _oldest(board.oldest_overdue_at, board, words),
        "unhandled": _oldest(board.oldest_unhandled_at or board.oldest_overdue_at, board, words),
        "handled": number(board.overdue_handled),
    }
    return words(_saying(board, light), **values)


def _saying(board: BoardRow, light: Light) -> str:
    if light is Light.RED:
        return "say_red"
    if light is Light.YELLOW:
        if board.overdue_orders:
            return "say_handled" if board.overdue_handled else "say_overdue"
        return "say_share"
    return "say_green" if board.open_orders else "say_green_empty"


def _oldest(since: datetime | None, board: BoardRow, words: Words) -> str:
    if since is None or board.clock_at is None:
        return "–"
    return words.duration((board.clock_at - since).total_seconds())


def count_views(board: BoardRow | None, words: Words, *, narrowed: bool) -> tuple[CountView, ...]:
    """Return the three number cards; they count everything, and say so once a filter is `narrowed`."""
    cards = (_overdue_card(board, words), _at_risk_card(board, words), _open_card(board, words))
    return tuple(replace(card, scope=words("unfiltered")) for card in cards) if narrowed else cards


def _card(key: str, words: Words, value: int | None) -> CountView:
    shown = words("no_data") if value is None else number(value)
    return CountView(key, words(key), words(f"{key}_help"), shown, link=orders(key))


def _open_card(board: BoardRow | None, words: Words) -> CountView:
    card = _card("open", words, board.open_orders if board else None)
    if board is None or not board.open_orders:
        return card
    calm = max(0, board.open_orders - board.at_risk_orders - board.overdue_orders)
    foot = words("open_foot", calm=number(calm))
    return replace(card, note=words("open_note"), fill=calm / board.open_orders, foot=foot)


def _at_risk_card(board: BoardRow | None, words: Words) -> CountView:
    card = _card("at_risk", words, board.at_risk_orders if board else None)
    if board is None or board.at_risk_share is None:
        return card
    share = board.at_risk_share
    light = Light.YELLOW if share > limits.AT_RISK_SHARE else Light.GREY
    # The bar ends at twice the limit, so the limit's mark stands in the middle.
    return replace(
        card,
        note=words("at_risk_note", share=words.percent(share)),
        light=light.value,
        fill=min(1.0, share / (2 * limits.AT_RISK_SHARE)),
        mark=0.5,
        foot=words("at_risk_foot", limit=words.percent(limits.AT_RISK_SHARE, 0)),
    )


def _overdue_card(board: BoardRow | None, words: Words) -> CountView:
    card = _card("overdue", words, board.overdue_orders if board else None)
    if board is None:
        return card
    if not board.overdue_orders:
        return replace(card, note=words("overdue_none"))
    light = Light.RED if board.overdue_over_2h else Light.YELLOW
    return replace(
        card,
        note=words("overdue_note", oldest=_oldest(board.oldest_overdue_at, board, words)),
        light=light.value,
        fill=min(1.0, board.overdue_over_2h / board.overdue_orders),
        foot=words("overdue_foot", over_2h=number(board.overdue_over_2h)),
    )


def budget_left(kept: int, broken: int) -> int:
    """Return how many more of these promises could break; negative: too many did."""
    return _allowed(kept + broken) - broken


def _allowed(promises: int) -> int:
    return int(promises * (1 - limits.BUDGET_TARGET) + 1e-9)


def budget_view(rows: Sequence[CsdiRow], window: str, shop: str, words: Words) -> CountView:
    """Return how many more promises may break before the target is missed; negative: too many did."""
    row = next((row for row in rows if row.window == window and row.shop == shop), None)
    promises = row.kept + row.broken if row else 0
    scope = f"{words(f'window_{window}')} · {shop or words('all_shops')}"
    card = CountView("budget", words("budget"), f"{words('budget_help')} {scope}.", words("no_data"))
    if row is None or not promises:
        return card
    allowed, left = _allowed(promises), budget_left(row.kept, row.broken)
    light = Light.RED if left < 0 else Light.YELLOW if row.broken * 4 > allowed * 3 else Light.GREY
    return replace(
        card,
        value=number(left),
        note=words("budget_note", used=number(row.broken), allowed=number(allowed)),
        light=light.value,
        fill=min(1.0, row.broken / allowed) if allowed else 1.0,
        foot=words("budget_foot_over" if left < 0 else "budget_foot"),
        link=orders("broken", window=window, shop=shop),
    )


def anomalies_view(kinds: Sequence[KindRow] | None, words: Words, *, narrowed: bool = False) -> CountView:
    """Return the card of what is open."""
    card = CountView("anomalies", words("anomalies"), words("anomalies_help"), words("no_data"))
    card = replace(card, scope=words("unfiltered") if narrowed else "")
    if kinds is None:
        return card
    found, critical = sum(kind.found for kind in kinds), sum(kind.critical for kind in kinds)
    untaken = found - sum(kind.taken for kind in kinds)
    light = Light.YELLOW if critical else Light.GREY
    card = replace(card, value=number(found), light=light.value, link=to("exceptions", view="open"))
    if not found:
        return replace(card, note=words("anomalies_none"))
    return replace(
        card,
        note=words("anomalies_note", critical=number(critical)),
        fill=untaken / found,
        foot=words("anomalies_foot", untaken=number(untaken)),
    )
