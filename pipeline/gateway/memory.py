"""What was recorded lately and what is on its way: a delivery that comes again is not recorded twice."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable

from pipeline.gateway.accept import Accepted
from pipeline.gateway.outbox import PATIENCE_S, away
from pipeline.gateway.request import Reason, Refused

REMEMBERED = 100_000
"""Deliveries; an older one is recorded again, which is harmless downstream."""


class Lately:
    """A bounded map that forgets what was used least lately."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: OrderedDict[bytes, bytes] = OrderedDict()

    def get(self, key: bytes) -> bytes | None:
        """Return the value and keep it for longer."""
        if key in self._known:
            self._known.move_to_end(key)
        return self._known.get(key)

    def put(self, key: bytes, value: bytes) -> None:
        """Keep a value; the oldest goes when there are too many."""
        self._known[key] = value
        self._known.move_to_end(key)
        if len(self._known) > self._most:
            self._known.popitem(last=False)


class Memory:
    """Lets a delivery that comes several times be recorded once, for as long as it is remembered."""

    def __init__(self, put: Callable[[Accepted], "asyncio.Future[None]"], most: int = REMEMBERED) -> None:
        self._put = put
        self._confirmed = Lately(most)
        self._bound = Lately(most)
        self._on_the_way: dict[bytes, asyncio.Future[None]] = {}

    async def record(self, accepted: Accepted) -> bool:
        """Return once Kafka has the delivery; says whether it had it already. Raises Refused."""
        self._bind(accepted)
        identity = accepted.identity
        if self._confirmed.get(identity) is not None:
            return True
        confirmed = self._on_the_way.get(identity)
        repeated = confirmed is not None
        if confirmed is None:
            confirmed = self._on_the_way[identity] = self._put(accepted)
            confirmed.add_done_callback(lambda future: self._ended(identity, future))
        try:
            # Shielded: the sender of another copy may be waiting for the same record.
            await asyncio.wait_for(asyncio.shield(confirmed), PATIENCE_S)
        except TimeoutError:
            raise away() from None
        return repeated

    def _bind(self, accepted: Accepted) -> None:
        """Let a signature speak for the one delivery it first came with: not every part of it is signed."""
        if not accepted.once:
            return
        if self._bound.get(accepted.once) not in (None, accepted.identity):
            raise Refused(Reason.REPLAYED, "this signature came before with another delivery")
        self._bound.put(accepted.once, accepted.identity)

    def _ended(self, identity: bytes, future: "asyncio.Future[None]") -> None:
        del self._on_the_way[identity]
        if not future.cancelled() and future.exception() is None:
            self._confirmed.put(identity, b"")
