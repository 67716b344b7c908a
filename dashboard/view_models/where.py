"""Below the list of the health board: stages, platforms, anomalies, self-check, trend. Pure."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from dashboard import limits
from dashboard.blocks import Bar, Bars, Cell, Chart, Column, Line, Table, orders, to
from dashboard.queries.board import UNNAMED, CsdiRow, Within
from dashboard.queries.where import CheckRow, HourRow, KindRow, StageRow
from dashboard.words import Words, number

STAGES = ("unpaid", "to_ship", "outbound", "under_way", "signed", "closed")
CHECK_LIGHT = {"healthy": "green", "sub_healthy": "yellow", "danger": "red", "no_data": "grey"}
STEPS = {"1h": (1, 24), "24h": (1, 24), "7d": (6, 28), "30d": (24, 30), "all": (24, 30)}
"""Window -> hours of one step of the trend, and how many steps are shown."""


def stage_bars(rows: Sequence[StageRow], within: Within, words: Words) -> Bars:
    """Return how many orders are at which stage; what is closed or signed is not open work."""
    mine = [row for row in rows if within.shop in ("", row.shop) and within.platform in ("", row.platform)]
    counts = {stage: [row for row in mine if row.stage == stage] for stage in STAGES}
    most = max((_sum(found, "orders") for found in counts.values()), default=0)

    def bar(stage: str, found: Sequence[StageRow]) -> Bar:
        total, late = _sum(found, "orders"), _sum(found, "overdue_orders")
        link = orders("all", stage=stage, **within._asdict())
        note = words("late_of_them", late=number(late)) if late else ""
        return Bar(words(f"stage_{stage}"), number(total), total / most, link, note=note)

    bars = [bar(stage, found) for stage, found in counts.items() if found]
    note = scope(within, words) or words("all_shops")
    return Bars("stages", words("stages"), bars, words("no_data"), note, words("stages_help"))


def platform_table(rows: Sequence[StageRow], words: Words) -> Table:
    """Return the open orders by platform and shop, with what is late among them."""
    groups: dict[tuple[str, str], list[StageRow]] = {}
    for row in rows:
        groups.setdefault((row.platform, row.shop), []).append(row)
    lines = [_platform_row(*group, found, words) for group, found in groups.items()]
    columns = [
        Column(words("col_platform")),
        Column(words("col_shop")),
        *(Column(words(key), is_number=True) for key in ("open", "at_risk", "overdue")),
    ]
    note = words("unfiltered")
    return Table(
        "platforms",
        words("platforms"),
        columns,
        lines,
        words("no_data"),
        note=note,
        hint=words("platforms_help"),
    )


def _platform_row(platform: str, shop: str, found: Sequence[StageRow], words: Words) -> list[Cell]:
    def count(column: str, which: str, light: str) -> Cell:
        value = _sum(found, column)
        link = orders(which, platform=platform, shop=shop) if value else ""
        return Cell(number(value), link, light if value else "", sort=value)

    return [
        Cell(words.term("platform", platform)),
        Cell(shop or words("not_told")),
        count("open_orders", "open", ""),
        count("at_risk_orders", "at_risk", "yellow"),
        count("overdue_orders", "overdue", "red"),
    ]


def kind_bars(kinds: Sequence[KindRow], now: datetime | None, words: Words) -> Bars:
    """Return the open anomalies by kind; each leads to its list."""
    most = max((kind.found for kind in kinds), default=0)
    bars = [
        Bar(
            words.term("kind", kind.kind),
            number(kind.found),
            kind.found / most,
            to("exceptions", view="open", kind=kind.kind),
            "red" if kind.critical else "yellow",
            _kind_note(kind, now, words),
        )
        for kind in kinds
    ]
    return Bars(
        "kinds", words("kinds"), bars, words("anomalies_none"), words("unfiltered"), words("kinds_help")
    )


def _kind_note(kind: KindRow, now: datetime | None, words: Words) -> str:
    told = [words("taken_of_them", taken=number(kind.taken))]
    if now and kind.oldest_at:
        age = words.duration(max(0.0, (now - kind.oldest_at).total_seconds()))
        told.append(words("oldest_of_them", age=age))
    return " · ".join(told)


def check_table(rows: Sequence[CheckRow], words: Words) -> Table:
    """Return the self-check: four lights with the figures that led to them."""
    lines = [
        [
            Cell(words.term("check", row.item), link=_check_link(row.item)),
            Cell(words(f"check_{row.light}"), light=CHECK_LIGHT[row.light]),
            Cell(_figures(row, words)),
        ]
        for row in rows
    ]
    columns = [Column(words(key)) for key in ("col_item", "col_light", "col_figures")]
    return Table(
        "checks", words("checks"), columns, lines, words("no_data"), words("unfiltered"), words("checks_help")
    )


def _check_link(item: str) -> str:
    return {
        "inventory_sync": to("exceptions", view="open", kind="oversell"),
        "tracking": orders("mismatch"),
        "refunds": to("exceptions", view="open", kind="refund_mismatch"),
        "exceptions": to("exceptions", view="open"),
    }.get(item, "")


def _figures(row: CheckRow, words: Words) -> str:
    told = []
    for name, value in sorted(row.figures.items()):
        if value is None:
            shown = words("no_data")
        elif name.startswith("share") or name.endswith(("share", "_rate")):
            shown = words.percent(value)
        else:
            shown = words.duration(value) if name.endswith("_s") else number(round(value))
        told.append(f"{words.term('figure', name)} {shown}")
    return " · ".join(told)


def trend_chart(
    hours: Sequence[HourRow], window: str, weights: CsdiRow | None, words: Words, shop: str = ""
) -> Chart:
    """Return the index and its parts over time, in steps that fit the window; without data is a gap."""
    size, shown = STEPS[window]
    steps = _steps(hours, size, shown)
    labels = [words.short_clock(end, with_day=size >= 6) for end, _ in steps]
    parts: tuple[tuple[str, Callable[[Sequence[HourRow]], float | None]], ...] = (
        ("csdi_short", lambda found: _index(found, weights)),
        ("part_promise", _promise),
        ("part_credibility", _credibility),
        ("part_self_heal", _self_heal),
    )
    lines = [Line(words(key), [_hundred(of(found)) for _, found in steps]) for key, of in parts]
    known = [value for line in lines for value in line.values if value is not None]
    low = max(0.0, min(known, default=0.0) // 10 * 10)
    return Chart(
        "trend",
        words("trend"),
        labels if known else [],
        lines,
        low=low if low < 90 else 80.0,
        high=100.0,
        target=limits.BASELINE_PROMISE * 100,
        target_word=words("trend_target", target=words.percent(limits.BASELINE_PROMISE, 0)),
        empty=words("no_data"),
        note=f"{shop or words('all_shops')} · {words('trend_step', hours=size)}",
        hint=words("trend_help"),
    )


def _steps(hours: Sequence[HourRow], size: int, shown: int) -> list[tuple[datetime, list[HourRow]]]:
    if not hours:
        return []
    newest = hours[-1].hour_at
    ends = [newest - timedelta(hours=size * back) for back in range(shown)][::-1]
    oldest = hours[0].hour_at
    return [
        (end, [hour for hour in hours if end - timedelta(hours=size) < hour.hour_at <= end])
        for end in ends
        if end >= oldest
    ]


def _promise(hours: Sequence[HourRow]) -> float | None:
    return _ratio(_sum(hours, "kept"), _sum(hours, "kept") + _sum(hours, "broken"))


def _credibility(hours: Sequence[HourRow]) -> float | None:
    return _ratio(_sum(hours, "sampled_equal"), _sum(hours, "sampled"))


def _self_heal(hours: Sequence[HourRow]) -> float | None:
    return _ratio(_sum(hours, "healed"), _sum(hours, "anomalies"))


def _index(hours: Sequence[HourRow], weights: CsdiRow | None) -> float | None:
    """As v_csdi: the parts that have data, re-weighted."""
    heavy = (
        (weights.weight_promise, weights.weight_credibility, weights.weight_self_heal)
        if weights
        else (0.5, 0.3, 0.2)
    )
    told = [
        (weight, part)
        for weight, part in zip(heavy, (_promise(hours), _credibility(hours), _self_heal(hours)), strict=True)
        if part is not None
    ]
    return _ratio(sum(weight * part for weight, part in told), sum(weight for weight, _ in told))


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _hundred(share: float | None) -> float | None:
    return None if share is None else round(share * 100, 2)


def _sum(rows: Sequence[object], column: str) -> int:
    return sum(getattr(row, column) for row in rows)


def scope(within: Within, words: Words) -> str:
    """Return what a list or a chart is narrowed to, "" when to nothing."""
    platform = words.term("platform", within.platform) if within.platform else ""
    house = warehouse_word(within.warehouse, words) if within.warehouse else ""
    return " · ".join(part for part in (platform, within.shop, house) if part)


def warehouse_word(name: str, words: Words) -> str:
    """Return a warehouse's name; orders of which nobody named one stand under a word of their own."""
    return words("warehouse_unnamed") if name in ("", UNNAMED) else name
