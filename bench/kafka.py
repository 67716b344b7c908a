"""What the harness asks of Kafka: topics, a pre-filled topic, committed offsets, records, a paced load."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import (
    GroupCoordinatorNotAvailableError,
    GroupLoadInProgressError,
    NotCoordinatorForGroupError,
)

from bench.orders import START_MS, Expected, order
from pipeline.producer import Producer, Record, partition_of

E = TypeVar("E")

FLUSH_RECORDS = 20_000
SEND_EVERY_S = 0.02
NO_COORDINATOR_YET = (
    GroupCoordinatorNotAvailableError,
    GroupLoadInProgressError,
    NotCoordinatorForGroupError,
)
"""What a broker answers for the first group's first seconds."""


async def create_topic(cluster: str, name: str, partitions: int, *, compact: bool = False) -> None:
    """Create one topic and wait until it can be written."""
    admin = AIOKafkaAdminClient(bootstrap_servers=cluster)
    await admin.start()
    try:
        # Event times lie in the past: with a retention by time the broker would delete them mid-run.
        settings = {"cleanup.policy": "compact"} if compact else {"retention.ms": "-1"}
        await admin.create_topics([NewTopic(name, partitions, 1, topic_configs=settings)])
    finally:
        await admin.close()


async def delete_topics(cluster: str, names: list[str]) -> None:
    """Delete topics, so that the next contestant finds the broker as empty as the first."""
    admin = AIOKafkaAdminClient(bootstrap_servers=cluster)
    await admin.start()
    try:
        await admin.delete_topics(names)
    finally:
        await admin.close()


async def fill(cluster: str, topic: str, partitions: int, events: int) -> Expected:
    """Write events 0..events-1 keyed by SKU; returns what every runtime must come to."""
    expected = Expected()
    async with Producer(cluster, partitions) as producer:
        for number in range(events):
            sku, units, value = order(number)
            expected.add(sku, units)
            key = sku.encode()
            producer.add(topic, Record(key, value, START_MS + number), partition_of(key, partitions))
            if number % FLUSH_RECORDS == 0:
                await producer.flush()
        await producer.flush()
    return expected


async def committed(cluster: str, group: str, *topics: str) -> int:
    """Return the sum of the group's committed offsets of these topics; 0 while there is no such group."""
    admin = AIOKafkaAdminClient(bootstrap_servers=cluster)
    await admin.start()
    try:
        offsets = await admin.list_consumer_group_offsets(group)
    except NO_COORDINATOR_YET:
        return 0
    finally:
        await admin.close()
    return sum(max(0, found.offset) for partition, found in offsets.items() if partition.topic in topics)


async def ends(cluster: str, topics: Iterable[str]) -> int:
    """Return the sum of the end offsets of these topics."""
    consumer = AIOKafkaConsumer(*topics, bootstrap_servers=cluster)
    await consumer.start()
    try:
        places = [TopicPartition(t, n) for t in topics for n in consumer.partitions_for_topic(t) or ()]
        return sum((await consumer.end_offsets(places)).values())
    finally:
        await consumer.stop()


async def records(cluster: str, topics: Iterable[str]) -> AsyncIterator[Any]:
    """Give every record of the topics from their beginning to their present ends."""
    consumer: Any = AIOKafkaConsumer(*topics, bootstrap_servers=cluster, auto_offset_reset="earliest")
    await consumer.start()
    try:
        places = [TopicPartition(t, n) for t in topics for n in consumer.partitions_for_topic(t) or ()]
        ends = await consumer.end_offsets(places)
        while any([await consumer.position(place) < ends[place] for place in places]):
            for fetched in (await consumer.getmany(timeout_ms=500, max_records=20_000)).values():
                for record in fetched:
                    yield record
    finally:
        await consumer.stop()


async def paced(producer: Producer, events: Sequence[E], rate: int, add: Callable[[E], None]) -> None:
    """Add events, `rate` a second (0: at once), each slice confirmed; a late one is caught up."""
    began_s, sent = time.monotonic(), 0
    while sent < len(events):
        due = round((time.monotonic() - began_s) * rate) + 1 if rate else len(events)
        for event in events[sent:due]:
            add(event)
        sent = min(due, len(events))
        await producer.flush()
        await asyncio.sleep(SEND_EVERY_S if rate else 0)
