"""How often a page draws itself anew: at its own pace, and a few times sooner after a press."""

from collections.abc import Callable
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest

from dashboard import frame, limits


class Again(Exception):
    """The page is drawn as a whole."""


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A session of Streamlit's without Streamlit: a fragment tells how often it is to run."""
    state: dict[str, Any] = {}

    def fragment(body: Callable[..., None], run_every: float) -> Callable[..., None]:
        state["every_s"] = run_every
        return body

    def rerun() -> None:
        raise Again

    monkeypatch.setattr(frame, "st", SimpleNamespace(session_state=state, fragment=fragment, rerun=rerun))
    monkeypatch.setattr(frame.links, "follow_pressed", lambda: None)
    monkeypatch.setattr(frame, "shared", lambda: SimpleNamespace(expire=lambda: state.update(expired=1)))
    return state


def looks_of(session: dict[str, Any]) -> list[float]:
    """Draw the page, and let its timer run until it draws itself in its own pace; returns its timers."""
    timers: list[float] = []
    drawn: list[str] = []
    while len(drawn) == len(timers):  # the first look of a part draws; the second, too, but of an early one
        part = frame.again_and_again(drawn.append, has_own_age=True)
        timers.append(session["every_s"])
        part("view")
        with suppress(Again):
            part("view")
        assert ("expired" in session) == (len(drawn) == len(timers))
        session.pop("expired", None)
    return timers


def test_a_page_draws_itself_anew_at_a_pace_of_its_own(session: dict[str, Any]) -> None:
    (pace_s,) = looks_of(session)
    assert limits.REFRESH_S * limits.SOONEST <= pace_s <= limits.REFRESH_S
    assert looks_of(session) == [pace_s]


def test_after_a_press_it_looks_a_few_times_sooner_and_then_at_its_pace_again(
    session: dict[str, Any],
) -> None:
    (pace_s,) = looks_of(session)
    frame.look_soon()
    assert looks_of(session) == [limits.SOON_S] * limits.EARLY_LOOKS + [pace_s]
    assert looks_of(session) == [pace_s]
