"""The index: its value, its three parts with their targets, and what they were counted from. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dashboard import limits
from dashboard.blocks import Cell, Column, Table, orders, to
from dashboard.queries.board import CsdiRow, Within
from dashboard.view_models.where import scope
from dashboard.words import Words, number
from schemas.vocabulary import Light


@dataclass(frozen=True, slots=True)
class PartView:
    """One part of the index. `fill` and `mark` (the baseline) are 0..1; `state` is ok, below or none."""

    name: str
    hint: str
    value: str
    fill: float | None
    mark: float
    state: str
    word: str
    note: str
    link: str = ""
    then: str = ""


@dataclass(frozen=True, slots=True)
class CsdiView:
    """The index over one window with its three parts."""

    value: str
    note: str
    scope: str
    parts: tuple[PartView, ...]


def shops_of(rows: Sequence[CsdiRow]) -> tuple[str, ...]:
    """Return the shops that the index knows, in order."""
    return tuple(sorted({row.shop for row in rows if row.shop}))


def csdi_view(rows: Sequence[CsdiRow], window: str, shop: str, words: Words) -> CsdiView:
    """Return the index of one window and shop ("" is all); what has no data says so."""
    row = next((row for row in rows if row.window == window and row.shop == shop), None)
    value = "–" if row is None or row.csdi is None else f"{row.csdi:.1f}"
    note = words("no_data") if value == "–" else words("reweighted" if row and row.flagged else "of_100")
    scope = f"{words(f'window_{window}')} · {shop or words('all_shops')}"
    return CsdiView(value, note, scope, _parts(row, words))


def _parts(row: CsdiRow | None, words: Words) -> tuple[PartView, ...]:
    promises = row.kept + row.broken if row else 0
    note = words("kept_of", kept=number(row.kept), all=number(promises)) if row and promises else ""
    if 0 < promises < limits.SMALL_SAMPLE:
        note = words("sample", n=promises)
    parts = (
        _part("part_promise", row.promise if row else None, limits.BASELINE_PROMISE, note, words),
        _part("part_credibility", row.credibility if row else None, limits.BASELINE_CREDIBILITY, "", words),
        _part("part_self_heal", row.self_heal if row else None, limits.BASELINE_SELF_HEAL, "", words),
    )
    window, shop = (row.window, row.shop) if row else ("all", "")
    links = (
        orders("broken", window=window, shop=shop),
        orders("mismatch"),
        to("exceptions", view="healed", window=window),
    )
    return tuple(replace(part, link=link) for part, link in zip(parts, links, strict=True))


def _part(key: str, share: float | None, baseline: float, note: str, words: Words) -> PartView:
    target = words("target", target=words.percent(baseline, 0))
    state = "none" if share is None else "ok" if share >= baseline else "below"
    return PartView(
        name=words(key),
        hint=words(f"{key}_help"),
        value=words.percent(share),
        fill=share,
        mark=baseline,
        state=state,
        word=words({"none": "no_data", "ok": "reached", "below": "below"}[state]),
        note=f"{target} · {note}" if note else target,
    )


def window_table(rows: Sequence[CsdiRow], shop: str, words: Words, platform: str = "") -> Table:
    """Return the index of one shop ("" is all, or all of a platform) over every window."""
    mine = {row.window: row for row in rows if row.shop == shop}
    lines = [
        [Cell(words(f"window_{window}")), *_figures(mine[window], words, platform)]
        for window in limits.WINDOWS
        if window in mine
    ]
    return Table(
        "windows",
        words("csdi_windows"),
        _columns("window", words),
        lines,
        words("no_data"),
        scope(Within(shop, platform), words) or words("all_shops"),
        words("csdi_states"),
    )


def csdi_table(
    rows: Sequence[CsdiRow], window: str, words: Words, platform: str = "", shop: str = ""
) -> Table:
    """Return the index of every shop over one window, all of them together first."""
    mine = sorted((row for row in rows if row.window == window), key=lambda row: row.shop)
    lines = [[Cell(row.shop or words("all_shops")), *_figures(row, words, platform)] for row in mine]
    said = (
        words.term("platform", platform) if platform else "",
        words(f"window_{window}"),
        words("unfiltered_by", names=words("shop")) if shop else "",
    )
    return Table(
        "shops",
        words("csdi_shops"),
        _columns("shop", words),
        lines,
        words("no_data"),
        " · ".join(part for part in said if part),
        words("csdi_states"),
    )


def _columns(first: str, words: Words) -> list[Column]:
    parts = [Column(words(f"part_{name}"), words(f"part_{name}_help"), True) for name in PARTS]
    return [Column(words(first)), Column(words("csdi_short"), words("csdi_help"), True), *parts]


PARTS = {
    "promise": limits.BASELINE_PROMISE,
    "credibility": limits.BASELINE_CREDIBILITY,
    "self_heal": limits.BASELINE_SELF_HEAL,
}


STATES = {Light.GREEN: "csdi_good", Light.YELLOW: "csdi_at_risk", Light.RED: "csdi_critical"}


def state_of(value: float | None, baseline: float) -> Light:
    """Return good (green) from the baseline on, at risk from 90 % of it on, else critical; grey: no data."""
    if value is None:
        return Light.GREY
    reached = round(value, 9)  # a share that a binary fraction puts just below a limit is on it
    if reached >= round(baseline, 9):
        return Light.GREEN
    return Light.YELLOW if reached >= round(baseline * limits.CRITICAL_SHARE, 9) else Light.RED


def index_baseline(row: CsdiRow) -> float:
    """Return the index at which each part with data is on its baseline (89 with all three), 0..100."""
    weighed = [
        (row.weight_promise, row.promise, limits.BASELINE_PROMISE),
        (row.weight_credibility, row.credibility, limits.BASELINE_CREDIBILITY),
        (row.weight_self_heal, row.self_heal, limits.BASELINE_SELF_HEAL),
    ]
    known = [(weight, baseline) for weight, share, baseline in weighed if share is not None]
    whole = sum(weight for weight, _ in known)
    return 100 * sum(weight * baseline for weight, baseline in known) / whole if whole else 100.0


def _figures(row: CsdiRow, words: Words, platform: str) -> list[Cell]:
    counted = {
        "promise": (row.kept, row.kept + row.broken, row.promise),
        "credibility": (row.sampled_equal, row.sampled, row.credibility),
        "self_heal": (row.healed, row.anomalies, row.self_heal),
    }
    links = {
        "promise": orders("broken", window=row.window, shop=row.shop, platform=platform),
        "credibility": orders("mismatch"),
        "self_heal": to("exceptions", view="healed", window=row.window, platform=platform),
    }
    return [_index(row, words), *(_figure(counted[name], PARTS[name], links[name], words) for name in PARTS)]


def _index(row: CsdiRow, words: Words) -> Cell:
    if row.csdi is None:
        return Cell(words("no_data"), light=Light.GREY.value)
    light = state_of(row.csdi, index_baseline(row))
    note = " · ".join([words(STATES[light]), *([words("reweighted")] if row.flagged else [])])
    return Cell(f"{row.csdi:.1f}", light=light.value, note=note, sort=row.csdi)


def _figure(counted: tuple[int, int, float | None], target: float, link: str, words: Words) -> Cell:
    good, every, share = counted
    if share is None:
        return Cell(words("no_data"), light=Light.GREY.value)
    light = state_of(share, target)
    note = f"{words(STATES[light])} · {number(good)} / {number(every)}"
    return Cell(words.percent(share), link, light.value, note, share)
