"""Reads the body of a request within its limits, and bounds how many are held at a time."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.types import Receive

from pipeline.gateway.request import Reason, Refused

BODY_S = 10.0
"""Longest time for a body to come."""
MOST_REQUESTS = 2000
MOST_BYTES = 64 << 20


class Admission:
    """Counts the deliveries that are being handled, and the bytes that their bodies may need."""

    def __init__(self, requests: int = MOST_REQUESTS, size: int = MOST_BYTES) -> None:
        self._requests = requests
        self._size = size

    @contextmanager
    def hold(self, size: int) -> Iterator[None]:
        """Hold a place while the block runs; raises Refused when there is none."""
        if self._requests < 1 or self._size < size:
            raise Refused(Reason.BUSY, "too many deliveries are being handled: try again later")
        self._requests -= 1
        self._size -= size
        try:
            yield
        finally:
            self._requests += 1
            self._size += size


def declared_size(content_length: bytes, most: int) -> int:
    """Return the bytes to expect, `most` when nothing is declared; raises Refused above it."""
    if not content_length:
        return most
    if not content_length.isdigit():
        raise Refused(Reason.MALFORMED, "the content length is no number")
    if len(content_length) > 12 or int(content_length) > most:
        raise Refused(Reason.TOO_LARGE, f"a delivery may have {most} bytes")
    return int(content_length)


async def read_body(receive: Receive, content_length: bytes, most: int) -> bytes:
    """Return the whole body; raises Refused when it is too large, too slow or cut off."""
    try:
        async with asyncio.timeout(BODY_S):
            body = await _pieces(receive, most)
    except TimeoutError:
        raise Refused(Reason.SLOW, f"the delivery did not arrive within {BODY_S:.0f} s") from None
    if content_length and len(body) != int(content_length):
        raise Refused(Reason.TRUNCATED, "the delivery has another length than was declared")
    return body


async def _pieces(receive: Receive, most: int) -> bytes:
    pieces, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(Reason.TRUNCATED, "the delivery was cut off")
        piece = message.get("body", b"")
        size += len(piece)
        if size > most:
            raise Refused(Reason.TOO_LARGE, f"a delivery may have {most} bytes")
        pieces.append(piece)
        more = message.get("more_body", False)
    return b"".join(pieces)
