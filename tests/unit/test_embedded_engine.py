"""What the engine's binding raises, of whatever class, reaches the asker as an error of ClickHouse."""

import threading
from types import SimpleNamespace

import pytest

from pipeline.embedded.engine import Engine, EngineError, Request


def engine_raising(error: Exception) -> Engine:
    """An engine whose connections refuse every statement; Any part of chdb it does not touch is absent."""

    def refuse(*_: object, **__: object) -> None:
        raise error

    engine = Engine.__new__(Engine)
    engine._folder = "nowhere"
    engine._slots = threading.BoundedSemaphore(1)
    engine._chdb = SimpleNamespace(connect=lambda _: SimpleNamespace(query=refuse, close=lambda: None))
    return engine


@pytest.mark.parametrize("kind", [RuntimeError, SystemError, ValueError])
def test_an_error_of_any_class_keeps_clickhouses_code(kind: type[Exception]) -> None:
    engine = engine_raising(kind("Code: 60. DB::Exception: Unknown table. (UNKNOWN_TABLE)"))
    with pytest.raises(EngineError) as raised:
        engine.run(Request("SELECT 1"))
    assert raised.value.code == 60


def test_an_error_without_a_code_names_its_class_and_can_be_sent() -> None:
    engine = engine_raising(SystemError("no text \udc80"))
    with pytest.raises(EngineError) as raised:
        engine.run(Request("SELECT 1"))
    assert raised.value.code == 1000
    assert str(raised.value) == "SystemError: no text ?"
    assert str(raised.value).encode()
