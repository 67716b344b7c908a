"""The Faust app: settings that do not lose data, and the loop that hands fetches to agents."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

import faust
from faust.types import Message

from pipeline.endpoints import kafka_bootstrap
from pipeline.producer import Producer
from pipeline.runtime.alignment import Alignment
from pipeline.runtime.batch import HEARTBEAT_S, SESSION_TIMEOUT_S, Batch
from pipeline.runtime.fold import AgentContext
from pipeline.runtime.fronts import Fronts
from pipeline.runtime.garbage import Looks
from pipeline.runtime.in_step import TimeOf
from pipeline.runtime.metrics import BATCH_SECONDS
from pipeline.runtime.passing_on import PassingOn
from pipeline.runtime.salvage import DeadLetterLimit, guarded
from pipeline.runtime.step_keeper import InStepSpec
from pipeline.runtime.table import StateTable, TableSpec
from pipeline.runtime.transport import Consumer, Transport
from pipeline.runtime.watchdog import Progress
from pipeline.settings import Settings
from schemas.topics import Topic

Body = Callable[[Batch, AgentContext], Awaitable[None]]
COMMIT_S = 0.5
BUFFERED_BATCHES = 2
"""Most fetches waiting per agent that gathers, per partition of any other; memory is at most this times
`fetch_records` records."""


@dataclass(frozen=True, slots=True)
class AgentSpec:
    """An agent: one word for file, function, metric and dead letter. `group` is its worker group.

    `in_step`: its topics are read in step by the time this gives of a record (docs/adr/0011), so that a batch
    holds records of several topics and partitions. Such an agent keeps no state; a group has at most one.
    `passed_on`: while it works off a backlog, what a batch of it wrote to these topics is done with in this
    worker before it begins the next. `look_every_s`: seconds between two looks for new records, of an agent
    that gathers many batches before it settles them: it has less to do for few large fetches than for many
    small ones. All others are given one batch of each partition at a time.
    """

    name: str
    group: str
    consumes: tuple[Topic, ...]
    emits: tuple[type, ...] = ()
    in_step: TimeOf | None = None
    passed_on: tuple[Topic, ...] = ()
    look_every_s: float = 0.0


class BatchSchema(faust.Schema[bytes, bytes]):
    """Passes the list of records through undecoded: a decode error inside Faust would stall the agent."""

    def compile(self, app: Any, **kwargs: Any) -> Callable[..., Awaitable[Any]]:
        """Return the decoder of a channel: an event whose value is the fetch itself."""

        async def pass_through(message: Message, *, propagate: bool = False) -> Any:
            return app.create_event(None, message.value, message.headers, message)

        return pass_through


class Worker:
    """One process of one worker group: a Faust app, its tables, its producer and its agents."""

    def __init__(self, settings: Settings, group: str, index: int) -> None:
        self.settings = settings
        self.group = group
        self.bootstrap = kafka_bootstrap(settings)
        self.identity = f"certainty-{group}-{index}"
        self.app = self._app(settings, settings.data_dir.absolute() / "state" / f"{group}-{index}")
        self.producer = Producer(self.bootstrap, settings.partitions, self.identity)
        self.progress = Progress()
        self._looks = Looks()
        self._starting = asyncio.Lock()
        self.producing = False
        self.app.on_before_shutdown.connect(self._stop_producer)

    def _app(self, settings: Settings, state_dir: Path) -> faust.App:
        state_dir.mkdir(parents=True, exist_ok=True)
        return faust.App(
            f"certainty-{self.group}",
            broker=f"certainty://{self.bootstrap}",
            datadir=str(state_dir),
            processing_guarantee="at_least_once",
            agent_supervisor="mode.CrashingSupervisor",
            stream_wait_empty=True,
            broker_commit_interval=COMMIT_S,
            broker_session_timeout=SESSION_TIMEOUT_S,
            broker_heartbeat_interval=HEARTBEAT_S,
            broker_request_timeout=SESSION_TIMEOUT_S + 30,
            broker_max_poll_records=settings.fetch_records,
            consumer_max_fetch_size=settings.fetch_bytes,
            consumer_auto_offset_reset="earliest",
            consumer_group_instance_id=self.identity,
            stream_buffer_maxsize=BUFFERED_BATCHES,
            topic_allow_declare=False,
            topic_disable_leader=True,
            topic_partitions=settings.partitions,
            table_standby_replicas=0,
            web_enabled=False,
            web_tables_enabled=False,
            web_router_enabled=False,
            debug=False,
        )

    def table(self, spec: TableSpec[Any]) -> StateTable[Any]:
        """Return a new state table of this worker."""
        table = StateTable[Any](
            self.app,
            spec,
            in_memory=self.settings.state_store == "memory",
            partitions=self.settings.partitions,
        )
        self.app.tables.add(table)
        return table

    def context(self, spec: AgentSpec) -> AgentContext:
        """What an agent of this worker works with."""
        limit = DeadLetterLimit(spec.name, self.settings.dead_letter_limit)
        return AgentContext(spec.name, self.producer, limit)

    def attach(self, spec: AgentSpec, body: Body, context: AgentContext) -> None:
        """Run `body` on every batch of the topics of `spec`, one after the other."""
        transport = cast(Transport, self.app.transport)
        transport.look_every_s = max(transport.look_every_s, spec.look_every_s)
        fronts = self._read_in_step(spec, transport) if spec.in_step else None
        if not (spec.in_step or spec.look_every_s):
            self._read_one_at_a_time(spec, transport)
        topic = self.app.topic(*(t.name for t in spec.consumes), schema=BatchSchema(), acks=True)
        passing = PassingOn(self.app, spec.passed_on, spec.in_step, fronts)

        async def run(stream: Any) -> None:
            await self._start_producer(spec.name)
            async for event in stream.noack().events():
                batch = self._batch(event)
                with BATCH_SECONDS.labels(spec.name).time():
                    await guarded(spec.name, batch, partial(body, batch, context), self._again(batch))
                self.progress.beat()
                self._looks.worked_off(len(batch.records))
                await passing.await_passed_on(batch)
                cast(Consumer, self.app.consumer).in_step.passed_on(event.message)

        self.app.agent(topic, name=spec.name, concurrency=1)(run)

    def _read_one_at_a_time(self, spec: AgentSpec, transport: Transport) -> None:
        """A batch is as large as the one before took time; with one of each the buffer never fills up."""
        transport.one_at_a_time.update(topic.name for topic in spec.consumes)
        self.app.conf.stream_buffer_maxsize = BUFFERED_BATCHES * self.settings.partitions

    def _read_in_step(self, spec: AgentSpec, transport: Transport) -> Fronts:
        """Have the topics of an agent read in step, here and with the other workers of the group."""
        assert spec.in_step is not None
        fronts = Fronts(self.identity, self.settings.partitions)
        names = {topic.name for topic in spec.consumes}
        transport.read_in_step(InStepSpec(names, spec.in_step, self.settings.step_s * 1000, fronts))
        alignment = Alignment(
            self.app,
            bootstrap=self.bootstrap,
            producer=self.producer,
            fronts=fronts,
            passed_on=[topic.name for topic in spec.passed_on],
            start_producer=partial(self._start_producer, spec.name),
            progress=self.progress,
        )
        self.app.task(alignment.run)
        return fronts

    def _again(self, batch: Batch) -> Callable[[], None]:
        def undo() -> None:
            self.progress.beat()  # waiting out an outage is no standstill
            batch.reset()

        return undo

    def _batch(self, event: Any) -> Batch:
        message = event.message
        consumer = cast(Consumer, self.app.consumer)
        records: Sequence[Any] = event.value
        return Batch(
            topic=message.topic,
            partition=message.partition,
            records=records,
            partitions=self.settings.partitions,
            acknowledge=event.ack,
            let_go=partial(consumer.let_go, message),
            is_current=lambda: message.generation_id == consumer.generation(),
        )

    async def _start_producer(self, agent: str) -> None:
        async with self._starting:
            if not self.producing:
                await guarded(agent, "the producer", self.producer.start, lambda: None)
                self.producing = True

    async def _stop_producer(self, *_: Any, **__: Any) -> None:
        await self.producer.stop()
