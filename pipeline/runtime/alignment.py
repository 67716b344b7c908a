"""Tells the other workers of the group how far this one has come, and hears how far they have."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from math import inf
from typing import Any, cast

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from pydantic import ValidationError

from pipeline.domain.instants import from_ms
from pipeline.producer import Producer, Record, partition_of
from pipeline.runtime.fronts import Fronts
from pipeline.runtime.transport import Consumer
from pipeline.runtime.watchdog import Progress
from schemas.progress import WorkerReached
from schemas.topics import STATE_WORKER

LOOK_S = 0.01
"""How soon others hear of a step, while one of them waits."""
SPEAK_EVERY_S = 1.0
"""How often a worker says how far it is while nobody asks."""
AWAY_S = 1.0

log = structlog.get_logger(__name__)


class Alignment:
    """Speaks and listens while there are other workers; alone it does nothing (docs/adr/0011)."""

    def __init__(
        self,
        app: Any,
        *,
        bootstrap: str,
        producer: Producer,
        fronts: Fronts,
        passed_on: Collection[str],
        start_producer: Callable[[], Awaitable[None]],
        progress: Progress,
    ) -> None:
        self._app = app  # Faust's App, which is untyped here
        self._bootstrap = bootstrap
        self._producer = producer
        self._fronts = fronts
        self._passed_on = set(passed_on)
        self._start_producer = start_producer
        self._progress = progress
        self._said: WorkerReached | None = None
        self._said_at_s = self._waited_s = -inf

    async def run(self) -> None:
        """Go on until cancelled; while Kafka is away, what others said grows old and holds nobody up."""
        while True:
            try:
                await self._until_alone()
            except KafkaError as error:
                log.warning("other workers cannot be heard; trying again", error=repr(error))
            await asyncio.sleep(AWAY_S)

    async def _until_alone(self) -> None:
        if self._fronts.alone:
            return
        await self._start_producer()
        heard: Any = AIOKafkaConsumer(  # aiokafka is untyped
            bootstrap_servers=self._bootstrap,
            client_id=f"{self._fronts.worker}-alignment",
            enable_auto_commit=False,
            auto_offset_reset="latest",
        )
        try:
            await heard.start()
            heard.assign([TopicPartition(STATE_WORKER.name, n) for n in range(self._producer.partitions)])
            await heard.seek_to_end()
            listening = asyncio.create_task(self._listen(heard))
            try:
                await self._speak(listening)
            finally:
                listening.cancel()
        finally:
            await heard.stop()

    async def _listen(self, heard: Any) -> None:
        while True:
            for records in (await heard.getmany(timeout_ms=1000)).values():
                for record in records:
                    self._note(record.value)

    def _note(self, value: bytes | None) -> None:
        try:
            said = WorkerReached.model_validate_json(value or b"")
        except ValidationError as error:
            log.warning("what a worker said of its progress cannot be read", error=str(error))
        else:
            moved = self._fronts.hear(said, time.monotonic())
            if moved and cast(Consumer, self._app.consumer).in_step.waits:
                self._progress.beat()  # waiting for others that get on is no standstill

    async def _speak(self, listening: asyncio.Task[None]) -> None:
        while not self._fronts.alone:
            if listening.done():
                listening.result()  # raises what went wrong
            now_s = time.monotonic()
            if cast(Consumer, self._app.consumer).in_step.waits:
                self._waited_s = now_s
            waits = now_s - self._waited_s < SPEAK_EVERY_S
            if waits or self._fronts.asked(now_s) or now_s - self._said_at_s >= SPEAK_EVERY_S:
                await self._say(self._reached(waits=waits), now_s)
            await asyncio.sleep(LOOK_S)

    def _reached(self, *, waits: bool) -> WorkerReached:
        consumer = cast(Consumer, self._app.consumer)
        front_ms = consumer.in_step.front_ms()
        done: dict[str, dict[int, int]] = {}
        for tp in consumer.assignment():
            if tp.topic in self._passed_on:
                done.setdefault(tp.topic, {})[tp.partition] = consumer.done_to.get(tp, 0)
        return WorkerReached(
            worker=self._fronts.worker,
            generation=self._fronts.generation,
            partitions=tuple(sorted(self._fronts.mine)),
            front_at=None if front_ms is None else from_ms(max(0, front_ms)),
            waits=waits,
            done=done,
        )

    async def _say(self, said: WorkerReached, now_s: float) -> None:
        if said == self._said and now_s - self._said_at_s < SPEAK_EVERY_S:
            return
        key = said.worker.encode()
        place = (STATE_WORKER.name, partition_of(key, self._producer.partitions))
        await self._producer.send({place: [Record(key, said.to_bytes(), 0)]})
        self._said, self._said_at_s = said, now_s
