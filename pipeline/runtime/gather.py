"""Gathers fetches into inserts: enough rows or enough waiting, then all of them are settled at once."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from pipeline.runtime.app import Worker
from pipeline.runtime.batch import Batch
from pipeline.runtime.fold import AgentContext, settle
from pipeline.runtime.salvage import LeftBehind, guarded

Row = tuple[Any, ...]  # a row of any table
Land = Callable[["Gathered"], Awaitable[None]]

LIVES_ON_S = 10.0
"""What is decided now may be dated long ago: it does not wait for so long after something was received."""
NOW_MS = 60_000
"""What was received so long ago, or is dated so far ahead, does not happen now: a backlog or another day."""


@dataclass(slots=True)
class Gathered:
    """The fetches of one insert, their rows by table, and their number of records."""

    batches: list[Batch] = field(default_factory=list)
    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    count: int = 0

    @property
    def token(self) -> str:
        """Where the rows come from: topic-partition-lo-hi of every fetch."""
        return ",".join(f"{b.topic}-{b.partition}-{b.first_offset}-{b.last_offset}" for b in self.batches)


class Gatherer:
    """Hands over at `sink_rows` rows or after `sink_wait_s`; after `sink_history_wait_s` while nothing that
    comes happens now: an insert costs the same for ten rows and for a thousand. What happens now ends that
    longer wait. Bounded: while one insert is under way and the next is full, `add` waits, the agent with it,
    at last the consumer stops fetching."""

    def __init__(self, agent: str, worker: Worker, land: Land) -> None:
        self._agent = agent
        self._worker = worker
        self._land = land
        self._now = Gathered()
        self._filled = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._task: asyncio.Task[None] | None = None
        self._lived_s = -LIVES_ON_S
        self._began_s = time.monotonic()

    async def add(self, batch: Batch, rows: Mapping[str, list[Row]], newest_ms: int) -> None:
        """Take a fetch, its rows, and when the newest of it was received; waits while there is no room."""
        await self._room.wait()
        if abs(time.time() * 1000 - newest_ms) <= NOW_MS:
            if not self._lives():
                self._filled.set()
            self._lived_s = time.monotonic()
        self._now.batches.append(batch)
        for table, told in rows.items():
            self._now.rows[table] += told
        self._now.count += len(batch.records)  # not rows: what gives none takes memory, too
        if self._now.count >= self._worker.settings.sink_rows:
            self._room.clear()
            self._filled.set()
        if self._task is None:
            self._task = asyncio.create_task(self._hand_over())

    async def _hand_over(self) -> None:
        settings = self._worker.settings
        while True:
            # From when gathering began: what came while the last insert was under way has waited for it.
            await self._fill(self._began_s + settings.sink_wait_s)
            if not self._lives():
                await self._fill(self._began_s + settings.sink_history_wait_s)
            full, self._now, self._began_s = self._now, Gathered(), time.monotonic()
            self._filled.clear()
            self._room.set()
            if full.batches:
                beat = self._worker.progress.beat
                await guarded(self._agent, full.token, partial(self._land, full), beat)
                beat()

    def _lives(self) -> bool:
        return time.monotonic() - self._lived_s <= LIVES_ON_S

    async def _fill(self, until_s: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(until_s - time.monotonic()):  # wait_for can lose a cancel
                await self._filled.wait()


async def settle_all(gathered: Gathered, context: AgentContext) -> None:
    """Settle every fetch whose rows have landed; those of partitions that left are their new owner's."""
    for batch in gathered.batches:
        with suppress(LeftBehind):
            await settle(batch, context)
