"""The health board: one light, one index, the counts, the orders to act on now, and where they are."""

from dataclasses import replace
from datetime import UTC, datetime

import streamlit as st

from dashboard import chips, face, limits, live, sheet, source
from dashboard.blocks import Block
from dashboard.filters import choose_known_warehouse
from dashboard.frame import (
    View,
    again_and_again,
    begin,
    choose_platform,
    choose_shop,
    choose_window,
    lag_s,
    offer_file,
    problem_line,
)
from dashboard.live import Snapshot
from dashboard.queries.board import (
    EVERYTHING,
    AtRiskList,
    BoardRow,
    Within,
    read_at_risk,
    read_board,
    read_csdi,
)
from dashboard.queries.forecast import read_forecast
from dashboard.queries.where import (
    WarehouseRow,
    WarehouseStageRow,
    read_checks,
    read_hours,
    read_kinds,
    read_stages,
    read_warehouse_stages,
    read_warehouses,
)
from dashboard.queries.yesterday import read_promise_then, read_yesterday
from dashboard.view_models.board import (
    VerdictView,
    age_view,
    anomalies_view,
    budget_view,
    count_views,
    stale_view,
    verdict_view,
)
from dashboard.view_models.chips import platform_filter, shop_filter, warehouse_filter, window_filter
from dashboard.view_models.csdi import csdi_view, shops_of
from dashboard.view_models.forecast import forecast_view
from dashboard.view_models.freshness import behind
from dashboard.view_models.lists import at_risk_table, csv_file, csv_name, list_line
from dashboard.view_models.warehouses import of_warehouse, warehouse_table
from dashboard.view_models.where import (
    check_table,
    kind_bars,
    platform_table,
    scope,
    stage_bars,
    trend_chart,
)
from dashboard.view_models.yesterday import beside_budget, beside_counts, beside_promise, of_window
from dashboard.words import Words
from schemas.vocabulary import Light, Platform

Filters = tuple[str, Within]  # window, and what narrows lists and charts


def page() -> None:
    """Draw title and filters once, the living part in one fragment."""
    view = begin("title")
    window, within = limits.DEFAULT_WINDOW, EVERYTHING
    if not view.wall:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            window = choose_window(view.say)
            within = Within(
                choose_shop(view.say, shops_of(live.ask("csdi", read_csdi).value or ())),
                choose_platform(view.say, list(Platform)),
                choose_known_warehouse(view.say),
            )
        _chips(view.say, (window, within))
    again_and_again(living, has_own_age=True)(view, (window, within))


def _chips(say: Words, filters: Filters) -> None:
    window, within = filters
    known = (window_filter(say), shop_filter(say), platform_filter(say), warehouse_filter(say))
    chips.show("health", known, {"window": window, **within._asdict()}, say)


def _warehouses() -> tuple[Snapshot[tuple[WarehouseStageRow, ...]], Snapshot[tuple[WarehouseRow, ...]]]:
    return live.ask("warehouse_stages", read_warehouse_stages), live.ask("warehouses", read_warehouses)


def living(view: View, filters: Filters) -> None:
    """Draw everything that changes; all of it is read here, so it is of one moment."""
    board = live.ask("board", read_board)
    face.show(_face(view, board, filters), view.say)
    if _nothing_yet(board):
        _first_start(view.say, away=board.problem is not None)
        return
    if not view.wall:
        _act_now(filters, view.say, everything_away=board.problem is not None)
    _where(view, board, filters)


def _face(view: View, board: Snapshot[BoardRow | None], filters: Filters) -> face.Face:
    (window, within), shop = filters, filters[1].shop
    say, now, row, chosen = view.say, datetime.now(UTC), board.value, any(within)
    csdi, settled = live.ask("csdi", read_csdi), live.ask("promise_then", read_promise_then)
    both = of_window(csdi.value or (), settled.value, window, shop)
    index = csdi_view(csdi.value or (), window, shop, say)
    budget = budget_view(csdi.value or (), window, shop, say)
    if within.platform or within.warehouse:  # promises are counted by shop only
        budget = replace(budget, scope=shop or say("all_shops"))
    kinds, then = live.ask("kinds", read_kinds), live.ask("yesterday", read_yesterday)
    counts = (*count_views(row, say, narrowed=chosen), anomalies_view(kinds.value, say, narrowed=chosen))
    *counted, anomalies = beside_counts(counts, row, kinds.value, then.value, say)
    alone = csdi.problem is not None and board.problem is None
    st.session_state["looks"] = st.session_state.get("looks", 0) + 1
    return face.Face(
        verdict=_verdict(board, now, say),
        stale=stale_view(say),
        age=age_view(row, now),
        csdi=beside_promise(index, both, say),
        counts=(*counted, beside_budget(budget, both, say), anomalies),
        banner=_banner(board, say),
        start=_nothing_yet(board),
        faded=board.problem is not None,
        csdi_problem=problem_line(csdi, say) if alone else "",
        clock=_clock(row, say),
        scope=say("unfiltered") if chosen else "",
        drawn_at=now,
        refresh=st.session_state["looks"],
        wall=view.wall,
    )


