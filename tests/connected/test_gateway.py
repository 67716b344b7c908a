"""The gateway with a real Kafka: what it answered with success is there, whatever happens to the broker."""

import asyncio
import signal
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import psutil
import pytest

from pipeline.embedded.topics import create_topics
from pipeline.endpoints import kafka_bootstrap, known_endpoint
from pipeline.settings import Settings
from schemas.topics import RAW_CS, RAW_KUAIDI
from tests.connected.gateway_client import Pusher, kept, signed, url_of

pytestmark = pytest.mark.connected
AWAY_S = 6.0
"""Longest time to the refusal of a delivery while Kafka is away."""
BACK_S = 60.0
LOAD = 1_000_000
"""The first delivery of the load; another test's are below."""


@pytest.fixture(scope="module")
def broker(
    tmp_path_factory: pytest.TempPathFactory, launch: Callable[..., Any]
) -> Iterator[tuple[Settings, Any]]:
    """A broker with topics; a test that kills it starts it again."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("gateway"), _env_file=None)
    part = launch(settings, "broker").answers()
    create_topics(kafka_bootstrap(settings), settings)
    yield settings, part
    part.end()


@pytest.fixture
def parts(launch: Callable[..., Any], broker: tuple[Settings, Any]) -> Iterator[tuple[Settings, Any, Any]]:
    """The broker, and a gateway of the test's own."""
    settings, part = broker
    gateway = launch(settings, "gateway").answers()
    yield settings, part, gateway
    assert gateway.end() == 0
    assert "Traceback" not in gateway.output.read_text(), gateway.output.read_text()


async def until(answer: Callable[[], Any], wanted: int, within_s: float) -> None:
    """Wait until an awaited status is the wanted one."""
    async with asyncio.timeout(within_s):
        while await answer() != wanted:
            await asyncio.sleep(0.1)


async def test_what_was_answered_with_success_is_in_kafka_although_the_broker_was_killed(
    parts: tuple[Settings, Any, Any],
) -> None:
    settings, broker, gateway = parts
    process = psutil.Process(gateway.process.pid)
    pusher = Pusher(settings, int(time.time()))
    base = known_endpoint(settings, "gateway")
    stop = asyncio.Event()

    async def push_on(http: httpx.AsyncClient, first: int) -> None:
        number = first
        while not stop.is_set():
            await pusher.push(http, number)
            number += 8

    async with httpx.AsyncClient(timeout=30, trust_env=False) as http:
        health = lambda: _status(http, f"{base}/health")  # noqa: E731
        assert await health() == 200
        lanes = [asyncio.create_task(push_on(http, LOAD + first)) for first in range(8)]
        await _grown(pusher, 200, 200)
        await asyncio.to_thread(broker.end, signal.SIGKILL)
        await until(health, 503, 10)
        await _grown(pusher, 503, 16)
        assert pusher.slowest_s < AWAY_S
        await asyncio.to_thread(_start_again, broker)
        await until(health, 200, BACK_S)
        await _grown(pusher, 200, 200)
        stop.set()
        await asyncio.gather(*lanes)

    assert set(pusher.told.values()) == {200, 503}
    found = {int(value) for value in await kept(settings, RAW_CS.name)}
    assert pusher.confirmed() - found == set()
    assert process.is_running()
    assert process.memory_info().rss < 300 << 20


def _start_again(part: Any) -> None:
    part.start()
    part.answers()


async def _status(http: httpx.AsyncClient, url: str) -> int:
    return (await http.get(url)).status_code


async def _grown(pusher: Pusher, status: int, by: int) -> None:
    """Wait until so many more deliveries have had this status."""
    before = sum(told == status for told in pusher.told.values())
    async with asyncio.timeout(BACK_S):
        while sum(told == status for told in pusher.told.values()) < before + by:
            await asyncio.sleep(0.05)


async def test_a_gateway_that_is_told_to_stop_finishes_what_it_has_begun(
    parts: tuple[Settings, Any, Any],
) -> None:
    settings, _, gateway = parts
    pusher = Pusher(settings, int(time.time()))
    async with httpx.AsyncClient(timeout=30, trust_env=False) as http:
        lanes = [asyncio.create_task(pusher.push(http, number)) for number in range(200)]
        await asyncio.wait(lanes, return_when=asyncio.FIRST_COMPLETED)
        gateway.process.send_signal(signal.SIGTERM)
        await asyncio.gather(*lanes)
    assert await asyncio.to_thread(gateway.process.wait, 30) == 0
    assert set(pusher.told.values()) <= {0, 200}
    assert pusher.confirmed()
    assert pusher.confirmed() <= {int(value) for value in await kept(settings, RAW_CS.name)}


async def test_a_gateway_that_starts_before_its_broker_takes_deliveries_once_it_is_there(
    parts: tuple[Settings, Any, Any],
) -> None:
    settings, broker, gateway = parts
    assert gateway.end() == 0
    broker.end(signal.SIGKILL)
    gateway.start()
    gateway.answers()
    pusher = Pusher(settings, int(time.time()))
    async with httpx.AsyncClient(timeout=30, trust_env=False) as http:
        assert await pusher.push(http, 1) == 503
        await asyncio.to_thread(_start_again, broker)
        await until(lambda: pusher.push(http, 1), 200, BACK_S)


def test_the_wire_is_as_strict_as_the_application(parts: tuple[Settings, Any, Any]) -> None:
    settings, _, _ = parts
    host, _, port = known_endpoint(settings, "gateway").removeprefix("http://").partition(":")

    def answered(*pieces: bytes) -> bytes:
        with socket.create_connection((host, int(port)), 15) as line:
            for piece in pieces:
                line.sendall(piece)
            line.shutdown(socket.SHUT_WR)
            return line.recv(65536)

    head = b"POST /push/cs/shop HTTP/1.1\r\nhost: x\r\n"
    assert b" 413 " in answered(head + b"content-length: 900001\r\n\r\n")
    assert b" 400 " in answered(head + b"content-length: x\r\n\r\n")
    assert b" 500 " not in answered(head + b"content-length: 9\r\n\r\n{}")
    assert b" 413 " in answered(
        head + b"transfer-encoding: chunked\r\n\r\n", *[b"10000\r\n" + b"x" * 65536 + b"\r\n"] * 14
    )
    assert b" 400 " in answered(b"\x16\x03\x01\x02\x00\x01\x00")


async def test_a_platforms_own_form_travels_whole(parts: tuple[Settings, Any, Any]) -> None:
    settings, _, _ = parts
    request = signed(settings, "kuaidi100", '{"lastResult":{"nu":"圆通1"}}'.encode(), int(time.time()))
    async with httpx.AsyncClient(timeout=30, trust_env=False) as http:
        for _ in range(2):
            answer = await http.post(url_of(settings, request), content=request.body)
            assert answer.json() == {"result": True, "returnCode": "200", "message": "ok"}
    assert await kept(settings, RAW_KUAIDI.name) == [request.body]
