"""The supervisor's page: decide locked orders, take anomalies, see what healed and what was done wrongly."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from dashboard import deciding, limits, live, sheet, source
from dashboard.blocks import Table
from dashboard.filters import choose_within, show_chips
from dashboard.frame import (
    View,
    again_and_again,
    begin,
    choose,
    choose_shop,
    offer_file,
    problem_line,
    select,
)
from dashboard.identity import Role
from dashboard.live import Snapshot
from dashboard.queries.board import read_csdi
from dashboard.queries.chosen import Chosen
from dashboard.queries.exceptions import read_ended, read_healing, read_locked, read_open, read_review
from dashboard.view_models.chips import Filter, shop_filter
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
from dashboard.view_models.scopes import FILTERS, with_scope
from schemas.vocabulary import AnomalyKind

VIEWS = ("locked", "open", "healed", "review")


def page() -> None:
    """Draw the choice of list and its filters once, the list in one fragment."""
    view = begin("nav_exceptions")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        chosen = choose("view", VIEWS, "locked", lambda name: view.say(f"view_{name}"), view.say("view"))
        filters, within = _filters(chosen, view), choose_within(view.say)
    _chips(view, chosen, filters, within)
    deciding.draw(view, chosen)
    again_and_again(living)(view, chosen, filters, within)


def _filters(chosen: str, view: View) -> dict[str, str]:
    """Draw what one list alone can be narrowed by; returns it by its name in the address."""
    say = view.say
    if chosen == "locked":
        return {"shop": choose_shop(say, shops_of(live.ask("csdi", read_csdi).value or ()))}
    if chosen == "review":
        return {}
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
        return {"kind": kind, "whose": whose}
    end = choose("end", ENDS, "healed", lambda one: say(f"end_{one}"), say("view_healed"))
    return {"end": end, "kind": kind}


def _chips(view: View, chosen: str, filters: dict[str, str], within: Chosen) -> None:
    say = view.say
    kind = Filter("kind", say("col_kind"), lambda one: say.term("kind", one))
    whose = Filter("whose", say("col_taken"), lambda one: say.term("whose", one))
    show_chips("exceptions", within, say, (shop_filter(say), kind, whose), view=chosen, **filters)


def living(view: View, chosen: str, filters: dict[str, str], within: Chosen) -> None:
    """Draw the list as it is now."""
    draw: dict[str, Callable[..., None]] = {
        "locked": _locked,
        "open": _open,
        "healed": _healed,
        "review": _review,
    }
    draw[chosen](view, *filters.values(), within)


def _locked(view: View, shop: str, within: Chosen) -> None:
    say, reader = view.say, source.reader()
    found = live.ask("locked", read_locked, shop, within)

    def whole() -> bytes:
        return csv_of(
            LOCKED_COLUMNS, locked_records(read_locked(reader, shop, within, limits.EXPORT_CAP), say), say
        )

    _list(view, found, lambda rows: locked_table(rows, say), whole, (within, "locked"))


def _open(view: View, kind: str, whose: str, within: Chosen) -> None:
    say, reader = view.say, source.reader()
    found = live.ask("open", read_open, kind, whose, within)

    def whole() -> bytes:
        return csv_of(
            OPEN_COLUMNS, anomaly_records(read_open(reader, kind, whose, within, limits.EXPORT_CAP), say), say
        )

    can_act = view.person.may(Role.SUPERVISOR)
    _list(view, found, lambda rows: open_table(rows, say, can_act=can_act), whole, (within, "open"))


def _healed(view: View, end: str, kind: str, within: Chosen) -> None:
    say, reader = view.say, source.reader()
    healing = live.ask("healing", read_healing, within.window)
    found = live.ask("ended", read_ended, end, kind, within)
    rate = healing_table(healing.value, within.window, say)
    rate = replace(rate, note=with_scope(rate.note, within._replace(window="all"), say))
    sheet.show("healing", [sheet.with_problem(rate, problem_line(healing, say))])

    def whole() -> bytes:
        return csv_of(
            ENDED_COLUMNS, anomaly_records(read_ended(reader, end, kind, within, limits.EXPORT_CAP), say), say
        )

    _list(view, found, lambda rows: ended_table(rows, end, say), whole, (within, end))


def _review(view: View, within: Chosen) -> None:
    say, reader = view.say, source.reader()
    found = live.ask("review", read_review, within)

    def whole() -> bytes:
        return csv_of(
            REVIEW_COLUMNS, review_records(read_review(reader, within, limits.EXPORT_CAP), say), say
        )

    _list(view, found, lambda rows: review_table(rows, say), whole, (within, "review"))


def _list(
    view: View,
    found: Snapshot[Any],
    draw: Callable[..., Table],
    whole: Callable[[], bytes],
    what: tuple[Chosen, str],
) -> None:
    say, (within, name) = view.say, what
    if found.problem:
        st.warning(problem_line(found, say), icon=":material/cloud_off:")
    if found.value is None:
        return
    rows = found.value
    total = rows[0].total if rows else 0
    moment = found.as_of or datetime.now(UTC)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        line = with_scope(cut_line(len(rows), total, say), within, say, *FILTERS)
        if name not in ("locked", "review") and (within.platform or within.warehouse):
            line = f"{line} · {say('anomalies_narrowed')}"
        st.markdown(f"{line} · {say('as_of', time=say.clock(moment))}", width="content")
        if rows:
            offer_file(
                say,
                whole,
                csv_name(
                    moment,
                    "-".join(part for part in (name, *within[:2]) if part),
                    say,
                    say("file_exceptions"),
                ),
            )
    sheet.show(f"list-{name}", [draw(rows)], faded=found.problem is not None)


page()
