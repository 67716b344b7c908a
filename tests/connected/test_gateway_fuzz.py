"""Sends nonsense to every endpoint of a running gateway: no answer is 500, and it lives."""

import asyncio
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from pipeline.embedded.topics import create_topics
from pipeline.endpoints import kafka_bootstrap, known_endpoint
from pipeline.gateway.request import STATUS
from pipeline.gateway.specs import PUSHES
from pipeline.settings import Settings
from tests.connected.gateway_client import signed, url_of

pytestmark = pytest.mark.connected
SECONDS = 60
"""Every endpoint is fuzzed so long, all of them at the same time."""
SEED = 7
LANES = 1
"""Requests at a time to each endpoint."""
PAUSE_S = 0.15
"""Between two requests of a lane: a minute is for what shows with time, not for a full processor."""
WORDS = ("param", "sign", "RequestData", "DataSign", "signature", "timestamp", "nonce", "echostr", "sign_v2",
         "msg_signature", "param_json", "app_key", "event-sign", "aftership-hmac-sha256",
         "x-certainty-signature", "x-certainty-timestamp", "x-certainty-delivery",
         "content-type", "content-encoding")  # fmt: skip
PIECES = (b"{", b"}", b"[", b"]", b'"', b",", b":", b"0", b"9" * 40, b"\x00", b"\xff", b"\\u0000", b"%", b"&",
          b"=", "圆".encode(), b"1e999", b"null", b"charset=gbk")  # fmt: skip


def nonsense(dice: random.Random, most: int = 200) -> bytes:
    """Return bytes that look like a delivery in places."""
    return b"".join(dice.choices(PIECES, k=dice.randrange(most)))


def mangled(dice: random.Random, body: bytes) -> bytes:
    """Return a delivery cut, doubled or with bytes replaced; one in four as it was."""
    match dice.randrange(4):
        case 0:
            return body[: dice.randrange(len(body) + 1)]
        case 1:
            return body + body
        case 2:
            at = dice.randrange(len(body) + 1)
            return body[:at] + nonsense(dice, 5) + body[at + 2 :]
        case _:
            return body


def request_of(dice: random.Random, settings: Settings, source: str) -> dict[str, Any]:
    """Return one request as arguments of httpx: rightly signed nonsense, or nonsense altogether."""
    method = dice.choice(("POST", "POST", "POST", "GET", "PUT"))
    if source in PUSHES and dice.random() < 0.5:
        made = signed(settings, source, nonsense(dice) or b"{}", int(time.time()))
        headers, url, body = dict(made.headers), url_of(settings, made), mangled(dice, made.body)
        return {"method": method, "url": url, "headers": headers, "content": body}
    names = dice.sample(WORDS, dice.randrange(6))
    path = quote(nonsense(dice, 4)) if dice.random() < 0.2 else "shop"
    query = "&".join(f"{name}={quote(nonsense(dice, 9))}" for name in dice.sample(WORDS, dice.randrange(6)))
    headers = {name: nonsense(dice, 6).replace(b"\x00", b"") for name in names}
    body = b"[" * dice.randrange(90_000) if dice.random() < 0.02 else nonsense(dice)
    url = f"{known_endpoint(settings, 'gateway')}/push/{source}/{path}?{query}"
    return {"method": method, "url": url, "headers": headers, "content": body}


async def fuzzed(settings: Settings, source: str, seconds: float) -> dict[int, int]:
    """Fuzz one endpoint; returns status -> count, 0 for a connection that was closed."""
    statuses: dict[int, int] = {}
    until_s = time.monotonic() + seconds

    async def lane(number: int, http: httpx.AsyncClient) -> None:
        dice = random.Random(f"{SEED} {source} {number}")
        while time.monotonic() < until_s:
            try:
                status = (await http.request(**request_of(dice, settings, source))).status_code
            except httpx.TransportError:
                status = 0
            statuses[status] = statuses.get(status, 0) + 1
            await asyncio.sleep(PAUSE_S)

    async with httpx.AsyncClient(timeout=20, trust_env=False) as http:
        await asyncio.gather(*[lane(number, http) for number in range(LANES)])
    return statuses


async def test_a_minute_of_nonsense_at_every_endpoint_gives_no_500_and_disturbs_nobody(
    launch: Callable[..., Any], data_dir: Path
) -> None:
    settings = Settings(data_dir=data_dir, _env_file=None)
    broker = launch(settings, "broker").answers()
    create_topics(kafka_bootstrap(settings), settings)
    gateway = launch(settings, "gateway").answers()
    sources = (*PUSHES, "nobody")
    found = await asyncio.gather(*(fuzzed(settings, source, SECONDS) for source in sources))
    for source, statuses in zip(sources, found, strict=True):
        assert set(statuses) - {0, 200, *STATUS.values()} == set(), (source, statuses)
        assert sum(statuses.values()) > 50, (source, statuses)
        assert statuses.get(0, 0) < sum(statuses.values()) / 10, (source, statuses)
    assert gateway.process.poll() is None
    async with httpx.AsyncClient(timeout=20, trust_env=False) as http:
        good = signed(settings, "cs", b"{}", int(time.time()))
        answer = await http.post(url_of(settings, good), content=good.body, headers=dict(good.headers))
        assert answer.status_code == 200
    assert gateway.end() == 0
    assert "Traceback" not in gateway.output.read_text(), gateway.output.read_text()
    broker.end()
