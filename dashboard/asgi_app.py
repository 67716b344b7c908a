"""The board as a web application: Streamlit, a health answer of our own, and security headers."""

import hashlib
import re
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import uuid4

import streamlit as st
import structlog
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dashboard.identity import OnlyProxy
from dashboard.timers import TimersOfThePage
from dashboard.unconnected import INDEX, SaysUnconnected
from pipeline.settings import Settings

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger()
ENTRY = Path(__file__).parent / "app.py"


def build(settings: Settings) -> st.App:
    """Return the application; one per process. Set Streamlit's options before (see dashboard.launch)."""
    return st.App(
        ENTRY,
        routes=[Route("/healthz", healthz), Route("/metrics", metrics)],
        middleware=[
            Middleware(OnlyProxy, settings=settings),
            Middleware(OwnOrigin),
            Middleware(SecurityHeaders, policy=content_policy()),
            Middleware(SaysUnconnected),
            Middleware(TimersOfThePage),
        ],
        on_script_error=show_error,
    )


async def healthz(_request: Request) -> JSONResponse:
    """Say that the board answers. A route of our own: Streamlit answers every unknown path with its page."""
    return JSONResponse({"status": "ok", "part": "board"}, headers={"cache-control": "no-store"})


async def metrics(_request: Request) -> Response:
    """Give the board's own figures: how often it asked the store, and how long that took."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def show_error(error: Exception) -> bool:
    """Log an uncaught error of a page and show its type and an id instead of a traceback."""
    from dashboard.frame import words  # noqa: PLC0415  (needs a running page)

    error_id = uuid4().hex[:8]
    log.error("board_page_failed", error_id=error_id, exc_info=error)
    say = words()
    reference = say("error_ref", kind=type(error).__name__, error_id=error_id)
    st.error(f"{say('page_error')} {reference}", icon=":material/error:")
    return True


def content_policy() -> str:
    """Return the Content-Security-Policy: this host only, and the one inline script of Streamlit's page."""
    page = INDEX.read_text(encoding="utf-8")
    hashes = [_hash(script) for script in re.findall(r"<script>(.*?)</script>", page, re.DOTALL)]
    # blob: is how Streamlit loads the script of a component that is no separate package (face.py).
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' blob: {' '.join(hashes)}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "frame-ancestors 'none'",
            "base-uri 'self'",
            "object-src 'none'",
            "form-action 'self'",
        )
    )


def _hash(script: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


class SecurityHeaders:
    """Adds the security headers to every HTTP answer; plain ASGI, so that websockets pass untouched."""

    def __init__(self, app: "ASGIApp", policy: str) -> None:
        self._app = app
        self._headers = [
            (b"content-security-policy", policy.encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"same-origin"),
            (b"x-frame-options", b"DENY"),
        ]

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: "Message") -> None:
            if message["type"] == "http.response.start":
                named = {name for name, _ in self._headers}
                kept = [pair for pair in message.get("headers", []) if pair[0].lower() not in named]
                message = {**message, "headers": [*kept, *self._headers]}
            await send(message)

        await self._app(scope, receive, with_headers)


class OwnOrigin:
    """Refuses the websocket of a page of another host; plain ASGI.

    Streamlit refuses it, too, but asks a host in the internet for its own address before, up to 2 s in which
    nobody is served.
    """

    def __init__(self, app: "ASGIApp") -> None:
        self._app = app

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Pass the connection on, or end it."""
        if scope["type"] == "websocket":
            told = Headers(scope=scope)
            origin = told.get("origin")
            if origin is not None and urlsplit(origin).netloc.lower() != told.get("host", "").lower():
                log.warning("board_foreign_origin", origin=origin, host=told.get("host"))
                await send({"type": "websocket.close", "code": 1008})
                return
        await self._app(scope, receive, send)
