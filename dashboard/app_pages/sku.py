"""One SKU: what is there, where, for whom, how fast it goes, and why it is not sold; or all of them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from dashboard import limits, live, sheet, source
from dashboard.blocks import Block
from dashboard.filters import choose_within, show_chips
from dashboard.frame import View, again_and_again, begin, choose, offer_file, problem_line, quiet, select
from dashboard.live import Snapshot
from dashboard.queries.board import read_board
from dashboard.queries.chosen import Chosen
from dashboard.queries.desk import cleaned
from dashboard.queries.sku import (
    WINDOWS_SHOWN,
    Sku,
    read_deviations,
    read_places,
    read_reservations,
    read_skus,
    read_suspensions,
    read_windows,
)
from dashboard.queries.sku_drivers import read_drivers
from dashboard.queries.sku_orders import read_on_time, read_sku_orders
from dashboard.view_models import sku as shown
from dashboard.view_models.chips import Filter
from dashboard.view_models.lists import csv_name, csv_of, cut_line
from dashboard.view_models.scopes import with_scope
from dashboard.view_models.sku_drivers import driver_bars
from dashboard.view_models.sku_orders import COLUMNS, on_time_facts, sku_order_records, sku_order_table


def page() -> None:
    """Draw the SKU that the address names, else the list."""
    view = begin("nav_sku")
    say, wanted = view.say, cleaned(st.query_params.get("sku", ""))
    light, length = "", ""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if not wanted:
            light = select(
                "light", shown.LIGHTS, say("col_light"), say("all_lights"), lambda one: say(f"light_{one}")
            )
        chosen = choose_within(say)
        if wanted:
            length = choose(
                "length", list(WINDOWS_SHOWN), "1h", lambda one: say(f"windows_{one}"), say("windows")
            )
            st.button(say("all_skus"), key="all_skus", type="tertiary", on_click=_all, icon=":material/list:")
    lit = Filter("light", say("col_light"), lambda one: say.term("light", one))
    steps = {"sku": wanted, "length": length} if wanted else {"light": light}
    show_chips("sku", chosen, say, (lit,), **steps)
    if wanted:
        again_and_again(_one)(view, wanted, length, chosen)
    else:
        again_and_again(_list)(view, light, chosen)


def _all() -> None:
    st.query_params.pop("sku", None)


def _list(view: View, light: str, chosen: Chosen) -> None:
    say, found = view.say, live.ask("skus", read_skus, light, "", chosen)
    if found.problem:
        st.warning(problem_line(found, say), icon=":material/cloud_off:")
    if found.value is not None:
        _list_head(view, found, light, chosen)
        sheet.show("skus", [shown.list_table(found.value, say)], faded=found.problem is not None)


def _list_head(view: View, found: Snapshot[tuple[Sku, ...]], light: str, chosen: Chosen) -> None:
    say, reader, rows = view.say, source.reader(), found.value or ()

    def whole() -> bytes:
        every = read_skus(reader, light, "", chosen, limits.EXPORT_CAP)
        return csv_of(shown.FILE_COLUMNS, shown.list_records(every, say), say)

    line = with_scope(cut_line(len(rows), rows[0].total if rows else 0, say), chosen, say, *shown.LIST_OBEYS)
    name = "-".join(part for part in (light, *chosen[:2]) if part)
    _head(view, line, found, (whole, name, say("file_skus")) if rows else None)


def _head(
    view: View, line: str, found: Snapshot[Any], file: tuple[Callable[[], bytes], str, str] | None
) -> None:
    say, as_of = view.say, found.as_of or datetime.now(UTC)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        quiet(f"{line} · {say('as_of', time=say.clock(as_of))}", width="content")
        if file:
            whole, name, what = file
            offer_file(say, whole, csv_name(as_of, name, say, what))


def _one(view: View, wanted: str, length: str, chosen: Chosen) -> None:
    say = view.say
    found = live.ask("sku", read_skus, "", wanted)
    if found.problem:
        st.warning(problem_line(found, say), icon=":material/cloud_off:")
    if found.value is None:
        return
    if not found.value:
        st.warning(say("sku_unknown", sku=wanted), icon=":material/search_off:")
        return
    st.subheader(wanted, anchor=False)
    one = found.value[0]
    figures = shown.figures(one, say)
    figures = replace(figures, note=with_scope(figures.note, chosen, say))
    sheet.show("sku", [shown.standing(one, say), figures], faded=found.problem is not None)
    _orders(view, wanted, chosen)
    parts = _parts(view, one, length, chosen)
    sheet.show("parts", [sheet.with_problem(block, problem_line(read, say)) for block, read in parts], 2)


def _orders(view: View, wanted: str, chosen: Chosen) -> None:
    """The open orders that need it, late first; the file holds the whole filter."""
    say, reader = view.say, source.reader()
    found = live.ask("sku_orders", read_sku_orders, wanted, chosen)
    st.subheader(say("sku_orders"), anchor=False, help=say("sku_orders_help"))
    if found.problem:
        st.warning(problem_line(found, say), icon=":material/cloud_off:")
    if found.value is None:
        return
    rows, total = found.value.rows, found.value.total

    def whole() -> bytes:
        every = read_sku_orders(reader, wanted, chosen, limits.EXPORT_CAP).rows
        return csv_of(COLUMNS, sku_order_records(every, say), say)

    line = with_scope(cut_line(len(rows), total, say), chosen, say, "platform", "warehouse")
    name = "-".join(part for part in (wanted, *chosen[:2]) if part)
    _head(view, line, found, (whole, name, say("file_sku_orders")) if rows else None)
    sheet.show("sku_orders", [sku_order_table(rows, say)], faded=found.problem is not None)


def _parts(view: View, one: Sku, length: str, chosen: Chosen) -> Sequence[tuple[Block, Snapshot[Any]]]:
    """What else is known of it, each with what it says of the filters."""
    say, wanted = view.say, one.sku
    causes, board = live.ask("drivers", read_drivers, wanted), live.ask("board", read_board).value
    clock_at = board.clock_at if board else None
    kept = live.ask("on_time", read_on_time, wanted, chosen)
    places, held = (
        live.ask("places", read_places, wanted, chosen),
        live.ask("held", read_reservations, wanted, chosen),
    )
    windows = live.ask("windows", read_windows, wanted, length)
    apart = live.ask("apart", read_deviations, wanted, chosen)
    told = live.ask("told", read_suspensions, wanted, chosen)
    moved, largest = shown.window_charts(windows.value or (), length, say)
    period = "" if chosen.window != "all" else say("window_all")
    every = ("platform", "warehouse", "window")
    scope = with_scope(period, chosen, say, *every)
    on_time = on_time_facts(kept.value, wanted, chosen, scope, say)
    parts: list[tuple[Any, Snapshot[Any], tuple[str, ...]]] = [  # blocks that have a note; rows of any part
        (driver_bars(causes.value, one, clock_at, say), causes, ()),
        (shown.place_table(places.value or (), say), places, ("warehouse",)),
        (shown.reservation_bars(held.value or (), say), held, ("platform",)),
        (moved, windows, ()),
        (largest, windows, ()),
        (shown.deviation_table(apart.value or (), say), apart, ("warehouse", "window")),
        (shown.suspension_table(told.value or (), say), told, ("platform", "window")),
    ]
    rest = [
        (replace(block, note=with_scope(block.note, chosen, say, *obeyed)), read)
        for block, read, obeyed in parts
    ]
    return [*rest[:2], (on_time, kept), *rest[2:]]


page()
