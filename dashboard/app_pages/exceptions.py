"""The supervisor's page: decide locked orders, take anomalies, see what healed and what was done wrongly."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from dashboard import deciding, limits, live, sheet, source
from dashboard.blocks import Table
from dashboard.frame import View, begin, choose, choose_shop, choose_window, offer_file, problem_line, select
from dashboard.identity import Role
from dashboard.live import Snapshot
from dashboard.queries.board import read_csdi
from dashboard.queries.exceptions import read_ended, read_healing, read_locked, read_open, read_review
from dashboard.view_models.csdi import shops_of
from dashboard.view_models.exceptions import (
    ENDED_COLUMNS,
    ENDS,
    LOCKED_COLUMNS,
    OPEN_COLUMNS,
    REVIEW_COLUMNS,
    anomaly_records,
    ended_table,
    healing_table,
    locked_records,
    locked_table,
    open_table,
    review_records,
    review_table,
)
from dashboard.view_models.lists import csv_name, csv_of, cut_line
from schemas.vocabulary import AnomalyKind

VIEWS = ("locked", "open", "healed", "review")


def page() -> None:
    """Draw the choice of list and its filters once, the list in one fragment."""
    view = begin("nav_exceptions")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        chosen = choose("view", VIEWS, "locked", lambda name: view.say(f"view_{name}"), view.say("view"))
        filters = _filters(chosen, view)
    deciding.draw(view, chosen)
    st.fragment(living, run_every=limits.REFRESH_S)(view, chosen, filters)


def _filters(chosen: str, view: View) -> tuple[str, ...]:
    say = view.say
    if chosen == "locked":
        return (choose_shop(say, shops_of(live.ask("csdi", read_csdi).value or ())),)
    if chosen == "review":
        return ()
    kind = select(
        "kind", list(AnomalyKind), say("col_kind"), say("all_kinds"), lambda one: say.term("kind", one)
    )
    if chosen == "open":
        whose = select(
            "whose",
            ["nobody", "somebody"],
            say("col_taken"),
            say("whose_all"),
            lambda one: say(f"whose_{one}"),
        )
        return kind, whose
    end = choose("end", ENDS, "healed", lambda one: say(f"end_{one}"), say("view_healed"))
    return end, kind, choose_window(say)


def living(view: View, chosen: str, filters: tuple[str, ...]) -> None:
    """Draw the list as it is now."""
    draw: dict[str, Callable[..., None]] = {
        "locked": _locked,
        "open": _open,
        "healed": _healed,
        "review": _review,
    }
    draw[chosen](view, *filters)


def _locked(view: View, shop: str) -> None:
    say, reader = view.say, source.reader()
    found = live.ask("locked", read_locked, shop)

    def whole() -> bytes:
        return csv_of(LOCKED_COLUMNS, locked_records(read_locked(reader, shop, limits.EXPORT_CAP), say), say)

    _list(view, found, lambda rows: locked_table(rows, say), whole, "locked")


def _open(view: View, kind: str, whose: str) -> None:
    say, reader = view.say, source.reader()
    found = live.ask("open", read_open, kind, whose)

    def whole() -> bytes:
        return csv_of(
            OPEN_COLUMNS, anomaly_records(read_open(reader, kind, whose, limits.EXPORT_CAP), say), say
        )

    can_act = view.person.may(Role.SUPERVISOR)
    _list(view, found, lambda rows: open_table(rows, say, can_act=can_act), whole, "open")


def _healed(view: View, end: str, kind: str, window: str) -> None:
    say, reader = view.say, source.reader()
    healing = live.ask("healing", read_healing, window)
    found = live.ask("ended", read_ended, end, kind)
    rate = healing_table(healing.value, window, say)
    sheet.show("healing", [sheet.with_problem(rate, problem_line(healing, say))])

    def whole() -> bytes:
        return csv_of(
            ENDED_COLUMNS, anomaly_records(read_ended(reader, end, kind, limits.EXPORT_CAP), say), say
        )

    _list(view, found, lambda rows: ended_table(rows, end, say), whole, end)


def _review(view: View) -> None:
    say, reader = view.say, source.reader()
    found = live.ask("review", read_review)

    def whole() -> bytes:
        return csv_of(REVIEW_COLUMNS, review_records(read_review(reader, limits.EXPORT_CAP), say), say)

    _list(view, found, lambda rows: review_table(rows, say), whole, "review")


def _list(
    view: View, found: Snapshot[Any], draw: Callable[..., Table], whole: Callable[[], bytes], name: str
) -> None:
    say = view.say
    if found.problem:
        st.warning(problem_line(found, say), icon=":material/cloud_off:")
    if found.value is None:
        return
    rows = found.value
    total = rows[0].total if rows else 0
    moment = found.as_of or datetime.now(UTC)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(
            f"{cut_line(len(rows), total, say)} · {say('as_of', time=say.clock(moment))}", width="content"
        )
        if rows:
            offer_file(say, whole, csv_name(moment, name, say, say("file_exceptions")))
    sheet.show(f"list-{name}", [draw(rows)], faded=found.problem is not None)


page()
