"""The index: by shop and window, with what it was counted from, its trend, and the self-check."""

import streamlit as st

from dashboard import limits, live, sheet
from dashboard.frame import View, begin, choose_shop, choose_window, problem_line, quiet
from dashboard.queries.board import read_csdi
from dashboard.queries.where import read_checks, read_hours
from dashboard.view_models.csdi import csdi_table, shops_of, window_table
from dashboard.view_models.where import check_table, trend_chart


def page() -> None:
    """Draw the filters once, the rest in one fragment."""
    view = begin("nav_csdi")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        window = choose_window(view.say)
        shop = choose_shop(view.say, shops_of(live.ask("csdi", read_csdi).value or ()))
    quiet(view.say("csdi_formula"))
    st.fragment(living, run_every=limits.REFRESH_S)(view, window, shop)


def living(view: View, window: str, shop: str) -> None:
    """Draw the index as it is now."""
    say = view.say
    csdi, hours = live.ask("csdi", read_csdi), live.ask("hours", read_hours, shop)
    checks = live.ask("checks", read_checks)
    rows = csdi.value or ()
    trend = trend_chart(hours.value or (), window, next(iter(rows), None), say, shop)
    sheet.show(
        "index",
        [
            sheet.with_problem(window_table(rows, shop, say), problem_line(csdi, say)),
            sheet.with_problem(trend, problem_line(hours, say)),
            sheet.with_problem(csdi_table(rows, window, say), problem_line(csdi, say)),
            sheet.with_problem(check_table(checks.value or (), say), problem_line(checks, say)),
        ],
        2,
    )


page()
