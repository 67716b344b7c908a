"""The raw records of one or many simulated days, in the order in which they reach us."""

import heapq
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import count
from random import Random
from typing import NamedTuple

from pipeline.simulator.catalogue import DAY_MS, HOUR_MS, MINUTE_MS
from pipeline.simulator.day import COUNT_EVERY_MS, Day, plan_day
from pipeline.simulator.model import Order
from pipeline.simulator.stock import Stock, answered, restocked
from pipeline.simulator.story import tell
from pipeline.simulator.teller import Step
from schemas.raw import RawHeaders
from schemas.topics import RAW_CLOCK, raw_topic

TICK_MS = MINUTE_MS
SLOW_TICK_MS = 10 * MINUTE_MS
"""Ticks thin out two days after the last order was placed: what is left then is measured in hours."""
BUSY_AFTER_MS = 2 * DAY_MS
TAIL_MS = 49 * HOUR_MS
"""The clock runs on so long after the last event and the last deadline: longer than any waiting rule."""

LOOK_BACK_DAYS = 4
"""Days before the break whose orders are told to their end; older ones are final but for late refunds."""
LAST_WORD_MS = 8 * HOUR_MS


class RawEvent(NamedTuple):
    """One raw record. `at` is the simulated moment at which it reaches us, milliseconds since 1970 UTC.

    `partition` is None where the key decides; ticks go to every partition. `pushed`: `value` is the document
    of a push, which its sender signs and the gateway takes; else the page as a connector stores it.
    """

    topic: str
    key: bytes
    value: bytes
    headers: RawHeaders
    at: int
    partition: int | None = None
    pushed: bool = False


def raw_events(
    seed: int,
    orders: int,
    start: datetime,
    *,
    days: int | None = 1,
    partitions: int = 4,
    after_ms: int = 0,
) -> Iterator[RawEvent]:
    """Yield everything that `days` days (None: for ever) tell, day n with seed + n, in order of arrival.

    `after_ms`: a feed that was broken off there goes on; earlier events come along only where that is
    cheaper than to leave them out, so the caller drops what is before it.
    """
    end = None if days is None else round(start.timestamp() * 1000) + days * DAY_MS
    feed = Feed(partitions, end, after_ms)
    first = max(0, (after_ms - round(start.timestamp() * 1000)) // DAY_MS - LOOK_BACK_DAYS)
    for number in count(first) if days is None else range(first, days):
        yield from feed.day(plan_day(seed + number, orders, start + timedelta(days=number)))
    yield from feed.rest()


class Feed:
    """Merges the stories of all orders under way; memory grows with those, not with the days."""

    def __init__(self, partitions: int, orders_end_ms: int | None, after_ms: int = 0) -> None:
        self._partitions = partitions
        self._orders_end_ms = orders_end_ms
        self._after_ms = after_ms
        self._stock = Stock()
        self._stock_taken = after_ms == 0
        self._agenda: list[tuple[int, int, list[Step]]] = []
        self._numbers = count()
        self._tick_at = after_ms
        self._last_ms = 0

    def day(self, day: Day) -> Iterator[RawEvent]:
        """Yield what reaches us during this day; what is still to come of its orders stays for later."""
        self._tick_at = self._tick_at or day.start_ms
        self._open(day)
        counts = iter(range(day.start_ms + COUNT_EVERY_MS, day.start_ms + DAY_MS, COUNT_EVERY_MS))
        next_count = next(counts)
        for number in range(day.orders):
            order, rng = day.planned(number)
            while next_count <= order.ordered:
                yield from self._counted(day, next_count)
                next_count = next(counts, day.start_ms + DAY_MS)
            yield from self._until(order.ordered)
            self._plan(order, rng)
        while next_count < day.start_ms + DAY_MS:
            yield from self._counted(day, next_count)
            next_count = next(counts, day.start_ms + DAY_MS)
        yield from self._until(day.start_ms + DAY_MS - 1)

    def rest(self) -> Iterator[RawEvent]:
        """Yield what is still to come after the last day, then ticks until nothing can change any more."""
        while self._agenda:
            yield from self._until(self._agenda[0][0])
        yield from self._ticks(self._last_ms + TAIL_MS)

    def _open(self, day: Day) -> None:
        self._add(self._stock.open_day(day))
        self._add(restocked(day))
        self._add(answered(day))
        self._add(
            [Step(p.at, p.source, p.key.encode(), p.document, "main", p.api, p.pushed) for p in day.poison]
        )

    def _counted(self, day: Day, at: int) -> Iterator[RawEvent]:
        yield from self._until(at)
        take = not self._stock_taken and at > self._after_ms
        self._stock_taken = self._stock_taken or take
        self._add(self._stock.take(at) if take else self._stock.cloud_counts(day, at))

    def _plan(self, order: Order, rng: Random) -> None:
        self._stock.expect(order)
        self._last_ms = max(self._last_ms, order.deadline or 0, order.sign_by or 0)
        if not _is_over(order, self._after_ms):
            self._add(tell(rng, order))

    def _add(self, steps: list[Step]) -> None:
        if steps:
            steps.sort(reverse=True)
            heapq.heappush(self._agenda, (steps[-1].deliver_ms, next(self._numbers), steps))

    def _until(self, until_ms: int) -> Iterator[RawEvent]:
        """Yield every delivery up to and including this moment, with the ticks between."""
        agenda = self._agenda
        while agenda and agenda[0][0] <= until_ms:
            _, number, steps = agenda[0]
            step = steps.pop()
            if steps:
                heapq.heapreplace(agenda, (steps[-1].deliver_ms, number, steps))
            else:
                heapq.heappop(agenda)
            if step.deliver_ms >= self._tick_at:
                yield from self._ticks(step.deliver_ms)
            self._last_ms = max(self._last_ms, step.deliver_ms)
            yield _raw_event(step)

    def _ticks(self, until_ms: int) -> Iterator[RawEvent]:
        while self._tick_at <= until_ms:
            for partition in range(self._partitions):
                yield _tick(self._tick_at, partition)
            end = self._orders_end_ms
            thin = end is not None and self._tick_at >= end + BUSY_AFTER_MS
            self._tick_at += SLOW_TICK_MS if thin else TICK_MS


def _is_over(order: Order, after_ms: int) -> bool:
    """Tell whether nothing about this order can still reach us: healthy ones end soon after the signature."""
    end = order.closed or order.all_signed
    return end is not None and not order.fault and end + LAST_WORD_MS < after_ms


def _raw_event(step: Step) -> RawEvent:
    key = step.key
    if key.startswith(b"POISON"):
        delivery = key.decode()
    else:
        delivery = blake2b(key + step.document, digest_size=8).hexdigest()
    headers = RawHeaders(step.source, step.shop, step.deliver_ms, delivery, api=step.api)
    topic = raw_topic(step.source).name
    return RawEvent(topic, key, step.document, headers, step.deliver_ms, pushed=step.pushed)


def _tick(at: int, partition: int) -> RawEvent:
    headers = RawHeaders("clock", "", at, f"tick-{at}-{partition}")
    value = b'{"kind":"tick","at":%d}' % at
    return RawEvent(RAW_CLOCK.name, b"%d" % partition, value, headers, at, partition)


def start_of(ms: int) -> datetime:
    """Return milliseconds since 1970 as an aware UTC time."""
    return datetime.fromtimestamp(ms / 1000, UTC)
