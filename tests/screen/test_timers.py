"""What the timer of a page that is being left still asks for: it must not draw over the page that comes."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from served import Board
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

from dashboard.timers import RUN_S, SETTLE_S, Session

pytestmark = pytest.mark.screen
QUIET_S = 3.0


def asks(page: str = "", *, timer: str = "") -> BackMsg:
    """A browser's wish to run a page, or the part of it that `timer` names."""
    wish = BackMsg()
    wish.rerun_script.page_script_hash = page
    wish.rerun_script.fragment_id = timer
    wish.rerun_script.is_auto_rerun = bool(timer)
    return wish


def arrives(page: str) -> ForwardMsg:
    told = ForwardMsg()
    told.new_session.page_script_hash = page
    return told


def ends(how: "ForwardMsg.ScriptFinishedStatus.ValueType") -> ForwardMsg:
    told = ForwardMsg()
    told.script_finished = how
    return told


def heard(session: ClientConnection) -> Iterator[ForwardMsg]:
    """Everything that is told until it is quiet for a while."""
    try:
        while True:
            yield ForwardMsg.FromString(session.recv(timeout=QUIET_S))
    except TimeoutError:
        return


@contextmanager
def opened(board: Board) -> Iterator[tuple[ClientConnection, list[ForwardMsg], str, str]]:
    """A session at the health board: what it was told, its page, and the timer of that page."""
    board.steer()
    stream = f"ws://{urlsplit(board.url).netloc}/_stcore/stream"
    with connect(stream, origin=board.url, subprotocols=["streamlit"], max_size=None) as session:  # type: ignore[arg-type,list-item]
        session.send(asks().SerializeToString())
        told = list(heard(session))
        (timer,) = {one.auto_rerun.fragment_id for one in told if one.HasField("auto_rerun")}
        (page,) = {one.metadata.active_script_hash for one in told if one.HasField("delta")} - {""}
        yield session, told, page, timer


def test_a_page_that_is_left_does_not_come_back_by_its_timer(board: Board) -> None:
    with opened(board) as (session, told, left, timer):
        pages = [one.navigation.app_pages for one in told if one.HasField("navigation")][-1]
        (coming,) = {page.page_script_hash for page in pages if page.url_pathname == "csdi"}
        board.steer(slow_s=0.2)
        session.send(asks(coming).SerializeToString())
        session.send(asks(left, timer=timer).SerializeToString())
        after = [one.new_session.page_script_hash for one in heard(session) if one.HasField("new_session")]
    assert after == [coming]


def test_the_timer_of_the_first_page_is_heard(board: Board) -> None:
    """Streamlit names the page without a path by its script in one message and as a page in another."""
    with opened(board) as (session, _, page, timer):
        session.send(asks(page, timer=timer).SerializeToString())
        assert [one for one in heard(session) if one.HasField("delta")]


def test_a_timer_waits_for_what_a_person_asked_and_for_the_page_that_came() -> None:
    now = [100.0]
    session = Session(lambda: now[0])
    session.told(arrives("board"))
    assert session.passes(asks("board", timer="t"))
    assert session.passes(asks("orders"))
    assert not session.passes(asks("board", timer="t"))  # the press is on its way
    session.told(ends(ForwardMsg.FINISHED_EARLY_FOR_RERUN))
    assert not session.passes(asks("board", timer="t"))  # and still is
    session.told(arrives("orders"))
    session.told(ends(ForwardMsg.FINISHED_SUCCESSFULLY))
    now[0] += SETTLE_S
    assert not session.passes(asks("board", timer="t"))  # the browser is behind: it has not seen the page yet
    assert session.passes(asks("orders", timer="t"))


def test_the_end_of_a_run_that_was_under_way_is_no_answer_to_a_press() -> None:
    now = [100.0]
    session = Session(lambda: now[0])
    session.told(arrives("board"))
    assert session.passes(asks("board", timer="t"))
    session.told(arrives("board"))
    assert session.passes(asks("board"))  # a press on a link, while the timer's run goes on
    session.told(ends(ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY))
    assert not session.passes(asks("board", timer="t"))
    session.told(arrives("board"))  # the run of the press
    now[0] += SETTLE_S
    assert not session.passes(asks("board", timer="t"))
    session.told(ends(ForwardMsg.FINISHED_EARLY_FOR_RERUN))
    session.told(arrives("orders"))
    session.told(ends(ForwardMsg.FINISHED_SUCCESSFULLY))
    now[0] += SETTLE_S
    assert session.passes(asks("orders", timer="t"))


def test_a_run_whose_end_was_never_heard_holds_no_timer_up_for_ever() -> None:
    now = [100.0]
    session = Session(lambda: now[0])
    session.told(arrives("board"))
    assert session.passes(asks("board"))
    now[0] += RUN_S - 0.1
    assert not session.passes(asks("board", timer="t"))
    now[0] += 0.1
    assert session.passes(asks("board", timer="t"))


def test_what_asks_for_no_run_passes() -> None:
    other = BackMsg()
    other.clear_cache = True
    assert Session().passes(other)
