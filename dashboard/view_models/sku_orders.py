"""The orders that need one SKU: what is open of them, and how many of their promises were kept. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from dashboard import limits
from dashboard.blocks import Cell, Facts, Table, orders
from dashboard.queries.chosen import Chosen
from dashboard.queries.sku_orders import OnTime, SkuOrder
from dashboard.view_models.lists import Marks, Record, order_table
from dashboard.words import Words, number

COLUMNS = ("status", "order", "platform", "shop", "stage", "promise", "deadline", "left", "needed", "ordered")


def sku_order_records(rows: Sequence[SkuOrder], words: Words) -> list[Record]:
    """Return one record an order, by COLUMNS; the deadline is an aware time."""
    return [
        {
            "status": _status(row, words)[0],
            "order": row.order_id,
            "platform": words.term("platform", row.platform),
            "shop": row.shop,
            "stage": words(f"stage_{row.stage}"),
            "promise": words.term("promise", row.promise) if row.promise else "",
            "deadline": row.deadline_at,
            "left": _left(row, words),
            "needed": words("needed_bundle" if row.in_bundle else "needed", units=number(row.units)),
            "ordered": row.ordered_at,
        }
        for row in rows
    ]


def _status(row: SkuOrder, words: Words) -> tuple[str, str]:
    if row.overdue:
        return words("late"), "red"
    return (words("soon"), "yellow") if row.at_risk else (words.term("verdict", "open"), "")


def _left(row: SkuOrder, words: Words) -> str:
    seconds = row.seconds_left
    if seconds is None:
        return "–"
    return words("late_by" if row.overdue else "left", time=words.duration(seconds))


def sku_order_table(rows: Sequence[SkuOrder], words: Words) -> Table:
    """Return the open orders that need the SKU, late first."""
    marks = Marks([_status(row, words)[1] for row in rows], [row.seconds_left for row in rows])
    table = order_table(COLUMNS, sku_order_records(rows, words), marks, words)
    return replace(
        table,
        key="sku_orders",
        title=words("sku_orders"),
        empty=words("sku_orders_none"),
        bare=True,
        tall=True,
    )


def on_time_facts(found: OnTime | None, sku: str, chosen: Chosen, scope: str, words: Words) -> Facts:
    """Return kept / (kept + broken) with its numbers, which lead to their orders.

    Nothing settled is no data, never 0 % or 100 %.
    """
    kept, every = (found.kept, found.kept + found.broken) if found else (0, 0)
    title, hint = words("on_time"), words("on_time_help")
    if not every:
        return Facts(
            "on_time", title, [(words("on_time_rate"), Cell(words("no_data"), light="grey"))], scope, hint
        )
    share = kept / every
    light = "green" if share >= limits.BASELINE_PROMISE else "yellow"
    small = words("sample", n=number(every)) if every < limits.SMALL_SAMPLE else ""
    target = words("target", target=words.percent(limits.BASELINE_PROMISE, 0))
    note = " · ".join(part for part in (target, small) if part)
    pairs = [
        (words("on_time_rate"), Cell(words.percent(share), light=light, note=note)),
        (words("set_kept"), Cell(number(kept), orders("kept", sku=sku, **chosen._asdict()))),
        (words("set_broken"), Cell(number(every - kept), orders("broken", sku=sku, **chosen._asdict()))),
    ]
    return Facts("on_time", title, pairs, scope, hint)
