"""The gatherer: how long rows wait, for each other and for the insert before them."""

import asyncio
import time
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pipeline.runtime.batch import Batch
from pipeline.runtime.gather import Gathered, Gatherer

WAIT_S = 0.3


def batch(offset: int) -> Batch:
    records = [SimpleNamespace(offset=offset)]
    return Batch("t", 0, cast(Any, records), 4, lambda: None, lambda: None, lambda: True)


class Landing:
    """Stands for the store: an insert takes `takes_s`; when each began, and what it held."""

    def __init__(self, takes_s: float, history_wait_s: float = WAIT_S) -> None:
        self.takes_s = takes_s
        self.landed: list[tuple[float, int]] = []
        settings = SimpleNamespace(sink_rows=1000, sink_wait_s=WAIT_S, sink_history_wait_s=history_wait_s)
        worker = SimpleNamespace(settings=settings, progress=SimpleNamespace(beat=lambda: None))
        self.gatherer = Gatherer("sink", cast(Any, worker), self.land)

    async def land(self, gathered: Gathered) -> None:
        self.landed.append((asyncio.get_running_loop().time(), gathered.count))
        await asyncio.sleep(self.takes_s)

    async def feed(self, count: int, every_s: float) -> None:
        for number in range(count):
            await self.gatherer.add(batch(number), {"table": [(number,)]}, 0)
            await asyncio.sleep(every_s)


@pytest.mark.parametrize(("takes_s", "apart_s"), [(0.0, WAIT_S), (2 * WAIT_S, 2 * WAIT_S)])
async def test_what_came_during_an_insert_has_waited_for_it(takes_s: float, apart_s: float) -> None:
    store = Landing(takes_s)
    await store.feed(60, WAIT_S / 8)
    apart = [after - before for (before, _), (after, _) in zip(store.landed, store.landed[1:], strict=False)]
    assert len(apart) >= 2
    middle = sorted(apart)[len(apart) // 2]
    assert apart_s * 0.9 <= middle < apart_s + WAIT_S * 0.9


async def test_after_a_pause_the_first_rows_wait_no_longer_than_all_others() -> None:
    store = Landing(0.0)
    await store.feed(1, 3 * WAIT_S)
    await store.feed(1, 2 * WAIT_S)
    assert [count for _, count in store.landed] == [1, 1]


async def test_what_happens_now_waits_for_no_history() -> None:
    store = Landing(0.0, history_wait_s=60)
    await store.feed(1, 2 * WAIT_S)
    assert store.landed == [], "a row of long ago waits for others"
    await store.gatherer.add(batch(1), {"table": [(1,)]}, round(time.time() * 1000))
    await asyncio.sleep(WAIT_S)
    assert [count for _, count in store.landed] == [2]
