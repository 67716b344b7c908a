"""What makes one SKU run out, largest first, and when nothing is left of it. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from dashboard.blocks import Bar, Bars
from dashboard.queries.sku import Sku
from dashboard.queries.sku_drivers import Driver
from dashboard.words import Words, number

FORESEEN_DAYS: Final = 30
"""Days ahead that a pace of 24 h is believed; beyond it no instant is named."""
TWO_SIDED: Final = ("orders", "outbound", "counted", "calibrated")
"""Drivers that have a word of their own for what adds to stock."""


def driver_bars(found: Sequence[Driver] | None, one: Sku, clock_at: datetime | None, words: Words) -> Bars:
    """Return what took available stock, then what added to it, each largest first.

    `found` None: the store gave no answer, which is no data and not nothing. `clock_at` is the event clock.
    """
    title, hint = words("drivers"), words("drivers_help")
    if found is None:
        return Bars("drivers", title, [], words("no_data"), hint=hint)
    took = sum(row.units for row in found if row.units > 0)
    most = max((abs(row.units) for row in found), default=0)
    rows = sorted(found, key=lambda row: (row.units < 0, -abs(row.units)))
    bars = [_bar(row, took, most, words) for row in rows]
    return Bars("drivers", title, bars, _empty(one, words), _foresight(one, clock_at, words), hint)


def _bar(row: Driver, took: int, most: int, words: Words) -> Bar:
    told = [words("of_orders", orders=number(row.orders))] if row.orders else []
    figure = f"{-row.units:+,}"
    if row.units > 0:
        figure += f" · {words.percent(row.units / took, 0)}"
    else:
        told.append(words("driver_adds"))
    return Bar(driver_word(row, words), figure, abs(row.units) / most, note=" · ".join(told))


def driver_word(row: Driver, words: Words) -> str:
    """Return what the cause is called; one that adds to stock may have another word than one that takes."""
    adds = "_back" if row.units < 0 and row.driver in TWO_SIDED else ""
    is_platform = row.driver == "orders"
    place = words.term("platform", row.place) if is_platform else row.place
    reason = words.term("move", row.reason)
    return words(f"driver_{row.driver}{adds}", place=place or words("driver_unnamed"), reason=reason)


def _empty(one: Sku, words: Words) -> str:
    return words("sku_grey") if one.on_hand is None else words("drivers_none")


def _foresight(one: Sku, clock_at: datetime | None, words: Words) -> str:
    """Return when nothing is left at the pace of 24 h; "" where no pace is known, or nothing is sold."""
    if one.available is None:
        return words("drivers_uncounted")
    if one.available <= 0:
        return words("runs_out_now")
    if one.hours_of_cover is None or clock_at is None:
        return ""
    if one.hours_of_cover > FORESEEN_DAYS * 24:
        return words("runs_out_later", days=FORESEEN_DAYS)
    at = clock_at + timedelta(hours=one.hours_of_cover)
    return words("runs_out", time=words.short_clock(at, with_day=True), zone=words.offset(at))
