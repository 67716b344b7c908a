"""What all pages share: the language, the business zone, the row of filters."""

from collections.abc import Sequence

import streamlit as st

from dashboard import source
from dashboard.limits import DEFAULT_WINDOW, WINDOWS
from dashboard.words import LANGUAGES, Words, language_of


def words() -> Words:
    """Return the page's language: the one in the URL, else the browser's."""
    wanted = st.session_state.get("lang") or st.query_params.get("lang")
    language = str(wanted) if wanted in LANGUAGES else language_of(st.context.locale)
    return Words(language, source.settings().business_zone)


def choose_window(say: Words) -> str:
    """Draw the choice of window, bound to ?window=, and return the chosen one."""
    chosen = st.segmented_control(
        say("window"),
        WINDOWS,
        default=DEFAULT_WINDOW,
        required=True,
        format_func=lambda name: say(f"window_{name}"),
        key="window",
        bind="query-params",
        label_visibility="collapsed",
    )
    return chosen or DEFAULT_WINDOW


def choose_shop(say: Words, shops: Sequence[str]) -> str:
    """Draw the choice of shop, bound to ?shop=, and return the chosen one, "" for all."""
    linked = st.query_params.get("shop", "")
    known = [*shops, *([linked] if linked and linked not in shops else [])]
    chosen = st.selectbox(
        say("shop"),
        ["", *known],
        format_func=lambda shop: shop or say("all_shops"),
        key="shop",
        bind="query-params",
        label_visibility="collapsed",
        width=190,
    )
    return chosen or ""


def choose_language(say: Words) -> None:
    """Draw the language switch, bound to ?lang=."""
    st.segmented_control(
        say("language"),
        list(LANGUAGES),
        default=say.language,
        required=True,
        format_func=lambda name: LANGUAGES[name],
        key="lang",
        bind="query-params",
        label_visibility="collapsed",
    )
