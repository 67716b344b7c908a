"""Lets the screen tests import what lies beside them, and puts a fake store behind the pages."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """The fake store behind the board; nothing of another test is left in the caches."""
    from fake_board import FakeReader
    from pages import forget

    from dashboard import source

    fake = FakeReader()
    monkeypatch.setattr(source, "open_reader", lambda: fake)
    forget()
    yield fake
    forget()
