"""What all pages share: the language, the business zone, the row of filters."""

from collections.abc import Sequence

import streamlit as st

from dashboard import source
from dashboard.limits import DEFAULT_WINDOW, WINDOWS
from dashboard.words import LANGUAGES, Words, language_of


def words() -> Words:
    """Return the page's language: the chosen one, else the one in the URL, else the browser's."""
    chosen = st.session_state.get("lang") or st.query_params.get("lang")
    language = str(chosen) if chosen in LANGUAGES else language_of(st.context.locale)
    return Words(language, source.settings().business_zone)


def choose_window(say: Words) -> str:
    """Draw the choice of window, linked to ?window=, and return the chosen one."""
    _from_link("window", WINDOWS, DEFAULT_WINDOW)
    chosen = st.segmented_control(
        say("window"),
        WINDOWS,
        required=True,
        format_func=lambda name: say(f"window_{name}"),
        key="window",
        label_visibility="collapsed",
    )
    return _to_link("window", chosen, DEFAULT_WINDOW)


def choose_shop(say: Words, shops: Sequence[str]) -> str:
    """Draw the choice of shop, linked to ?shop=, and return the chosen one, "" for all."""
    linked = st.session_state.get("shop") or st.query_params.get("shop", "")
    # A shop that only the link names stays a choice: the store may be away, or not know it yet.
    known = ["", *shops] if linked in ("", *shops) else ["", *shops, linked]
    _from_link("shop", known, "")
    chosen = st.selectbox(
        say("shop"),
        known,
        format_func=lambda shop: shop or say("all_shops"),
        key="shop",
        label_visibility="collapsed",
        width=190,
    )
    return _to_link("shop", chosen, "")


def choose_language(say: Words) -> None:
    """Draw the language switch, linked to ?lang=."""
    _from_link("lang", list(LANGUAGES), say.language)
    chosen = st.segmented_control(
        say("language"),
        list(LANGUAGES),
        required=True,
        format_func=lambda name: LANGUAGES[name],
        key="lang",
        label_visibility="collapsed",
    )
    _to_link("lang", chosen, language_of(st.context.locale))


# Streamlit's own bind="query-params" would put the translated label into the link, not the value.
def _from_link(name: str, known: Sequence[str], default: str) -> None:
    if name not in st.session_state:
        linked = st.query_params.get(name, default)
        st.session_state[name] = linked if linked in known else default


def _to_link(name: str, chosen: str | None, default: str) -> str:
    value = default if chosen is None else chosen
    if value == default:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = value
    return value
