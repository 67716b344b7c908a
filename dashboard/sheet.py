"""Draws blocks in the browser, and follows the links in them without leaving the session."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import streamlit as st

from dashboard import pages
from dashboard.blocks import Block, Chips, Say, plain

FOLDER = Path(__file__).parent / "components"


def show(
    key: str,
    blocks: Sequence[Block],
    across: int = 1,
    *,
    faded: bool = False,
    wall: bool = False,
    forget: Sequence[str] = (),
) -> None:
    """Draw blocks beside and under each other; `faded` greys them: they are not of now.

    `forget` names widgets that are to say only what the link says once one is followed.
    """
    looks = st.session_state.get(f"looks-{key}", 0) + 1
    st.session_state[f"looks-{key}"] = looks
    shown = {"blocks": plain(blocks), "across": across, "faded": faded, "wall": wall, "looks": looks}
    told = component("certainty_sheet", "sheet")(key=key, data=shown, on_go_change=lambda: None)
    follow(told.go, forget)


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


@st.cache_resource
def component(name: str, files: str) -> Callable[..., Any]:
    """Register a component, once in a process; a second time would be logged as a clash of names."""
    scripts = "".join((FOLDER / f"{part}.js").read_text(encoding="utf-8") for part in ("dom", files))
    return st.components.v2.component(
        name,
        html=f'<div class="{files}"></div>',
        css=(FOLDER / f"{files}.css").read_text(encoding="utf-8"),
        js=scripts,
    )


def with_problem(block: Block, problem: str) -> Block:
    """Return the block greyed, with the reason why it is not of now; as it is when there is none."""
    return replace(block, problem=problem) if problem and not isinstance(block, Say | Chips) else block
