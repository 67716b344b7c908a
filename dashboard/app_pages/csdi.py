"""The index: by shop and window, with what it was counted from, its trend, and the self-check."""

from dataclasses import replace

import streamlit as st

from dashboard import chips, live, sheet
from dashboard.frame import (
    View,
    again_and_again,
    begin,
    choose_platform,
    choose_shop,
    choose_window,
    problem_line,
    quiet,
)
from dashboard.queries.board import Within, read_csdi
from dashboard.queries.where import read_checks, read_hours, read_hours_of, read_stages
from dashboard.view_models.chips import platform_filter, shop_filter, window_filter
from dashboard.view_models.csdi import csdi_table, shops_of, window_table
from dashboard.view_models.platforms import of_platform, shops_on
from dashboard.view_models.where import check_table, scope, trend_chart
from schemas.vocabulary import Platform


def page() -> None:
    """Draw the filters once, the rest in one fragment."""
    view = begin("nav_csdi")
    say = view.say
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        window = choose_window(say)
        platform = choose_platform(say, list(Platform))
        shop = choose_shop(say, shops_of(live.ask("csdi", read_csdi).value or ()))
    known = (window_filter(say), platform_filter(say), shop_filter(say))
    chips.show("csdi", known, {"window": window, "platform": platform, "shop": shop}, say)
    quiet(f"{say('csdi_formula')} {say('csdi_warehouses')}")
    again_and_again(living)(view, window, platform, shop)


def living(view: View, window: str, platform: str, shop: str) -> None:
    """Draw the index as it is now."""
    say = view.say
    csdi, checks = live.ask("csdi", read_csdi), live.ask("checks", read_checks)
    rows, named = csdi.value or (), shop
    if platform:
        stages = live.ask("stages", read_stages)
        shops = shops_on(stages.value or (), platform)
        csdi = csdi if csdi.problem else replace(csdi, problem=stages.problem)
        rows = of_platform(rows, shops)
        mine = shops if not shop else tuple(one for one in shops if one == shop)
        hours = live.ask("hours_of", read_hours_of, mine)
        named = scope(Within(shop, platform), say)
    else:
        hours = live.ask("hours", read_hours, shop)
    of_shops, of_windows = (
        csdi_table(rows, window, say, platform, shop),
        window_table(rows, shop, say, platform),
    )
    trend = trend_chart(hours.value or (), window, next(iter(csdi.value or ()), None), say, named)
    sheet.show(
        "index",
        [
            sheet.with_problem(of_windows, problem_line(csdi, say)),
            sheet.with_problem(trend, problem_line(hours, say)),
            sheet.with_problem(of_shops, problem_line(csdi, say)),
            sheet.with_problem(check_table(checks.value or (), say), problem_line(checks, say)),
        ],
        2,
    )


page()
