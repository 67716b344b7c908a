"""Follows the links in our components within the session, before a page asks the store for anything."""

from collections.abc import Sequence
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

import streamlit as st

from dashboard import pages

_PRESSED = "pressed_link"


def noting(key: str, forget: Sequence[str] = ()) -> Any:  # a callback of Streamlit's
    """Return what notes the link that was pressed in the component `key`, for `follow_pressed`.

    `forget` names widgets that are to say only what the link says once one is followed.
    """
    return partial(_note, key, tuple(forget))


def _note(key: str, forget: tuple[str, ...]) -> None:
    """Note the pressed link; one that met a refresh is told again on its page, where its component is not."""
    if (pressed := st.session_state.get(key)) is not None:
        st.session_state[_PRESSED] = (pressed.go, forget)


def follow_pressed() -> None:
    """Open the page whose link was pressed, if one was; nothing of the present page is drawn then."""
    target, forget = st.session_state.pop(_PRESSED, (None, ()))
    follow(target, forget)


def follow(target: str | None, forget: Sequence[str] = ()) -> None:
    """Open the page that a link names; what names none of ours is nobody's link."""
    if not target:
        return
    name, _, query = target.partition("?")
    if name in pages.NAMES:
        asked = dict(parse_qsl(query))
        for known in (*asked, *forget):
            st.session_state.pop(known, None)  # the link says it anew
        st.switch_page(f"app_pages/{name}.py", query_params=asked)
