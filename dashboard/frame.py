"""What all pages share: who looks, the language, the business zone, the head of the page, the filters."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from random import uniform
from typing import Any, Literal

import streamlit as st

from dashboard import limits, links, live, sheet, source
from dashboard.identity import Person, Role, person_of
from dashboard.limits import DEFAULT_WINDOW, WINDOWS
from dashboard.live import Problem, Snapshot, shared
from dashboard.queries.board import read_board, read_lag
from dashboard.queries.desk import cleaned
from dashboard.view_models.freshness import fresh_line
from dashboard.view_models.where import warehouse_word
from dashboard.words import LANGUAGES, Words, language_of


@dataclass(frozen=True, slots=True)
class View:
    """Who looks at a page, in which language, and whether it hangs on a wall."""

    say: Words
    person: Person
    wall: bool


def words() -> Words:
    """Return the page's language: the chosen one, else the one in the URL, else the browser's."""
    chosen = st.session_state.get("lang") or st.query_params.get("lang")
    language = str(chosen) if chosen in LANGUAGES else language_of(st.context.locale)
    return Words(language, source.settings().business_zone)


def person() -> Person | None:
    """Return who looks, None when the proxy named nobody."""
    return person_of(dict(st.context.headers), source.settings())


def is_wall() -> bool:
    """Tell whether this is a display on a wall: no menus, larger letters."""
    return bool(st.query_params.get("wall") == "1")


def begin(title: str, role: Role = Role.VIEWER) -> View:
    """Draw the head of a page; who may not see it reads why, and nothing else is drawn."""
    say, who = words(), person()
    if who is None or not who.may(role):
        st.title(say(title), anchor=False)
        st.error(say("nobody") if who is None else say("not_allowed", role=say(f"role_{role.name.lower()}")))
        st.stop()
    view = View(say, who, is_wall())
    if not view.wall:
        _head(title, view)
    return view


def _head(title: str, view: View) -> None:
    say = view.say
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.title(say(title), anchor=False, width="content")
        with st.container(horizontal=True, width="content", vertical_alignment="center", gap="small"):
            _search(say)
            choose_language(say)
    quiet(_who(view))


def quiet(text: str, width: Literal["stretch", "content"] = "stretch") -> None:
    """Draw a quiet line. Streamlit's own caption is too pale on white (contrast 4.2 of 4.5)."""
    st.markdown(f":small[{text}]", width=width)


def _who(view: View) -> str:
    zone = f"{view.say.zone.key} ({view.say.offset(datetime.now(UTC))})"
    role = view.say(f"role_{view.person.role.name.lower()}")
    return view.say("who", name=view.person.name, role=role, zone=zone)


def _search(say: Words) -> None:
    """Open the story of an order by its number, a waybill or a phone tail; pasted blanks do no harm."""
    asked = st.text_input(
        say("search"),
        key="search",
        placeholder=say("search"),
        label_visibility="collapsed",
        width=210,
        max_chars=140,
    )
    wanted = cleaned(asked or "")
    if wanted and wanted != st.session_state.get("searched"):
        st.session_state["searched"] = wanted
        st.switch_page("app_pages/order.py", query_params={"order": wanted})


def choose_window(say: Words, default: str = DEFAULT_WINDOW) -> str:
    """Draw the choice of window, linked to ?window=, and return the chosen one."""
    return choose("window", WINDOWS, default, lambda name: say(f"window_{name}"), say("window"))


def choose_shop(say: Words, shops: Sequence[str]) -> str:
    """Draw the choice of shop, linked to ?shop=, and return the chosen one, "" for all."""
    return select("shop", shops, say("shop"), say("all_shops"), lambda shop: shop)


def choose_platform(say: Words, platforms: Sequence[str]) -> str:
    """Draw the choice of platform, linked to ?platform=, and return the chosen one, "" for all."""
    named = lambda code: say.term("platform", code)  # noqa: E731
    return select("platform", platforms, say("col_platform"), say("all_platforms"), named)


def choose_warehouse(say: Words, names: Sequence[str]) -> str:
    """Draw the choice of warehouse, linked to ?warehouse=, and return the chosen one, "" for all."""
    named = lambda name: warehouse_word(name, say)  # noqa: E731
    return select("warehouse", names, say("col_warehouse"), say("all_warehouses"), named)


