"""Waits until what was written to raw topics has come all the way into ClickHouse."""

import asyncio
import time
from collections.abc import Iterable
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from pipeline.endpoints import kafka_bootstrap
from pipeline.runtime.tables import GROUPS
from pipeline.settings import Settings
from schemas.topics import DEAD_LETTER, DERIVED, FACT_ORDER, FACT_SKU, FACT_WAYBILL, FINDING, RAW, Topic

CORE, SINK = GROUPS["core"], GROUPS["sink"]
LOOK_S = 0.2
STAGES: tuple[tuple[str, tuple[Topic, ...]], ...] = (
    (CORE, (FACT_WAYBILL,)),
    (CORE, (FACT_ORDER,)),
    (CORE, (FACT_SKU,)),
    (CORE, (FACT_ORDER,)),
    (CORE, (FACT_SKU,)),
    (CORE, (FINDING,)),
    (SINK, (*DERIVED, DEAD_LETTER)),
)
"""Which group must have read which topics, in the order in which one gives rise to the next, after raw."""

Offsets = dict[TopicPartition, int]


class NotStored(TimeoutError):
    """The time ran out; the text says which worker group has how many records before it.

    `places` has one line for every partition that lags: what is committed of it, and its end.
    """

    def __init__(self, group: str, waiting: Offsets, ends: Offsets) -> None:
        self.places = [
            f"{group}: {place.topic}[{place.partition}] {ends[place] - lag} of {ends[place]} committed"
            for place, lag in sorted(waiting.items())
        ]
        super().__init__(
            f"{sum(waiting.values())} records still wait for the workers of {group}: is one running?"
            " (`certainty doctor` tells)"
        )


async def wait_until_stored(settings: Settings, topics: Iterable[str], timeout_s: float) -> None:
    """Return once every record now in `topics` (raw topic names) is in ClickHouse; raises NotStored.

    Goes stage by stage, because each stage confirms its outputs before it commits its inputs: the normaliser
    has committed the raw records, then the linker the facts of waybills, which become facts of orders, then
    the hub those, the sentinel what orders ask of SKUs, the hub again which of them are oversold, the healer
    the findings, and the sink everything that came of it all.
    """
    deadline_s = time.monotonic() + timeout_s
    async with _Look(kafka_bootstrap(settings), settings.partitions) as look:
        await look.until_committed(CORE, set(topics) & {t.name for t in RAW}, deadline_s)
        for group, stage in STAGES:
            await look.until_committed(group, {topic.name for topic in stage}, deadline_s)


class _Look:
    """Reads end offsets and committed offsets; nothing is consumed."""

    def __init__(self, bootstrap: str, partitions: int) -> None:
        self._partitions = partitions
        self._consumer: Any = AIOKafkaConsumer(bootstrap_servers=bootstrap)  # aiokafka is untyped
        self._admin: Any = AIOKafkaAdminClient(bootstrap_servers=bootstrap)

    async def __aenter__(self) -> "_Look":
        await self._consumer.start()
        await self._admin.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._admin.close()
        await self._consumer.stop()

    async def until_committed(self, group: str, topics: set[str], deadline_s: float) -> None:
        wanted = await self._ends(topics)
        while True:
            try:
                missing = await self._missing(group, wanted)
            except KafkaError as error:
                if not error.retriable:
                    raise
                missing = wanted  # Kafka is still setting up the group: nothing is committed
            if not missing:
                return
            if time.monotonic() > deadline_s:
                raise NotStored(group, missing, wanted)
            await asyncio.sleep(LOOK_S)

    async def _ends(self, topics: set[str]) -> Offsets:
        places = [TopicPartition(topic, p) for topic in sorted(topics) for p in range(self._partitions)]
        ends: Offsets = await self._consumer.end_offsets(places)
        return {place: end for place, end in ends.items() if end > 0}

    async def _missing(self, group: str, wanted: Offsets) -> Offsets:
        if not wanted:
            return {}
        found = await self._admin.list_consumer_group_offsets(group, partitions=list(wanted))
        committed = {place: max(0, told.offset) for place, told in found.items()}
        lags = {place: end - committed.get(place, 0) for place, end in wanted.items()}
        return {place: lag for place, lag in lags.items() if lag > 0}
