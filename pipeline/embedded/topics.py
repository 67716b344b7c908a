"""Creates every topic and changelog as declared, and compares what a broker has with that."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.runtime.tables import CHANGELOGS, GROUPS
from pipeline.settings import Settings
from schemas.topics import INTERNAL, TOPICS

if TYPE_CHECKING:
    from kafka.admin import KafkaAdminClient

ANSWER_S = 15.0

NOT_AS_MANY = "partitions, not"
"""In the sentence about a topic that no command mends; SET_PARTITIONS says what does."""
SET_PARTITIONS = "set CERTAINTY_PARTITIONS to what the topics have; their number is fixed at their creation"


class BrokerAway(RuntimeError):
    """Kafka does not answer."""


class PartitionsDiffer(RuntimeError):
    """A topic has another number of partitions than the settings say."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One topic as it must be."""

    name: str
    partitions: int
    replication: int
    configs: dict[str, str]


@contextmanager
def admin(bootstrap: str) -> Iterator["KafkaAdminClient"]:
    """Give a client for administration; raises BrokerAway, also for what happens inside the block."""
    from kafka.admin import KafkaAdminClient  # noqa: PLC0415  (keeps --help fast)
    from kafka.errors import KafkaConnectionError, KafkaTimeoutError  # noqa: PLC0415

    try:
        client = KafkaAdminClient(
            bootstrap_servers=bootstrap,
            bootstrap_timeout_ms=int(ANSWER_S * 1000),
            request_timeout_ms=int(ANSWER_S * 1000),
            client_id="certainty-admin",
        )
        try:
            yield client
        finally:
            client.close()
    except (KafkaTimeoutError, KafkaConnectionError, OSError) as error:
        raise BrokerAway(f"Kafka on {bootstrap} does not answer: {error}") from error


def wanted_topics(settings: Settings) -> list[Wanted]:
    """Return every topic as the settings and declarations want it."""
    common = {
        "min.insync.replicas": "2" if settings.replication >= 3 else "1",
        # Event times are inside the records. Retention must go by the broker's clock, or history and
        # simulated days would be deleted, or refused, on arrival.
        "message.timestamp.type": "LogAppendTime",
    }
    kept = [
        (topic.name, {"cleanup.policy": "delete", "retention.ms": str(topic.retention_ms)})
        for topic in TOPICS
    ]
    # Only closed segments are compacted: small ones keep the recovery of a worker short.
    compacted = [
        (name, {"cleanup.policy": "compact", "segment.bytes": str(64 << 20)})
        for name in (*CHANGELOGS, *(topic.name for topic in INTERNAL))
    ]
    return [
        Wanted(name, settings.partitions, settings.replication, common | configs)
        for name, configs in kept + compacted
    ]


def create_topics(bootstrap: str, settings: Settings) -> list[str]:
    """Create what is missing; returns its names. Existing topics stay as they are.

    Raises BrokerAway, and PartitionsDiffer: with another number a key would go elsewhere than its state lies.
    """
    with admin(bootstrap) as client:
        known = set(client.list_topics())
        wanted = wanted_topics(settings)
        _require_partitions(client, [topic for topic in wanted if topic.name in known])
        missing = [topic for topic in wanted if topic.name not in known]
        if missing:
            client.create_topics(
                {
                    topic.name: {
                        "num_partitions": topic.partitions,
                        "replication_factor": topic.replication,
                        "configs": topic.configs,
                    }
                    for topic in missing
                },
                timeout_ms=int(ANSWER_S * 1000),
                wait_for_metadata=True,
            )
            _await_groups(client)
    return [topic.name for topic in missing]


def _await_groups(client: "KafkaAdminClient") -> None:
    """Wait until Kafka looks after groups, `ANSWER_S` at most; then workers wait for it themselves.

    It makes its topic of their offsets when it is first asked for some; a worker that was the first to ask
    logged errors at its very first start.
    """
    from kafka.errors import KafkaError  # noqa: PLC0415
    from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_fixed  # noqa: PLC0415

    patient = Retrying(
        retry=retry_if_exception(lambda error: isinstance(error, KafkaError) and error.retriable),
        wait=wait_fixed(0.1),
        stop=stop_after_delay(ANSWER_S),
        reraise=True,
    )
    with suppress(KafkaError):
        for group in GROUPS.values():
            patient(client.list_group_offsets, group)


def _require_partitions(client: "KafkaAdminClient", there: list[Wanted]) -> None:
    for topic, told in zip(there, client.describe_topics([one.name for one in there]), strict=True):
        if (number := len(told["partitions"])) != topic.partitions:
            raise PartitionsDiffer(
                f"{told['name']} has {number} partitions, CERTAINTY_PARTITIONS is {topic.partitions}:"
                f" {SET_PARTITIONS}"
            )


def differences(bootstrap: str, settings: Settings) -> list[str]:
    """Return one sentence for each way in which the broker's topics are not as wanted. Raises BrokerAway."""
    from kafka.admin import ConfigResource, ConfigResourceType  # noqa: PLC0415

    wanted = wanted_topics(settings)
    with admin(bootstrap) as client:
        known = set(client.list_topics())
        there = [topic for topic in wanted if topic.name in known]
        described = {topic["name"]: topic for topic in client.describe_topics([t.name for t in there])}
        asked = [ConfigResource(ConfigResourceType.TOPIC, topic.name) for topic in there]
        configs = client.describe_configs(asked, config_filter="all")["topic"] if asked else {}
    found = [
        f"{topic.name} is missing: `certainty topics create`" for topic in wanted if topic.name not in known
    ]
    for topic in there:
        found += _compare(topic, described[topic.name]["partitions"], configs[topic.name])
    return found


def _compare(
    topic: Wanted, partitions: list[dict[str, list[int]]], configs: dict[str, dict[str, str]]
) -> list[str]:
    found = []
    if len(partitions) != topic.partitions:
        found.append(f"{topic.name} has {len(partitions)} {NOT_AS_MANY} {topic.partitions}")
    replicas = {len(partition["replica_nodes"]) for partition in partitions}
    if replicas != {topic.replication}:
        found.append(f"{topic.name} has {sorted(replicas)} replicas, not {topic.replication}")
    for name, value in topic.configs.items():
        if str(configs[name]["value"]) != value:
            found.append(f"{topic.name} has {name}={configs[name]['value']}, not {value}")
    return found
