"""How far the workers are: committed offsets against the ends of their topics."""

import asyncio
import time
from collections.abc import Mapping

from bench import kafka
from bench.processes import BenchFailed, Child
from pipeline.endpoints import kafka_bootstrap
from pipeline.settings import Settings
from schemas.topics import DEAD_LETTER, DERIVED, FACT_ORDER, FACT_WAYBILL, FINDING, RAW

LOOK_S = 0.25
START_S = 240.0
STANDSTILL_S = 60.0
STAGES = (
    ("certainty-core", tuple(topic.name for topic in (*RAW, FACT_WAYBILL, FACT_ORDER, FINDING))),
    ("certainty-sink", tuple(topic.name for topic in (*DERIVED, DEAD_LETTER))),
)
"""Consumer groups in the order of the flow. The sink commits what ClickHouse has accepted."""


async def raw_committed(settings: Settings) -> int:
    """Return how many raw events the core workers have committed."""
    names = [topic.name for topic in RAW]
    return await kafka.committed(kafka_bootstrap(settings), STAGES[0][0], *names)


async def first_commit(settings: Settings, before: int, workers: Mapping[str, Child]) -> int:
    """Wait until more than `before` raw events are committed; returns how many more."""
    deadline = time.monotonic() + START_S
    while (done := await raw_committed(settings)) <= before:
        look_after(workers, deadline)
        await asyncio.sleep(LOOK_S / 5)
    return done - before


async def drained(settings: Settings, workers: Mapping[str, Child]) -> None:
    """Wait until both groups have committed everything; raises BenchFailed when they stand still."""
    cluster = kafka_bootstrap(settings)
    for group, topics in STAGES:
        before, deadline = -1, time.monotonic()
        while (done := await kafka.committed(cluster, group, *topics)) < await kafka.ends(cluster, topics):
            if done != before:
                before, deadline = done, time.monotonic() + STANDSTILL_S
            look_after(workers, deadline)
            await asyncio.sleep(LOOK_S)


def look_after(workers: Mapping[str, Child], deadline: float) -> None:
    """Raise BenchFailed when a worker has ended or the time is over."""
    for child in workers.values():
        child.check()
    if time.monotonic() > deadline:
        tails = "\n".join(f"{name}: {child.tail()}" for name, child in workers.items())
        raise BenchFailed(f"the workers do not get on with what waits for them:\n{tails}")
