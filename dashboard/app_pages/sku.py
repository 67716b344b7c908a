"""One SKU: what is there, where, for whom, how fast it goes, and why it is not sold; or all of them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from dashboard import limits, live, sheet, source
from dashboard.blocks import Block
from dashboard.frame import View, begin, choose, offer_file, problem_line, quiet, select
from dashboard.live import Snapshot
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
from dashboard.view_models import sku as shown
from dashboard.view_models.lists import csv_name, csv_of, cut_line


def page() -> None:
    """Draw the SKU that the address names, else the list."""
    view = begin("nav_sku")
    say, wanted = view.say, cleaned(st.query_params.get("sku", ""))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if wanted:
            length = choose(
                "length", list(WINDOWS_SHOWN), "1h", lambda one: say(f"windows_{one}"), say("windows")
            )
            st.button(say("all_skus"), key="all_skus", type="tertiary", on_click=_all, icon=":material/list:")
        else:
            light = select(
                "light", shown.LIGHTS, say("col_light"), say("all_lights"), lambda one: say(f"light_{one}")
            )
    if wanted:
        st.fragment(_one, run_every=limits.REFRESH_S)(view, wanted, length)
    else:
        st.fragment(_list, run_every=limits.REFRESH_S)(view, light)


def _all() -> None:
    st.query_params.pop("sku", None)


def _list(view: View, light: str) -> None:
    say, found = view.say, live.ask("skus", read_skus, light)
    if found.problem:
        st.warning(problem_line(found, say), icon=":material/cloud_off:")
    if found.value is not None:
        _head(view, found.value, light, found.as_of or datetime.now(UTC))
        sheet.show("skus", [shown.list_table(found.value, say)], faded=found.problem is not None)


def _head(view: View, rows: Sequence[Sku], light: str, as_of: datetime) -> None:
    say, reader = view.say, source.reader()

    def whole() -> bytes:
        every = read_skus(reader, light, cap=limits.EXPORT_CAP)
        return csv_of(shown.FILE_COLUMNS, shown.list_records(every, say), say)

    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        line = cut_line(len(rows), rows[0].total if rows else 0, say)
        quiet(f"{line} · {say('as_of', time=say.clock(as_of))}", width="content")
        if rows:
            offer_file(say, whole, csv_name(as_of, light, say, say("file_skus")))


def _one(view: View, wanted: str, length: str) -> None:
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
    sheet.show("sku", [shown.standing(one, say), shown.figures(one, say)], faded=found.problem is not None)
    places, held = live.ask("places", read_places, wanted), live.ask("held", read_reservations, wanted)
    windows = live.ask("windows", read_windows, wanted, length)
    apart, told = live.ask("apart", read_deviations, wanted), live.ask("told", read_suspensions, wanted)
    moved, largest = shown.window_charts(windows.value or (), length, say)
    parts: list[tuple[Block, Snapshot[Any]]] = [  # rows of any part
        (shown.place_table(places.value or (), say), places),
        (shown.reservation_bars(held.value or (), say), held),
        (moved, windows),
        (largest, windows),
        (shown.deviation_table(apart.value or (), say), apart),
        (shown.suspension_table(told.value or (), say), told),
    ]
    sheet.show("parts", [sheet.with_problem(block, problem_line(read, say)) for block, read in parts], 2)


page()
