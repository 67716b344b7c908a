"""Streamlit's page with our sentences: whole, cached as before, under its own tag; all else as it was."""

import asyncio
import gzip
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse
from starlette.routing import Route
from streamlit.web.server.starlette.starlette_app import create_streamlit_middleware
from streamlit.web.server.starlette.starlette_static_routes import create_streamlit_static_assets_routes

from dashboard.asgi_app import content_policy
from dashboard.unconnected import INDEX, SaysUnconnected, with_sentences
from dashboard.words import LANGUAGES, catalogue

BARE = INDEX.read_text(encoding="utf-8")


def app(*, is_bare: bool = False) -> Starlette:
    """Streamlit's own pages, as it serves them, below the path /board."""
    told = Route("/told", lambda _: HTMLResponse("<body></body>", headers={"etag": '"theirs"'}))
    ours = [] if is_bare else [Middleware(SaysUnconnected)]
    return Starlette(
        routes=[told, *create_streamlit_static_assets_routes("board")],
        middleware=[*ours, *create_streamlit_middleware()],
    )


def client(*, is_bare: bool = False) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app(is_bare=is_bare)), base_url="http://board")


@pytest.mark.parametrize("path", ["/board/", "/board/order?order=1"])
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
async def test_the_page_is_whole_at_every_address(path: str, encoding: str) -> None:
    async with client() as http, http.stream("GET", path, headers={"accept-encoding": encoding}) as answer:
        sent = b"".join([part async for part in answer.aiter_raw()])
    told = answer.headers
    assert int(told["content-length"]) == len(sent)
    assert told.get("content-encoding", "identity") == encoding
    page = (gzip.decompress(sent) if encoding == "gzip" else sent).decode()
    assert page == with_sentences(BARE)
    assert told["cache-control"] == "no-cache"
    for language in LANGUAGES:
        assert f'lang="{language}"' in page
        assert catalogue(language)["unconnected"] in page


async def test_a_browser_that_holds_our_page_gets_none_and_one_with_the_bare_page_gets_ours() -> None:
    async with client(is_bare=True) as http:
        bare = (await http.get("/board/")).headers
    async with client() as http:
        tag = (await http.get("/board/")).headers["etag"]
        same = await http.get("/board/", headers={"if-none-match": tag})
        held = {"if-none-match": bare["etag"], "if-modified-since": bare["last-modified"]}
        old = await http.get("/board/", headers=held)
    assert tag != bare["etag"]
    assert (same.status_code, same.headers["etag"], same.content) == (304, tag, b"")
    assert (old.status_code, old.text) == (200, with_sentences(BARE))


async def test_a_question_for_the_head_has_the_size_and_no_body() -> None:
    told = []

    async def send(message: Any) -> None:
        told.append(message)

    head = {"type": "http", "method": "HEAD", "path": "/board/", "query_string": b"", "headers": []}
    await app()(head, asyncio.Future, send)
    start, *rest = told
    assert dict(start["headers"])[b"content-length"] == str(len(with_sentences(BARE).encode())).encode()
    assert b"".join(part["body"] for part in rest) == b""


async def test_every_other_answer_passes_as_it_is() -> None:
    script = next(Path(INDEX).parent.rglob("*.js")).relative_to(INDEX.parent)
    async with client() as ours, client(is_bare=True) as bare:
        for path in ("/told", "/board/favicon.png", f"/board/{script}"):
            told, expected = await ours.get(path), await bare.get(path)
            assert (told.status_code, told.content) == (expected.status_code, expected.content)
            assert told.headers == expected.headers


def test_the_sentences_bring_no_script_and_stand_behind_the_root() -> None:
    told = with_sentences(BARE)
    assert told.count("<script") == BARE.count("<script")
    assert "script-src 'self' blob: 'sha256-" in content_policy()
    assert told.index('<div id="root">') < told.index('class="unconnected"') < told.index("</body>")


def test_a_page_of_another_shape_stays_as_it_is() -> None:
    assert with_sentences("<html></html>") == "<html></html>"
