"""Signed deliveries over kept connections, at a rate or as fast as they are answered."""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Iterator

from pipeline.endpoints import known_endpoint
from pipeline.gateway.request import PushRequest
from pipeline.settings import Settings

CONNECTIONS = 64

Deliveries = Iterator[tuple[str, PushRequest]]
"""A name of the sender's for each, and the delivery."""


class Load:
    """`statuses` counts every answer since the start; `accepted_ms`: when each was answered with success."""

    def __init__(self, settings: Settings, deliveries: Deliveries) -> None:
        self.waits_ms: list[float] = []
        self.accepted_ms: dict[str, float] = {}
        self.statuses: Counter[int] = Counter()
        self._address = known_endpoint(settings, "gateway").removeprefix("http://")
        self._deliveries = deliveries

    async def run(self, seconds: float, rate: int = 0) -> None:
        """Send for so long; `rate` a second on schedule, 0: each connection as soon as it has its answer."""
        began = time.perf_counter()
        turns = itertools.count()

        async def lane() -> None:
            host, _, port = self._address.partition(":")
            reader, writer = await asyncio.open_connection(host, int(port))
            while True:
                due = began + (next(turns) / rate if rate else 0)
                if max(due, time.perf_counter()) > began + seconds:
                    break
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                sent = max(due, began) if rate else time.perf_counter()
                name, request = next(self._deliveries)
                writer.write(_on_the_wire(request))
                status = await _status(reader)
                self.statuses[status] += 1
                self.waits_ms.append((time.perf_counter() - sent) * 1000)
                if status == 200:
                    self.accepted_ms[name] = time.time() * 1000
            writer.close()

        await asyncio.gather(*[lane() for _ in range(CONNECTIONS)])


def _on_the_wire(request: PushRequest) -> bytes:
    head = [f"POST /push/{request.source}/{request.shop} HTTP/1.1".encode(), b"host: gateway"]
    head += [name.encode() + b": " + value for name, value in request.headers.items()]
    head += [b"content-length: %d" % len(request.body), b"", request.body]
    return b"\r\n".join(head)


async def _status(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
    await reader.readexactly(length)
    return int(head.split(b" ", 2)[1])
