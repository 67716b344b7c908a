"""Keeps the timer of a page that a person leaves from drawing over the page that comes.

A page's timer may fire between the press on a link and the new page. Streamlit then runs the part of the old
page once the new one is drawn; the browser takes that for a change back and throws the new page away: a white
screen.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

RUN_S = 60.0
"""A run of which no end was heard for so long has ended."""
SETTLE_S = 1.0
"""An end after which nothing begins for so long is the end of what was asked, not of a run before it."""


class Session:
    """What one browser asked for and was told; says which of a timer's wishes are too late.

    `clock` gives seconds. Dropping a wish costs nothing: the timer of a page that stays comes again.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._names: set[str] = set()  # of the page that the browser has; at its own address it has two
        self._held_until_s = 0.0  # a person has asked, and has no answer yet

    def passes(self, wish: BackMsg) -> bool:
        """Say whether a message of the browser goes on to Streamlit."""
        if wish.WhichOneof("type") != "rerun_script":
            return True
        run = wish.rerun_script
        if run.is_auto_rerun:
            return not self._is_held() and run.page_script_hash in self._names
        self._held_until_s = self._clock() + RUN_S
        return True

    def told(self, message: ForwardMsg) -> None:
        """Take in what the browser is told: which page it has, and that a run has ended."""
        match message.WhichOneof("type"):
            case "new_session":
                self._names = {"", message.new_session.page_script_hash}
                if self._is_held():
                    self._held_until_s = self._clock() + RUN_S
            case "navigation":
                self._names.add(message.navigation.page_script_hash)
            case "script_finished" if message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                self._held_until_s = min(self._held_until_s, self._clock() + SETTLE_S)

    def _is_held(self) -> bool:
        return self._clock() < self._held_until_s


class TimersOfThePage:
    """Drops what the timer of a page asks for once a person has asked for another; plain ASGI."""

    def __init__(self, app: "ASGIApp") -> None:
        self._app = app

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Pass the connection on."""
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        session = Session()

        async def heard() -> "Message":
            while True:
                message = await receive()
                if _passes(session, message):
                    return message

        async def said(message: "Message") -> None:
            if message["type"] == "websocket.send" and message.get("bytes"):
                session.told(ForwardMsg.FromString(message["bytes"]))
            await send(message)

        await self._app(scope, heard, said)


def _passes(session: Session, message: "Message") -> bool:
    if message["type"] != "websocket.receive" or not message.get("bytes"):
        return True
    try:
        return session.passes(BackMsg.FromString(message["bytes"]))
    except DecodeError:  # Streamlit says what it thinks of it
        return True
