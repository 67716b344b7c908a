"""What waits for a worker, asked from its watchdog's thread: only numbers are read that are kept anyway."""

from typing import Any, cast

from faust.tables.manager import TableManager
from faust.types import TP

from pipeline.runtime.app import Worker
from pipeline.runtime.transport import Consumer


def backlog_of(worker: Worker) -> int:
    """What waits for this worker, see `waiting`; a recovery that reads on is progress."""
    consumer = cast(Consumer | None, worker.app._consumer)  # `app.consumer` would create one, in this thread
    if consumer is None:
        return 0
    if worker.app.in_recovery:
        recovery = cast(TableManager, worker.app.tables).recovery
        worker.progress.reached(list(recovery.active_offsets.values()))
    return waiting(consumer)


def waiting(consumer: Consumer) -> int:
    """Batches in flight, and records not delivered to an agent.

    Of the latter none count while nobody could fetch: the group is being reassigned, or Kafka is away.
    """
    kafka = consumer._thread._consumer
    taken = sum(consumer.in_flight().values())
    if kafka is None or kafka._subscription.reassignment_in_progress:
        return taken
    if kafka._coordinator.coordinator_id is None:
        return taken
    assignment = kafka._subscription.subscription.assignment
    sources = [tp for tp in assignment.tps if consumer.app.topics.acks_enabled_for(tp.topic)]
    return taken + sum(_behind(consumer, tp, assignment.state_value(tp)) for tp in sources)


def _behind(consumer: Consumer, tp: TP, fetched: Any) -> int:  # aiokafka is untyped
    """Records of a partition up to its known end; 1 where aiokafka has not even found its place."""
    read = consumer._read_offset.get(tp)
    place = fetched._position if read is None else read
    return 1 if place is None or fetched.highwater is None else max(0, fetched.highwater - place)