def choose_language(say: Words) -> None:
    """Draw the language switch, linked to ?lang=."""
    from_link("lang", list(LANGUAGES), say.language)
    chosen = st.segmented_control(
        say("language"),
        list(LANGUAGES),
        required=True,
        format_func=lambda name: LANGUAGES[name],
        key="lang",
        label_visibility="collapsed",
    )
    to_link("lang", chosen, language_of(st.context.locale))


def choose(name: str, known: Sequence[str], default: str, named, label: str) -> str:  # type: ignore[no-untyped-def]
    """Draw a row of choices, linked to the address by its name, and return the chosen one."""
    from_link(name, known, default)
    chosen = st.segmented_control(
        label, known, required=True, format_func=named, key=name, label_visibility="collapsed"
    )
    return to_link(name, chosen, default)


def select(name: str, found: Sequence[str], label: str, everything: str, named) -> str:  # type: ignore[no-untyped-def]
    """Draw a list of choices, linked to the address by its name; "" is everything."""
    linked = st.session_state.get(name) or st.query_params.get(name, "")
    # What only the link names stays a choice: the store may be away, or not know it yet.
    known = ["", *found] if linked in ("", *found) else ["", *found, linked]
    from_link(name, known, "")
    chosen = st.selectbox(
        label,
        known,
        format_func=lambda one: named(one) if one else everything,
        key=name,
        label_visibility="collapsed",
        width=175,
    )
    return to_link(name, chosen, "")


# Streamlit's own bind="query-params" would put the translated label into the link, not the value.
def from_link(name: str, known: Sequence[str], default: str) -> None:
    """Let a widget begin with what the address says, if that is a choice at all."""
    if name not in st.session_state:
        linked = st.query_params.get(name, default)
        st.session_state[name] = linked if linked in known else default


def to_link(name: str, chosen: str | None, default: str) -> str:
    """Write a choice into the address, so that the link opens the same view."""
    value = default if chosen is None else chosen
    if value == default:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = value
    return value


def offer_file(say: Words, whole: Callable[[], bytes], file_name: str) -> None:
    """Draw the button that brings the whole filter as CSV; it is asked anew at the click, without the cap."""
    st.download_button(
        say("download"),
        data=whole,
        file_name=file_name,
        mime="text/csv",
        key="download",
        help=say("download_help"),
        icon=":material/download:",
        on_click="ignore",
    )


def problem_line(snapshot: Snapshot[object], say: Words) -> str:
    """Return why a part is not of now, "" when it is."""
    problem: Problem | None = snapshot.problem
    if problem is None:
        return ""
    since, kept = say.clock(problem.since), snapshot.as_of
    text = (
        say("away_part", since=since, as_of=say.clock(kept)) if kept else say("away_part_none", since=since)
    )
    return f"{text} {say('error_ref', kind=problem.kind, error_id=problem.error_id)}"


def lag_s() -> float | None:
    """Return how many seconds the pipeline is behind; None: unknown, or event time alone moves its clock."""
    return live.ask("lag", read_lag).value if source.settings().clock == "wall" else None


def show_age(view: View) -> None:
    """Draw how old the data is; the browser counts on, and greys the page once it is too old."""
    board = live.ask("board", read_board)
    if board.value is not None or board.problem is None:
        sheet.show("fresh", [fresh_line(board.value, lag_s(), datetime.now(UTC), view.say)], wall=view.wall)


def again_and_again(body: Callable[..., None], *, has_own_age: bool = False) -> Callable[..., None]:
    """Return the part of a page that draws itself anew every REFRESH_S at most; a few times sooner if asked.

    Each session has a pace of its own, so that pages that were opened together do not ask together for ever.
    `body` takes the page's View first; above it stands how old the data is, unless it says so itself.
    """
    pace_s = st.session_state.setdefault("pace_s", limits.REFRESH_S * uniform(limits.SOONEST, 1))  # noqa: S311
    early_looks, is_drawn = st.session_state.pop("early_looks", 0), False

    @wraps(body)
    def again(view: View, *args: Any) -> None:
        nonlocal is_drawn
        links.follow_pressed()
        if early_looks and is_drawn:
            st.session_state["early_looks"] = early_looks - 1
            shared().expire()
            st.rerun()
        is_drawn = True
        if not has_own_age:
            show_age(view)
        body(view, *args)

    return st.fragment(again, run_every=limits.SOON_S if early_looks else pace_s)


def look_soon() -> None:
    """Ask for early looks: what was just done takes a moment to reach the store."""
    st.session_state["early_looks"] = limits.EARLY_LOOKS