def _clock(row: BoardRow | None, say: Words) -> str:
    at = say("clock", time=say.clock(row.clock_at)) if row and row.clock_at else ""
    return " · ".join(part for part in (at, behind(lag_s(), say)) if part)


def _verdict(board: Snapshot[BoardRow | None], now: datetime, say: Words) -> VerdictView:
    verdict = verdict_view(board.value, now, say, away=board.problem is not None)
    if verdict.light == Light.GREY:  # old data says nothing of the hours ahead
        return verdict
    return replace(verdict, forecast=forecast_view(live.ask("forecast", read_forecast).value, say))


def _nothing_yet(board: Snapshot[BoardRow | None]) -> bool:
    return board.value is None or board.value.newest_received_at is None


def _banner(board: Snapshot[BoardRow | None], say: Words) -> face.Banner | None:
    problem = board.problem
    if problem is None or board.as_of is None or _nothing_yet(board):
        return None
    text = say("away", since=say.clock(problem.since), as_of=say.clock(board.as_of))
    return face.Banner(text, say("error_ref", kind=problem.kind, error_id=problem.error_id))


def _first_start(say: Words, *, away: bool) -> None:
    with st.container(border=True):
        st.subheader(say("start_title"), anchor=False)
        st.write(say("start_away" if away else "start_body"))
        st.code(
            f"certainty up                                    # {say('start_up')}\n"
            f"certainty import FILE --mapping NAME --wait     # {say('start_import')}\n"
            f"certainty simulate --orders 500 --speed 60      # {say('start_simulate')}",
            language="bash",
        )


def _act_now(filters: Filters, say: Words, *, everything_away: bool) -> None:
    _, within = filters
    listed = live.ask("at_risk", read_at_risk, within)
    found = listed.value
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        with st.container(horizontal=True, width="content", vertical_alignment="center", gap="small"):
            st.subheader(say("list_title"), anchor=False, help=say("list_help"), width="content")
            if found and found.rows:
                st.markdown(list_line(found, say), width="content")
        if found and found.rows:
            _download(listed.as_of or datetime.now(UTC), within, say)
    if listed.problem and not everything_away:
        st.warning(problem_line(listed, say), icon=":material/cloud_off:")
    if found and found.rows:
        sheet.show("act_now", [at_risk_table(found.rows, say)], faded=listed.problem is not None)
    elif found is not None:
        _empty(within, say)


def _download(as_of: datetime, within: Within, say: Words) -> None:
    reader = source.reader()

    def whole() -> bytes:
        # Asked anew at the click, without the screen's cap: the file holds the whole filter.
        found: AtRiskList = read_at_risk(reader, within, limits.EXPORT_CAP)
        return csv_file(found.rows, say)

    offer_file(say, whole, csv_name(as_of, "-".join(filter(None, within)), say))


def _empty(within: Within, say: Words) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        named = scope(within, say)
        text = say("list_empty_shop", shop=named) if named else say("list_empty")
        st.markdown(f":green[:material/check_circle:] {text}", width="content")
        if named:
            st.button(say("clear_shop"), key="clear_shop", type="tertiary", on_click=_clear)


def _clear() -> None:
    for name in Within._fields:
        st.session_state[name] = ""


def _where(view: View, board: Snapshot[BoardRow | None], filters: Filters) -> None:
    window, within = filters
    say, clock = view.say, board.value.clock_at if board.value else None
    stages, kinds = live.ask("stages", read_stages), live.ask("kinds", read_kinds)
    hours, csdi = live.ask("hours", read_hours, within.shop), live.ask("csdi", read_csdi).value or ()
    checks, (packed, told) = live.ask("checks", read_checks), _warehouses()
    staged = packed if within.warehouse else stages
    rows = of_warehouse(packed.value or (), within.warehouse) if within.warehouse else stages.value or ()
    blocks: list[tuple[Block, Snapshot[object]]] = [
        (stage_bars(rows, within, say), staged),
        (kind_bars(kinds.value or (), clock, say), kinds),
        (trend_chart(hours.value or (), window, next(iter(csdi), None), say, within.shop), hours),
        (platform_table(stages.value or (), say), stages),
        (check_table(checks.value or (), say), checks),
        (warehouse_table(packed.value or (), told.value or (), clock, say), packed),
    ]
    away = board.problem is not None
    shown = [block if away else sheet.with_problem(block, problem_line(read, say)) for block, read in blocks]
    sheet.show("where", shown, 3, faded=away, wall=view.wall)


page()
