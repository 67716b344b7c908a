"""The orders behind a number of another page: a set, its filters, and the file of all of it."""

from datetime import UTC, datetime

import streamlit as st

from dashboard import chips, limits, live, sheet, source
from dashboard.filters import choose_known_warehouse
from dashboard.frame import (
    View,
    again_and_again,
    begin,
    choose_platform,
    choose_shop,
    choose_window,
    offer_file,
    problem_line,
    quiet,
    select,
)
from dashboard.queries.board import read_csdi
from dashboard.queries.desk import cleaned
from dashboard.queries.orders import SETS, Wanted, read_mismatches, read_orders
from dashboard.view_models.chips import (
    Filter,
    platform_filter,
    shop_filter,
    stage_filter,
    warehouse_filter,
    window_filter,
)
from dashboard.view_models.csdi import shops_of
from dashboard.view_models.lists import (
    MISMATCH_COLUMNS,
    ORDER_COLUMNS,
    Marks,
    csv_name,
    csv_of,
    cut_line,
    mismatch_records,
    order_records,
    order_table,
    orders_table,
)
from dashboard.view_models.where import STAGES
from dashboard.words import Words
from schemas.vocabulary import Platform

MISMATCH = "mismatch"
SETTLED = ("kept", "broken")


def page() -> None:
    """Draw the filters once, the list in one fragment."""
    view = begin("nav_orders")
    say = view.say
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        which = select(
            "set", [*SETS[:-1], MISMATCH], say("set"), say("set_all"), lambda one: say(f"set_{one}")
        )
        shop = choose_shop(say, shops_of(live.ask("csdi", read_csdi).value or ()))
        platform = choose_platform(say, list(Platform))
        warehouse = choose_known_warehouse(say)
        stage = select("stage", STAGES, say("col_stage"), say("all_stages"), lambda one: say(f"stage_{one}"))
        window = choose_window(say) if which in SETTLED else limits.DEFAULT_WINDOW
    sku = cleaned(st.query_params.get("sku", ""))
    wanted = Wanted(which or "all", shop, platform, stage, window, warehouse, sku)
    _chips(say, which, wanted)
    again_and_again(living)(view, wanted)


def _chips(say: Words, which: str, wanted: Wanted) -> None:
    which_orders = Filter("set", say("set"), lambda one: say(f"set_{one}"))
    where = (shop_filter(say), platform_filter(say), warehouse_filter(say), stage_filter(say))
    known = (which_orders, *where, Filter("sku", "SKU", str), window_filter(say))
    chosen = {name: value for name, value in wanted._asdict().items() if name != "which"}
    chips.show("orders", known, {"set": which, **chosen}, say)


def living(view: View, wanted: Wanted) -> None:
    """Draw the list as it is now."""
    if wanted.which == MISMATCH:
        _mismatches(view)
    else:
        _orders(view, wanted)


def _orders(view: View, wanted: Wanted) -> None:
    say, reader = view.say, source.reader()
    found = live.ask("orders", read_orders, wanted)
    if found.problem:
        st.warning(problem_line(found, say), icon=":material/cloud_off:")
    if found.value is None:
        return
    rows, total = found.value.rows, found.value.total

    def whole() -> bytes:
        every = read_orders(reader, wanted, limits.EXPORT_CAP).rows
        return csv_of(ORDER_COLUMNS, order_records(every, say), say)

    _head(
        view,
        cut_line(len(rows), total, say),
        whole,
        "-".join(filter(None, (*wanted[:4], wanted.warehouse, wanted.sku))),
        found.as_of,
    )
    if rows:
        sheet.show("orders", [orders_table(rows, say)], faded=found.problem is not None)
    else:
        st.info(say("orders_none"), icon=":material/check_circle:")


def _mismatches(view: View) -> None:
    say, reader = view.say, source.reader()
    found = live.ask("mismatches", read_mismatches)
    if found.problem:
        st.warning(problem_line(found, say), icon=":material/cloud_off:")
    if found.value is None:
        return
    rows, total = found.value

    def whole() -> bytes:
        every, _ = read_mismatches(reader, limits.EXPORT_CAP)
        return csv_of(MISMATCH_COLUMNS, mismatch_records(every, say), say)

    quiet(say("mismatch_help"))
    _head(view, cut_line(len(rows), total, say), whole, MISMATCH, found.as_of)
    if rows:
        records = mismatch_records(rows, say)
        sheet.show("orders", [order_table(MISMATCH_COLUMNS, records, Marks(["yellow"] * len(rows)), say)])
    else:
        st.info(say("orders_none"), icon=":material/check_circle:")


def _head(view: View, line: str, whole, name: str, as_of: datetime | None) -> None:  # type: ignore[no-untyped-def]
    say, moment = view.say, as_of or datetime.now(UTC)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(f"{line} · {say('as_of', time=say.clock(moment))}", width="content")
        offer_file(say, whole, csv_name(moment, name, say, say("file_orders")))


page()
