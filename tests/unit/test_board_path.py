"""The path below which a proxy serves the board: what it may be, and the address that others are told."""

import pytest
from pydantic import ValidationError

from pipeline.cli.dashboard import port_of, url_of
from pipeline.settings import Settings


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("", "http://127.0.0.1:20001"),
        ("/", "http://127.0.0.1:20001"),
        ("board", "http://127.0.0.1:20001/board/"),
        ("/board/", "http://127.0.0.1:20001/board/"),
        ("/shop/board", "http://127.0.0.1:20001/shop/board/"),
    ],
)
def test_the_address_carries_the_path_and_gives_the_port_back(path: str, told: str) -> None:
    assert url_of(Settings(board_path=path, _env_file=None), 20001) == told
    assert port_of(told) == 20001


def test_no_address_has_no_port() -> None:
    assert port_of("") == 0


@pytest.mark.parametrize("path", ["//evil.example", "../up", "a b", "board?x", "board//x", "https://x"])
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(ValidationError, match="board_path"):
        Settings(board_path=path, _env_file=None)
