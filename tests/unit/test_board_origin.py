"""The websocket is for pages of the board's own host: another's is ended before Streamlit hears of it."""

from typing import Any

import pytest

from dashboard.asgi_app import OwnOrigin, build
from pipeline.settings import Settings


async def reached(origin: str | None, host: str) -> tuple[bool, list[Any]]:
    """Whether Streamlit was asked, and what was told before that."""
    asked, told = [], []

    async def inner(*_: Any) -> None:
        asked.append(True)

    async def send(message: Any) -> None:
        told.append(message)

    headers = [(b"host", host.encode())] + ([(b"origin", origin.encode())] if origin is not None else [])
    await OwnOrigin(inner)({"type": "websocket", "headers": headers}, None, send)  # type: ignore[arg-type]
    return bool(asked), told


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://board.example.cn", "board.example.cn"),
        ("http://Board.example.cn:8080", "board.example.cn:8080"),
        (None, "127.0.0.1:8501"),
    ],
)
async def test_a_page_of_the_board_is_served(origin: str | None, host: str) -> None:
    assert await reached(origin, host) == (True, [])


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://evil.example", "board.example.cn"),
        ("http://board.example.cn:8080", "board.example.cn"),  # nginx's $host has no port, $http_host has
        ("null", "board.example.cn"),
    ],
)
async def test_a_page_of_another_host_is_not(origin: str, host: str) -> None:
    assert await reached(origin, host) == (False, [{"type": "websocket.close", "code": 1008}])


def test_the_board_asks_it() -> None:
    assert OwnOrigin in [one.cls for one in build(Settings(_env_file=None))._user_middleware]
