"""The warehouses: what is late among the orders that each packs, and when it told of its stock. Pure."""

from collections.abc import Sequence
from datetime import datetime

from dashboard.blocks import Cell, Column, Table, orders
from dashboard.queries.board import UNNAMED
from dashboard.queries.where import StageRow, WarehouseRow, WarehouseStageRow
from dashboard.view_models.where import warehouse_word
from dashboard.words import Words, number

COUNTS = (
    ("open_orders", "open", ""),
    ("at_risk_orders", "at_risk", "yellow"),
    ("overdue_orders", "overdue", "red"),
)
"""Column of a row, the set of orders behind it, and the light of what is in trouble."""


def names_of(packed: Sequence[WarehouseStageRow], told: Sequence[WarehouseRow]) -> tuple[str, ...]:
    """Return the warehouses that can be chosen, in order; last, that nobody named one."""
    named = {row.warehouse for row in packed if row.warehouse} | {row.warehouse for row in told}
    unnamed = any(not row.warehouse for row in packed)
    return (*sorted(named), UNNAMED) if unnamed and named else tuple(sorted(named))


def of_warehouse(packed: Sequence[WarehouseStageRow], warehouse: str) -> tuple[StageRow, ...]:
    """Return the stages of the orders that one warehouse packs."""
    wanted = "" if warehouse == UNNAMED else warehouse
    return tuple(row for row in packed if row.warehouse == wanted)


def warehouse_table(
    packed: Sequence[WarehouseStageRow], told: Sequence[WarehouseRow], now: datetime | None, words: Words
) -> Table:
    """Return the open orders by warehouse, with what is late among them and its newest count."""
    stock = {row.warehouse: row for row in told}
    names = names_of(packed, told) or ((UNNAMED,) if packed else ())
    lines = [
        [
            Cell(warehouse_word(name, words), note=_stock_note(stock.get(name), words)),
            *(_count(of_warehouse(packed, name), name, *which) for which in COUNTS),
            _counted(stock.get(name), now, words),
        ]
        for name in names
    ]
    columns = [
        Column(words("col_warehouse")),
        *(Column(words(key), is_number=True) for key in ("open", "at_risk", "overdue", "col_counted")),
    ]
    return Table(
        "warehouses",
        words("warehouses"),
        columns,
        lines,
        words("warehouses_none"),
        note=words("unfiltered"),
        hint=words("warehouses_help"),
    )


def _count(rows: Sequence[StageRow], warehouse: str, column: str, which: str, light: str) -> Cell:
    if not rows:
        return Cell("–")  # no order was ever packed there: no data, not zero
    value = sum(getattr(row, column) for row in rows)
    link = orders(which, warehouse=warehouse) if value else ""
    return Cell(number(value), link, light if value else "", sort=value)


def _stock_note(row: WarehouseRow | None, words: Words) -> str:
    if row is None:
        return ""
    return words("warehouse_moved", into=number(row.units_in_24h), out=number(row.units_out_24h))


def _counted(row: WarehouseRow | None, now: datetime | None, words: Words) -> Cell:
    if row is None or now is None:
        return Cell("–")
    if row.counted_at is None:
        return Cell(words("never"), sort=float("1e12"))
    seconds = max(0.0, (now - row.counted_at).total_seconds())
    return Cell(words("ago", time=words.duration(seconds)), sort=seconds)
