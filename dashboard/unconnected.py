"""Says on Streamlit's page that no connection came about: a proxy that passes no upgrade leaves it empty.

The strict policy allows no script of ours there, so a style shows the sentences (components/unconnected.css).
"""

import gzip
import hashlib
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.responses import FileResponse

from dashboard.words import LANGUAGES, catalogue

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

INDEX = Path(st.__file__).parent / "static" / "index.html"
STYLE = Path(__file__).parent / "components" / "unconnected.css"


def with_sentences(page: str) -> str:
    """Return Streamlit's page with the sentences in every language; a page it cannot mend stays as it is."""
    told = "".join(_sentences(language) for language in LANGUAGES)
    style = f"<style>{STYLE.read_text(encoding='utf-8')}</style>"
    before, end, after = page.rpartition("</body>")
    return f'{before}{style}<div class="unconnected" role="alert">{told}</div>{end}{after}' if end else page


def _sentences(language: str) -> str:
    say = catalogue(language)
    what, how = escape(say["unconnected"]), escape(say["unconnected_how"])
    return f'<div lang="{language}"><b>{what}</b><p>{how}</p></div>'


class SaysUnconnected:
    """Gives Streamlit's page together with the sentences, under a tag of its own; plain ASGI.

    The page is known by its tag, whatever the address; every other answer passes as it is.
    """

    def __init__(self, app: "ASGIApp") -> None:
        self._app = app
        page = with_sentences(INDEX.read_text(encoding="utf-8")).encode()
        self._bodies = {"": page, "gzip": gzip.compress(page)}
        self._streamlits = FileResponse(INDEX, stat_result=INDEX.stat()).headers["etag"]
        self._ours = f'"{hashlib.sha256(page).hexdigest()[:32]}"'

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body: bytes | None = None

        async def said(message: "Message") -> None:
            nonlocal body
            if message["type"] == "http.response.start":
                body = self._page(message)
            elif body is not None:
                part = b"" if scope["method"] == "HEAD" or message.get("more_body") else body
                message = {**message, "body": part}
            await send(message)

        await self._app(
            {**scope, "headers": [self._asked(*pair) for pair in scope["headers"]]}, receive, said
        )

    def _asked(self, name: bytes, value: bytes) -> tuple[bytes, bytes]:
        """A browser that holds our page holds Streamlit's; one that holds Streamlit's bare page does not."""
        if name.lower() != b"if-none-match":
            return name, value
        text = value.decode("latin-1").replace(self._streamlits, '"bare"')
        return name, text.replace(self._ours, self._streamlits).encode("latin-1")

    def _page(self, message: "Message") -> bytes | None:
        """Return the body to send instead, and set its headers; None for what is not Streamlit's page."""
        headers = MutableHeaders(raw=list(message.get("headers", [])))
        if headers.get("etag", "").removeprefix("W/") != self._streamlits or message["status"] not in (
            200,
            304,
        ):
            return None
        headers["etag"] = self._ours
        del headers["last-modified"]
        del headers["accept-ranges"]
        message["headers"] = headers.raw
        if message["status"] == 304:
            return None
        body = self._bodies[headers.get("content-encoding", "")]
        headers["content-length"] = str(len(body))
        message["headers"] = headers.raw
        return body
