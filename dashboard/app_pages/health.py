"""The health board: one light, one index, the counts, and the orders to act on now."""

from datetime import UTC, datetime

import streamlit as st

from dashboard import face, limits, live, source
from dashboard.frame import choose_language, choose_shop, choose_window, words
from dashboard.lists import csv_file, csv_name, list_line, table_rows
from dashboard.live import Snapshot
from dashboard.queries import AtRiskList, BoardRow, CsdiRow, read_at_risk
from dashboard.theme import status_colours
from dashboard.view_models import (
    CsdiView,
    age_view,
    count_views,
    csdi_view,
    shops_of,
    stale_view,
    verdict_view,
)
from dashboard.words import Words


def page() -> None:
    """Draw title and filters once, the living part in one fragment."""
    say = words()
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.title(say("title"), anchor=False, width="content")
        with st.container(horizontal=True, width="content", vertical_alignment="center"):
            window = choose_window(say)
            shop = choose_shop(say, shops_of(live.csdi().value or ()))
            choose_language(say)
    st.fragment(living, run_every=limits.REFRESH_S)(window, shop, say)


def living(window: str, shop: str, say: Words) -> None:
    """Draw everything that changes; all of it is read here, so it is of one moment."""
    board, csdi, listed = live.board(), live.csdi(), live.at_risk(shop)
    index = csdi_view(csdi.value or (), window, shop, say)
    alone = csdi.problem is not None and board.problem is None
    face.show(_face(board, index, _part_problem(csdi, say) if alone else "", shop, say), say)
    if _nothing_yet(board):
        _first_start(say, away=board.problem is not None)
    else:
        _act_now(listed, shop, say, everything_away=board.problem is not None)


def _face(
    board: Snapshot[BoardRow | None], index: CsdiView, index_problem: str, shop: str, say: Words
) -> face.Face:
    now, row = datetime.now(UTC), board.value
    st.session_state["looks"] = st.session_state.get("looks", 0) + 1
    return face.Face(
        verdict=verdict_view(row, now, say, away=board.problem is not None),
        stale=stale_view(say),
        age=age_view(row, now),
        csdi=index,
        counts=count_views(row, shop, say),
        banner=_banner(board, say),
        start=_nothing_yet(board),
        faded=board.problem is not None,
        csdi_problem=index_problem,
        clock=say("clock", time=say.clock(row.clock_at)) if row and row.clock_at else "",
        scope=say("every_shop") if shop else "",
        drawn_at=now,
        refresh=st.session_state["looks"],
    )


def _nothing_yet(board: Snapshot[BoardRow | None]) -> bool:
    return board.value is None or board.value.newest_received_at is None


def _banner(board: Snapshot[BoardRow | None], say: Words) -> face.Banner | None:
    problem = board.problem
    if problem is None or board.as_of is None or _nothing_yet(board):
        return None
    text = say("away", since=say.clock(problem.since), as_of=say.clock(board.as_of))
    return face.Banner(text, say("error_ref", kind=problem.kind, error_id=problem.error_id))


def _part_problem(snapshot: Snapshot[AtRiskList] | Snapshot[tuple[CsdiRow, ...]], say: Words) -> str:
    problem = snapshot.problem
    if problem is None:
        return ""
    since = say.clock(problem.since)
    kept = snapshot.as_of
    text = (
        say("away_part", since=since, as_of=say.clock(kept)) if kept else say("away_part_none", since=since)
    )
    return f"{text} {say('error_ref', kind=problem.kind, error_id=problem.error_id)}"


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


def _act_now(listed: Snapshot[AtRiskList], shop: str, say: Words, *, everything_away: bool) -> None:
    found = listed.value
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        with st.container(horizontal=True, width="content", vertical_alignment="center", gap="small"):
            st.subheader(say("list_title"), anchor=False, help=say("list_help"), width="content")
            if found and found.rows:
                st.markdown(list_line(found, say), width="content")
        if found and found.rows:
            _download(listed.as_of or datetime.now(UTC), shop, say)
    if listed.problem and not everything_away:
        st.warning(_part_problem(listed, say), icon=":material/cloud_off:")
    if found is None:
        return
    if found.rows:
        _table(found, say)
    else:
        _empty(shop, say)


def _download(as_of: datetime, shop: str, say: Words) -> None:
    reader = source.reader()
    st.download_button(
        say("download"),
        # Asked anew at the click, without the screen's cap: the file holds the whole filter.
        data=lambda: csv_file(read_at_risk(reader, shop, limits.EXPORT_CAP).rows, say),
        file_name=csv_name(as_of, shop, say),
        mime="text/csv",
        key="download",
        help=say("download_help"),
        icon=":material/download:",
        on_click="ignore",
    )


def _table(found: AtRiskList, say: Words) -> None:
    rows = [record | {"status": [record["status"]]} for record in table_rows(found.rows, say)]
    column = st.column_config
    zone = say.offset(found.rows[0].deadline_at or datetime.now(UTC))
    st.dataframe(
        rows,
        hide_index=True,
        height=min(38 * (len(rows) + 1), 382),
        row_height=35,
        key="at_risk",
        column_config={
            "status": column.MultiselectColumn(
                say("col_status"), options=[say("late"), say("soon")], color=status_colours(), width=110
            ),
            "order": column.TextColumn(say("col_order")),
            "platform": column.TextColumn(say("col_platform"), width=110),
            "shop": column.TextColumn(say("col_shop")),
            "phase": column.TextColumn(say("col_phase"), width=110),
            "promise": column.TextColumn(say("col_promise"), width=90),
            "deadline": column.DatetimeColumn(
                say("col_deadline", zone=zone), format="YYYY-MM-DD HH:mm:ss", timezone=say.zone.key
            ),
            "left": column.TextColumn(say("col_left")),
        },
    )


def _empty(shop: str, say: Words) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        text = say("list_empty_shop", shop=shop) if shop else say("list_empty")
        st.markdown(f":green[:material/check_circle:] {text}", width="content")
        if shop:
            st.button(say("clear_shop"), key="clear_shop", type="tertiary", on_click=_clear_shop)


def _clear_shop() -> None:
    st.session_state["shop"] = ""


page()
