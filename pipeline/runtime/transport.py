"""The batch transport: one stream event is one partition's whole fetch, and commits follow an in-order queue.

Stock Faust spends over 100 us on every message and tracks acknowledgements by offset arithmetic that can
skip a gap (docs/adr/0007). Here a source fetch is one message whose value is the list of aiokafka records;
changelog topics keep one message a record, so that Faust's own recovery works unchanged.
Private names of Faust and aiokafka are used on purpose: both are pinned, tests/contract guards each name.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, cast
from weakref import WeakKeyDictionary

from faust.transport.consumer import CONSUMER_FETCHING, ensure_TP
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage, Message
from faust.types.tuples import ack_lock
from mode import Service
from mode.utils.futures import notify

from pipeline.runtime.fetching import Fetchable, FetchThread
from pipeline.runtime.in_flight import InFlight, Place
from pipeline.runtime.in_step import Slice
from pipeline.runtime.records import lighten_fetches
from pipeline.runtime.step_keeper import InStepSpec, StepKeeper

FETCH_TIMEOUT_S = 1.0
STOP_GRACE_S = 5.0  # how long a stopping worker waits for the batches in hand; an outage may never end


class Consumer(driver.Consumer):
    """Delivers fetches as batches; the commit point is the end of the longest acknowledged prefix."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # Faust passes its own arguments through
        lighten_fetches()
        self._in_flight = InFlight()
        self._places: WeakKeyDictionary[Message, list[Place]] = WeakKeyDictionary()
        self.done_to: dict[TP, int] = {}
        self._resume_later: set[TP] = set()
        super().__init__(*args, **kwargs)
        transport = cast(Transport, self.transport)
        self.in_step = StepKeeper(self, transport.in_step)
        self._one_at_a_time = transport.one_at_a_time

    def _new_consumer_thread(self) -> FetchThread:
        return FetchThread(self, loop=self.loop, beacon=self.beacon)

    @Service.task
    async def _hand_over_in_step(self) -> None:
        await self.in_step.run()

    async def _drain_messages(self, fetcher: Any) -> None:
        pause_s = cast(Transport, self.transport).look_every_s
        try:
            while not (self._stopped.is_set() or fetcher._stopped.is_set()):
                self.diag.set_flag(CONSUMER_FETCHING)
                began_s = time.monotonic()
                records, active = await self._wait_next_records(FETCH_TIMEOUT_S)
                looked_s = time.monotonic() - began_s
                await self.sleep(0)
                if self.should_stop or records is None:
                    continue
                if self.flow_active:
                    await self._deliver(records, active)
                self.in_step.fetched_for(looked_s)
                if pause_s and sum(map(len, records.values())) < (self.app.conf.broker_max_poll_records or 1):
                    await self.sleep(pause_s)
        except self.consumer_stopped_errors:
            if not self.app.should_stop:
                raise
            self.log.info("the broker connection closed while stopping")
        except asyncio.CancelledError:
            if not self.app.should_stop:
                raise
        finally:
            self.diag.unset_flag(CONSUMER_FETCHING)

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Mapping[TP, list[Any]]:
        return await super()._getmany(cast(set[TP], Fetchable(self.may_take)), timeout)

    def may_take(self, tp: TP) -> bool:
        """Tell whether records of a partition would be delivered now: else they must stay where they are."""
        flows = self.flow_active and tp in self._active_partitions and tp not in self._paused_partitions
        if not flows or self.in_step.full(tp):
            return False
        return tp.topic not in self._one_at_a_time or not self._in_flight.is_busy(tp)

    def look_again(self) -> None:
        """Take what had to stay where it was fetched, if there is room for it by now."""
        cast(FetchThread, self._thread).look_again()

    def on_buffer_full(self, tp: TP) -> None:
        """Fetch no more of a partition; those in step are held instead, and fetched until they are full."""
        if not self.in_step.keeps(tp):
            super().on_buffer_full(tp)

    async def _deliver(self, records: Mapping[TP, Sequence[Any]], active: set[TP] | None) -> None:
        generation = self.app.consumer_generation_id
        for partition, fetched in records.items():
            tp = ensure_TP(partition)
            if not self.flow_active or self.app.consumer_generation_id != generation:
                return
            if active is not None and tp not in active and tp not in self._buffered_partitions:
                continue
            if tp in self._paused_partitions:
                continue  # taken before a rebalance, which starts again at the committed offset
            self.app.monitor.track_tp_end_offset(tp, self.highwater(tp))
            fresh = self._unread(tp, fetched)
            if fresh and self.in_step.keeps(tp):
                self.in_step.hold(tp, fresh)
            elif fresh:
                for message in self._messages(tp, fresh):
                    await self.wait_first(self.callback(message), self.suspend_flow.wait())
                self._read_offset[tp] = fresh[-1].offset + 1

    async def hand_over(self, due: Slice, delivered: Callable[[Message], None]) -> None:
        """Deliver a slice of partitions in step as one batch; `delivered` is told of it before."""
        ends = {ensure_TP(member): end for member, end in due.ends.items()}
        message = self._batch(due.records, ends)
        delivered(cast(Message, message))
        await self.wait_first(self.callback(message), self.suspend_flow.wait())
        self._read_offset.update(ends)

    def _unread(self, tp: TP, fetched: Sequence[Any]) -> list[Any]:
        read = self._read_offset[tp] or 0
        return list(fetched) if fetched[0].offset >= read else [r for r in fetched if r.offset >= read]

    def _messages(self, tp: TP, fresh: list[Any]) -> Iterable[ConsumerMessage]:
        if self.app.topics.acks_enabled_for(tp.topic):
            return [self._batch(fresh, {tp: fresh[-1].offset + 1})]
        return [self._to_message(tp, record) for record in fresh]

    def _batch(self, records: list[Any], ends: Mapping[TP, int]) -> ConsumerMessage:
        """Note records as in flight; Faust knows the message by the place of the last one."""
        last = records[-1]
        batch = ConsumerMessage(
            last.topic,
            last.partition,
            last.offset,
            last.timestamp / 1000.0,
            last.timestamp_type,
            [],
            None,
            cast(bytes, records),  # Faust hands it on untouched: our schema passes it through
            None,
            0,
            0,
            TP(last.topic, last.partition),
            generation_id=self.app.consumer_generation_id,
        )
        self._places[cast(Message, batch)] = [self._in_flight.add(tp, end) for tp, end in ends.items()]
        return batch

    def ack(self, message: Message) -> bool:
        """Mark a batch as done; offsets up to the first unfinished batch become committable."""
        with ack_lock:
            if message.acked:
                return False
            message.acked = True
            try:
                if self.app.topics.acks_enabled_for(message.topic):
                    self._unacked_messages.discard(message)
                    for place in self._places.pop(message, ()):
                        place.done = True
                        self.done_to[place.tp] = place.end
                        self._acked[place.tp] = [place.end]  # the commit loop visits what is in here
                    self.in_step.done(message)
                    if message.topic in self._one_at_a_time:
                        self.look_again()
                    self._n_acked += 1
                    return True
            finally:
                notify(self._waiting_for_ack)
            return False

    def let_go(self, message: Message) -> None:
        """Wait no longer for a batch that has another owner by now: it will never be acknowledged here."""
        with ack_lock:
            self._places.pop(message, None)
            self._unacked_messages.discard(message)
        notify(self._waiting_for_ack)

    def _new_offset(self, tp: TP) -> int | None:
        self._acked.pop(tp, None)
        return self._in_flight.committable(tp)

    def in_flight(self) -> dict[TP, int]:
        """Return how many batches of each partition are delivered and not yet committed, to any thread."""
        return self._in_flight.counts()

    def pause_partitions(self, tps: Iterable[TP]) -> None:
        """Stop fetching, also what was to be resumed with the flow."""
        self._resume_later.difference_update(tps)
        super().pause_partitions(tps)

    def resume_partitions(self, tps: Iterable[TP]) -> None:
        """Fetch changelogs again at once, sources when the flow is resumed.

        After a recovery Faust resumes the sources, seeks, then empties the agents' buffers. What came
        meanwhile was handed out, is never acknowledged, and would hold the commits until a restart.
        """
        sources = {tp for tp in tps if self.app.topics.acks_enabled_for(tp.topic)}
        self._resume_later |= sources
        super().resume_partitions(set(tps) - sources)

    def resume_flow(self) -> None:
        """Deliver again; Faust has just emptied the agents' buffers."""
        later, self._resume_later = self._resume_later, set()
        super().resume_partitions(later)
        super().resume_flow()

    def generation(self) -> int:
        """Return this member's generation as the group knows it now; -1 once the group dropped it.

        Faust's own number stays until the next assignment, while others may already hold the partitions.
        """
        return int(self._thread._ensure_consumer()._coordinator.generation)

    async def wait_empty(self) -> None:
        """Wait for the batches in hand; a stopping worker waits `STOP_GRACE_S`, what is left comes again.

        Faust's own waiting collects garbage once a second, and with a large state each look takes seconds.
        """
        until_s = float("inf")
        while self._unacked_messages and not self.should_stop and time.monotonic() < until_s:
            if self.app.should_stop:
                until_s = min(until_s, time.monotonic() + STOP_GRACE_S)
            await self.commit()
            await self._wait_for_ack(timeout=1)
            self._clean_unacked_messages()
        await self.commit_and_end_transactions()

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Deliver nothing until Faust has recovered its tables; who had no partition was not stopped."""
        self.stop_flow()
        self.in_step.own(generation_id, assigned)
        await super().on_partitions_assigned(assigned, generation_id)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Forget the batches of partitions that left: their acknowledgements count for nobody."""
        self.in_step.drop(revoked)
        await super().on_partitions_revoked(revoked)
        self._in_flight.drop(revoked)

    async def perform_seek(self) -> None:
        """Return to the committed offsets: what was in flight will be delivered again, as new batches."""
        self._in_flight.clear()
        self.in_step.clear()
        await super().perform_seek()
        sources = {tp for tp in self.assignment() if self.app.topics.acks_enabled_for(tp.topic)}
        for tp, first in (await self.earliest_offsets(*sources)).items():
            # What retention took before it was committed waits for nobody.
            self._read_offset[ensure_TP(tp)] = max(first, self._read_offset[ensure_TP(tp)] or 0)

    async def seek(self, partition: TP, offset: int) -> None:
        """Seek one partition, forgetting what was in flight of it."""
        self._in_flight.drop({ensure_TP(partition)})
        self.in_step.drop({ensure_TP(partition)})
        await super().seek(partition, offset)


class Transport(driver.Transport):
    """Faust's aiokafka driver with our consumer; selected by a broker URL with the scheme `certainty`."""

    Consumer: ClassVar[type[Consumer]] = Consumer

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # Faust passes its own arguments through
        super().__init__(*args, **kwargs)
        self.in_step = InStepSpec((), lambda record: 0, 0.0)
        self.look_every_s = 0.0
        self.one_at_a_time: set[str] = set()
        """Topics of which nothing is taken while a batch of the partition is in hand: what comes meanwhile
        stays where it was fetched, and nobody waits behind an agent whose buffer is full."""

    def read_in_step(self, spec: InStepSpec) -> None:
        """Read topics in step with one another; told before Faust starts, of one agent."""
        if self.in_step.topics:
            raise ValueError("another agent of this worker reads its topics in step already")
        self.in_step = spec
