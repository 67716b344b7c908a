"""Lets those who pass on what an agent wrote catch up with it, while a backlog is worked off."""

import asyncio
import time
from typing import Any, cast

from faust.types import TP

from pipeline.runtime.batch import Batch
from pipeline.runtime.fronts import Fronts
from pipeline.runtime.in_step import TimeOf
from pipeline.runtime.transport import Consumer
from schemas.topics import Topic

PATIENCE_S = 30.0
"""Who gets no further is waited for so long, at every batch, and no longer."""
LOOK_S = 0.005
LIVE_MS = 5_000
"""Batches whose newest records are no further apart come as things happen: then nobody waits."""


class PassingOn:
    """Facts of waybills reach their orders through the parcel linker, a hop later than all others.

    Were it far behind, an order would see the clock pass its scans (docs/adr/0011). So in a backlog the next
    batch waits until the workers are done with what the last one wrote to `topics`.
    """

    def __init__(
        self, app: Any, topics: tuple[Topic, ...], time_of: TimeOf | None, fronts: Fronts | None = None
    ) -> None:
        self._app = app  # Faust's App, which is untyped here
        self._topics = {topic.name for topic in topics}
        self._time_of = time_of
        self._fronts = fronts
        self._newest_ms = 0

    async def await_passed_on(self, batch: Batch) -> None:
        """Return once everything is done with; at once while records come as they happen."""
        if not self._topics or self._is_live(batch):
            return
        ends = {TP(*place): last for place, last in batch.sent.items() if place[0] in self._topics}
        mine = cast(Consumer, self._app.consumer).assignment()
        left, until_s = self._left(ends, mine), time.monotonic() + PATIENCE_S
        while batch.is_current() and left and time.monotonic() < until_s:
            await asyncio.sleep(LOOK_S)
            before, left = left, self._left(ends, mine)
            if left < before:  # it is not stuck: a full slice takes an agent longer than this patience
                until_s = time.monotonic() + PATIENCE_S

    def _left(self, ends: dict[TP, int], mine: set[TP]) -> int:
        """Records still to be done with; a partition for which nobody speaks is waited for by nobody."""
        done, now_s, left = cast(Consumer, self._app.consumer).done_to, time.monotonic(), 0
        for tp, last in ends.items():
            if tp in mine:
                done_to: int | None = done.get(tp, 0)
            else:
                done_to = self._fronts.done_to(tp, now_s) if self._fronts else None
            if done_to is not None:
                left += max(0, last + 1 - done_to)
        return left

    def _is_live(self, batch: Batch) -> bool:
        if self._time_of is None:
            return False
        newest_ms = max(map(self._time_of, batch.records))
        before_ms, self._newest_ms = self._newest_ms, max(self._newest_ms, newest_ms)
        return newest_ms - before_ms <= LIVE_MS
