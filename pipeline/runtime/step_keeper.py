"""Keeps a worker's topics in step: holds what was fetched of them, hands it over when its turn has come."""

import asyncio
import time
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, WeakSet

from faust.types import TP, Message

from pipeline.runtime.fronts import Fronts
from pipeline.runtime.in_step import InStep, Member, Slice, TimeOf
from pipeline.runtime.metrics import LEFT_OUT

if TYPE_CHECKING:
    from pipeline.runtime.transport import Consumer

LOOK_S = 0.1
"""Longest wait until what changes without a record is noticed: that a partition has nothing more to read."""
MOST_RECORDS = 20_000
"""Most records of a slice: an agent reads one without a pause, and the watchdog hears of it at its end."""
MOST_UNDONE = 2
"""Slices handed over and not acknowledged: one in hand, one ready. More would only take memory."""
OTHERS = "other workers"
"""Stands for the topics of partitions that belong to them."""


@dataclass(frozen=True, slots=True)
class InStepSpec:
    """What is read in step: names of topics, the time of a record, and how far one may be ahead of another.

    `fronts` has what other workers said, and is told what this one holds; None: there are no others.
    """

    topics: Collection[str]
    time_of: TimeOf
    step_ms: float
    fronts: Fronts | None = None


class StepKeeper:
    """The topics in step of one consumer. `run` hands over slice after slice; all else answers at once.

    What is held was not delivered: no commit covers it, and whatever takes the consumer back to an earlier
    position drops it.
    """

    def __init__(self, consumer: "Consumer", spec: InStepSpec) -> None:
        self._consumer = consumer
        self._topics = spec.topics
        self._fronts = spec.fronts
        most = min(MOST_RECORDS, consumer.app.conf.broker_max_poll_records or MOST_RECORDS)
        self._steps = InStep(spec.time_of, spec.step_ms, most, _count_left_out)
        self._undone: WeakSet[Message] = WeakSet()
        self._not_passed_on: WeakKeyDictionary[Message, int] = WeakKeyDictionary()
        self._fetching_s = 0.0
        self._refused = False
        self._woken = asyncio.Event()

    def keeps(self, tp: TP) -> bool:
        """Tell whether a partition is read in step with others."""
        return tp.topic in self._topics

    def full(self, tp: TP) -> bool:
        """Tell whether no more may be fetched of a partition now; asked from aiokafka's thread, too."""
        is_full = self._steps.full(tp)
        self._refused |= is_full
        return is_full

    def hold(self, tp: TP, records: list[Any]) -> None:
        """Take a fetch."""
        self._steps.hold(tp, records)

    def fetched_for(self, seconds: float) -> None:
        """Count the time of one look for new records: patience with a partition is measured in it."""
        kafka = self._consumer._thread._consumer
        if kafka is not None and kafka._coordinator.coordinator_id is not None:
            self._fetching_s += seconds
        self._woken.set()

    def done(self, message: Message) -> None:
        """Make room for the next slice."""
        self._undone.discard(message)
        self._woken.set()

    def passed_on(self, message: Message) -> None:
        """Let the others go on: what came of a slice is done with."""
        self._not_passed_on.pop(message, None)

    def front_ms(self) -> int | None:
        """Everything older was read and passed on; None: everything was."""
        fronts = [*self._not_passed_on.values(), self._steps.front_ms(self._behind())]
        return min((front for front in fronts if front is not None), default=None)

    @property
    def waits(self) -> bool:
        """Whether nothing is in hand although records wait, or a slice is read and not yet passed on.

        Then somebody has to move first, maybe in another worker; live nobody has to.
        """
        idles = self._steps.holds and not self._undone
        return idles or len(self._not_passed_on) > len(self._undone)

    def own(self, generation: int, tps: Iterable[TP]) -> None:
        """Take note of what this worker holds now."""
        if self._fronts is not None:
            self._fronts.own(generation, {tp.partition for tp in tps if tp.topic in self._topics})

    def drop(self, tps: Iterable[TP]) -> None:
        """Forget what is held of these partitions: it will be fetched again."""
        self._steps.drop(tps)

    def clear(self) -> None:
        """Forget everything that is held or was handed over: it will be fetched again."""
        self._steps.clear()
        self._undone.clear()
        self._not_passed_on.clear()

    async def run(self) -> None:
        """Hand over what is due, until cancelled."""
        consumer = self._consumer
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S if self._steps.holds else None):
                    await self._woken.wait()
            self._woken.clear()
            while consumer.flow_active and len(self._undone) < MOST_UNDONE:
                due = self._next()
                if due is None:
                    break
                await consumer.hand_over(due, partial(self._delivered, began_ms=due.began_ms))
                if self._refused:  # there may be room now; else nothing had to stay
                    self._refused = False
                    consumer.look_again()

    def _delivered(self, message: Message, began_ms: int) -> None:
        self._undone.add(message)
        self._not_passed_on[message] = began_ms

    def _next(self) -> Slice | None:
        """The next slice that neither a partition of this worker nor another worker holds back."""
        others, now_s = self._fronts, time.monotonic()
        if others is None or others.alone:
            return self._steps.next(self._behind, self._fetching_s)
        unheard = [(OTHERS, number) for number in others.unheard()]
        return self._steps.next(
            lambda: chain(self._behind(), unheard), self._fetching_s, others.lowest_ms(now_s)
        )

    def _behind(self) -> Iterable[Member]:
        """The partitions of which aiokafka has not taken everything that it knows Kafka has."""
        kafka = self._consumer._thread._consumer
        assignment = None if kafka is None else kafka._subscription.subscription.assignment
        if assignment is None:
            return
        for tp in assignment.tps:
            if tp.topic in self._topics:
                fetched = assignment.state_value(tp)
                place, end = fetched._position, fetched.highwater
                if place is None or end is None or place < end:
                    yield tp


def _count_left_out(member: Member) -> None:
    LEFT_OUT.labels(member[0]).inc()
