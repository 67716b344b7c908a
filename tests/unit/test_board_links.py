"""A pressed link: noted once, though Streamlit may tell of it again when its component is gone."""

from types import SimpleNamespace
from typing import Any

import pytest

from dashboard import links


def test_a_press_that_is_told_again_on_the_next_page_is_nobodys(monkeypatch: pytest.MonkeyPatch) -> None:
    state: dict[str, Any] = {"board": SimpleNamespace(go="orders?set=overdue")}
    followed: list[tuple[str, dict[str, str]]] = []
    monkeypatch.setattr(links.st, "session_state", state)
    monkeypatch.setattr(
        links.st, "switch_page", lambda page, query_params: followed.append((page, query_params))
    )
    told = links.noting("board")
    told()
    links.follow_pressed()
    del state["board"]  # the page of the component is left
    told()
    links.follow_pressed()
    assert followed == [("app_pages/orders.py", {"set": "overdue"})]
