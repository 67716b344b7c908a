"""Opens a page in Streamlit's own test runner over a fake store, and reads what it drew."""

import json
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import live, source

FOLDER = Path(source.__file__).parent


def forget() -> None:
    """Leave nothing of another test in the caches."""
    st.cache_data.clear()
    st.cache_resource.clear()


def look_again(page: AppTest) -> AppTest:
    """Ask the store anew, as after the time that an answer is shared."""
    live.shared().expire()
    page.run()
    assert not page.exception
    return page


def opened(name: str = "health", **query: str) -> AppTest:
    """Open one page, with what its address says."""
    page = AppTest.from_file(str(FOLDER / "app.py"), default_timeout=30)
    page.query_params["lang"] = "en"
    for key, value in query.items():
        page.query_params[key] = value
    if name != "health":
        page.switch_page(f"app_pages/{name}.py")
    page.run()
    assert not page.exception
    return page


def components(page: AppTest) -> list[dict[str, Any]]:
    """What every component of ours was given to draw."""
    return [dict(json.loads(one.proto.bytes)) for one in page.get("bidi_component")]


def face(page: AppTest) -> dict[str, Any]:
    """What the verdict and the cards were given."""
    (drawn,) = [one for one in components(page) if "verdict" in one]
    return drawn


def blocks(page: AppTest) -> dict[str, dict[str, Any]]:
    """Every block by its key."""
    return {block["key"]: block for one in components(page) for block in one.get("blocks", ())}


def column(block: dict[str, Any], at: int) -> list[str]:
    """The texts of one column of a table."""
    return [row[at].get("text", "") for row in block["rows"]]


def texts(page: AppTest) -> str:
    """Everything that the page says outside our components."""
    parts = [
        *page.markdown,
        *page.subheader,
        *page.caption,
        *page.warning,
        *page.info,
        *page.error,
        *page.title,
    ]
    return " ".join(str(part.value) for part in parts)
