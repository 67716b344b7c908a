"""Hands raw events over in batches, as fast as simulated time allows."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from pipeline.simulator.feed import RawEvent

BATCH = 5_000
"""Most events handed over at once; also what is sent again after an outage."""
SPAN_MS = 600_000
"""Longest simulated time handed over at once: who reads along sees its topics no further apart than this."""
LOOK_S = 0.05
"""How often a paced feed looks for what has become due."""

Send = Callable[[list[RawEvent]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Pace:
    """`speed` simulated seconds a second; 0: as fast as possible. Up to `full_until_ms` always the latter."""

    speed: float
    full_until_ms: int = 0


async def hand_over(
    events: Iterator[RawEvent], send: Send, pace: Pace, wall: Callable[[], float], stop: asyncio.Event
) -> bool:
    """Send every event in order, a batch at a time; returns False when `stop` came first.

    `wall` gives seconds, never going back. `send` returns once a batch is confirmed. After a pause (an
    outage, a sleeping laptop) simulated time catches up at full speed; nothing is left out.
    """
    due: list[RawEvent] = []
    origin: tuple[float, int] | None = None
    for event in events:
        while pace.speed and event.at > pace.full_until_ms and not stop.is_set():
            if origin is None:
                origin = wall(), event.at
            if event.at <= origin[1] + (wall() - origin[0]) * pace.speed * 1000:
                break
            if due:
                await send(due)
                due = []
            await _wait(stop, LOOK_S)
        due.append(event)
        if len(due) >= BATCH or event.at - due[0].at >= SPAN_MS:
            await send(due)
            due = []
            await asyncio.sleep(0)
        if stop.is_set():
            return False
    if due:
        await send(due)
    return True


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
