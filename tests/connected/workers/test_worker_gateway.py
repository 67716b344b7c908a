"""From a push to a row: what the gateway answered with success is in ClickHouse, whatever happened."""

import asyncio
import signal
import time
from collections.abc import Callable
from typing import Any

import httpx
import orjson
import pytest
from pydantic import SecretStr

from pipeline.endpoints import kafka_bootstrap
from schemas.topics import RAW_CS
from tests.connected.gateway_client import Pusher

pytestmark = pytest.mark.connected
SECRETS = SecretStr('{"cs": ["a secret of this test"]}')
LANES = 8
AFTER = 150
"""Deliveries confirmed before the broker is killed, and again after it is back."""


def ticket(number: int) -> bytes:
    at = 1_764_547_200_000 + number
    return orjson.dumps(
        {"kind": "ticket", "order_id": f"push-{number}", "platform": "tmall", "shop": "shop", "open": True,
         "ticket_id": f"push-{number}", "topic": "question", "complaint": False, "updated_at": at}
    )  # fmt: skip


async def pushed(pusher: Pusher, broker: Any, at_work: Callable[[], None]) -> None:
    """Push on while the broker is killed, once the workers are at work, and started again.

    A worker that has not found a broker yet ends when it finds none: whoever supervises it starts it anew.
    """
    stop = asyncio.Event()

    async def lane(http: httpx.AsyncClient, first: int) -> None:
        number = first
        while not stop.is_set():
            await pusher.push(http, number)
            number += LANES

    async def confirmed(more: int) -> None:
        wanted = len(pusher.confirmed()) + more
        async with asyncio.timeout(60):
            while len(pusher.confirmed()) < wanted:
                await asyncio.sleep(0.05)

    async with httpx.AsyncClient(timeout=30, trust_env=False) as http:
        lanes = [asyncio.create_task(lane(http, first)) for first in range(LANES)]
        await confirmed(AFTER)
        await asyncio.to_thread(at_work)
        await asyncio.to_thread(broker.end, signal.SIGKILL)
        await asyncio.sleep(2)
        await asyncio.to_thread(lambda: (broker.start(), broker.answers()))
        await confirmed(AFTER)
        stop.set()
        await asyncio.gather(*lanes)


def test_every_delivery_answered_with_success_is_a_row_although_the_broker_was_killed(
    workers: Any, launch: Any, soon: Any
) -> None:
    core, sink = workers.work("core"), workers.work("sink")
    settings = workers.settings.model_copy(
        update={
            "data_dir": workers.settings.data_dir / "gateway",
            "kafka_bootstrap": kafka_bootstrap(workers.settings),
            "gateway_secrets": SECRETS,
        }
    )
    gateway = launch(settings, "gateway").answers()
    pusher = Pusher(settings, int(time.time()), ticket)

    def stored() -> set[str]:
        return {ticket_id for (ticket_id,) in workers.ask("SELECT ticket_id FROM ticket_reports FINAL")}

    def at_work() -> None:
        soon(lambda: any(name.startswith("push-") for name in stored()), "the first push is stored")

    asyncio.run(pushed(pusher, workers.broker, at_work))
    assert gateway.end() == 0
    workers.drain(RAW_CS.name)
    assert {f"push-{number}" for number in pusher.confirmed()} - stored() == set()
    assert 503 in pusher.told.values(), "the broker was away for some of them"
    assert (core.process.poll(), sink.process.poll()) == (None, None)
