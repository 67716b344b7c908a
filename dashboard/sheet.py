"""Draws blocks in the browser."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import links
from dashboard.blocks import Block, Chips, Fresh, Say, plain

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
    drawn = component("certainty_sheet", "sheet")
    drawn(key=key, data=packed(shown), on_go_change=links.noting(key, forget))


def packed(shown: dict[str, Any]) -> bytes:
    """Return what a component is to draw as bytes of JSON, which it unpacks itself.

    In a mapping Streamlit looks for data frames, and writes it twice: half the time of a refresh.
    """
    return json.dumps(shown, ensure_ascii=False, separators=(",", ":")).encode()


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
    return (
        replace(block, problem=problem) if problem and not isinstance(block, Say | Chips | Fresh) else block
    )
