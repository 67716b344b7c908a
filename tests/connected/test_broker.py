"""The embedded broker keeps what it confirmed, and its topics are as declared."""

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from pipeline.embedded.jars import expected_jars, jars_folder
from pipeline.embedded.process import accepts
from pipeline.embedded.topics import (
    BrokerAway,
    PartitionsDiffer,
    admin,
    create_topics,
    differences,
    wanted_topics,
)
from pipeline.endpoints import kafka_bootstrap
from pipeline.producer import Producer, Record
from pipeline.runtime.tables import GROUPS
from pipeline.settings import Settings

pytestmark = pytest.mark.connected
TOPIC = "raw.clock.v1"


async def send(bootstrap: str, values: range) -> None:
    """Send numbers as values to one partition, confirmed."""
    async with Producer(bootstrap, 4) as producer:
        for value in values:
            producer.add(TOPIC, Record(b"key", str(value).encode(), 0), partition=1)
        assert await producer.flush() == len(values)


def received(bootstrap: str, partition: int = 1) -> list[int]:
    """Return every value of a partition."""
    from kafka import KafkaConsumer, TopicPartition

    consumer = KafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    place = TopicPartition(TOPIC, partition)
    consumer.assign([place])
    consumer.seek_to_beginning(place)
    end = consumer.end_offsets([place])[place]
    values: list[int] = []
    while consumer.position(place) < end:
        for records in consumer.poll(timeout_ms=500).values():
            values += [int(record.value) for record in records]
    consumer.close()
    return values


async def test_what_was_confirmed_survives_a_kill_and_the_address_stays(
    launch: Callable[..., Any], data_dir: Path
) -> None:
    settings = Settings(data_dir=data_dir, _env_file=None)
    broker = launch(settings, "broker").answers()
    bootstrap = kafka_bootstrap(settings)
    create_topics(bootstrap, settings)
    with admin(bootstrap) as client:  # groups are looked after by now: no error in the log of a first worker
        assert all(client.list_group_offsets(group) == {group: {}} for group in GROUPS.values())
    await send(bootstrap, range(1000))
    jvm = psutil.Process(broker.process.pid).children()[0]

    broker.end(signal.SIGKILL)
    psutil.wait_procs([jvm], timeout=5)
    assert not jvm.is_running() or jvm.status() == psutil.STATUS_ZOMBIE, "the JVM must not outlive its parent"
    broker.start()
    broker.answers()
    assert kafka_bootstrap(settings) == bootstrap
    assert received(bootstrap) == list(range(1000))

    await send(bootstrap, range(1000, 1100))
    assert broker.end(signal.SIGTERM) == 0
    assert not accepts(bootstrap)
    broker.start()
    broker.answers()
    assert received(bootstrap) == list(range(1100))
    assert broker.end() == 0


def test_topics_are_created_once_and_are_as_declared(stack: Settings) -> None:
    bootstrap = kafka_bootstrap(stack)
    assert create_topics(bootstrap, stack) == []
    assert differences(bootstrap, stack) == []


def test_each_difference_between_topics_is_named(stack: Settings) -> None:
    bootstrap = kafka_bootstrap(stack)
    other = stack.model_copy(update={"partitions": 5})
    found = differences(bootstrap, other)
    assert found == [f"{topic.name} has 4 partitions, not 5" for topic in wanted_topics(stack)]
    with pytest.raises(PartitionsDiffer, match="has 4 partitions, CERTAINTY_PARTITIONS is 5: set"):
        create_topics(bootstrap, other)


def test_a_missing_topic_is_named_and_created_again(stack: Settings) -> None:
    bootstrap = kafka_bootstrap(stack)
    with admin(bootstrap) as client:
        client.delete_topics([TOPIC])
    assert differences(bootstrap, stack) == [f"{TOPIC} is missing: `certainty topics create`"]
    assert create_topics(bootstrap, stack) == [TOPIC]


def test_a_broker_that_is_away_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.embedded.topics.ANSWER_S", 1.0)
    with pytest.raises(BrokerAway, match=r"127\.0\.0\.1:1 does not answer"):
        create_topics("127.0.0.1:1", Settings(_env_file=None))


def test_two_brokers_run_side_by_side(launch: Callable[..., Any], stack: Settings, data_dir: Path) -> None:
    other = Settings(data_dir=data_dir, _env_file=None)
    broker = launch(other, "broker").answers()
    assert kafka_bootstrap(other) != kafka_bootstrap(stack)
    assert accepts(kafka_bootstrap(other))
    assert accepts(kafka_bootstrap(stack))
    broker.end()


def test_the_jars_in_use_are_the_shipped_list(stack: Settings) -> None:
    assert {jar.name for jar in jars_folder(stack).glob("*.jar")} == set(expected_jars())
