"""Poison against outage: what may pass is waited out, a lost partition dropped, the rest ends the process."""

import os
from collections.abc import Callable
from typing import Any

import pytest
import structlog
from aiokafka.errors import KafkaConnectionError, OutOfOrderSequenceNumber
from tenacity import AsyncRetrying

from pipeline.runtime import salvage as module
from pipeline.runtime.salvage import EXIT_FATAL, LeftBehind, Outage, guarded


class Ended(BaseException):
    """Stands for the end of the process."""


@pytest.fixture(autouse=True)
def no_waiting_and_no_exit(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Time moves at once; the end of the process is an exception."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    def end(code: int) -> None:
        raise Ended(code)

    monkeypatch.setattr(AsyncRetrying, "__init__", _with_sleep(AsyncRetrying.__init__, sleep))
    monkeypatch.setattr(os, "_exit", end)
    return slept


def _with_sleep(init: Callable[..., None], sleep: Any) -> Callable[..., None]:
    def made(self: Any, *args: Any, **kwargs: Any) -> None:
        init(self, *args, **{**kwargs, "sleep": sleep})

    return made


def failing(*errors: Exception) -> tuple[Callable[[], Any], list[str]]:
    """Give a body that fails so often and is then through, and what happened."""
    happened: list[str] = []
    waiting = list(errors)

    async def body() -> None:
        happened.append("try")
        if waiting:
            raise waiting.pop(0)
        happened.append("through")

    return body, happened


@pytest.mark.parametrize(
    "outage",
    [
        Outage("away"),
        KafkaConnectionError(),
        OutOfOrderSequenceNumber(),
        ConnectionResetError(),
        TimeoutError(),
    ],
)
async def test_an_outage_is_tried_again_until_it_is_over_and_undone_before_each_try(
    outage: Exception,
) -> None:
    body, happened = failing(outage, outage, outage)
    await guarded("agent", "place", body, lambda: happened.append("undo"))
    assert happened == ["try", "undo", "try", "undo", "try", "undo", "try", "through"]


async def test_the_wait_between_two_tries_is_bounded(no_waiting_and_no_exit: list[float]) -> None:
    body, _ = failing(*[Outage("away")] * 40)
    await guarded("agent", "place", body, lambda: None)
    assert len(no_waiting_and_no_exit) == 40
    assert max(no_waiting_and_no_exit) <= module.LONGEST_WAIT_S


async def test_a_batch_of_a_partition_that_left_is_dropped_and_undone_and_the_worker_goes_on() -> None:
    body, happened = failing(LeftBehind("raw.tmall.v1[0]"))
    await guarded("agent", "place", body, lambda: happened.append("undo"))
    assert happened == ["try", "undo"]


@pytest.mark.parametrize("error", [ValueError("a bug"), module.TooManyDeadLetters("too many")])
async def test_anything_else_ends_the_process_un_acknowledged_and_says_where(error: Exception) -> None:
    body, happened = failing(error)
    with structlog.testing.capture_logs() as said, pytest.raises(Ended) as ended:
        await guarded("order_hub", "fact.order.v1[0]@5-9", body, lambda: None)
    assert ended.value.args == (EXIT_FATAL,)
    assert happened == ["try"]
    (line,) = [line for line in said if line["log_level"] == "critical"]
    assert (line["agent"], line["place"], line["error"]) == (
        "order_hub",
        "fact.order.v1[0]@5-9",
        str(error),
    )
