"""A state table: one value per key, the last applied offsets inside it, the changelog under our own hand."""

import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

import faust
from faust.types import TP

from pipeline.producer import Producer, Record
from pipeline.runtime.clock import PartitionClock
from pipeline.runtime.stores import ROCKSDB_OPTIONS, MemoryStore, PartitionStore, RocksStore

S = TypeVar("S")

CLOCK_KEY = b"\x00clock"
"""The key under which a partition's event clock is kept; no entity has a key that starts with NUL."""

NO_DUE = -1
CACHE_MOST = 10_000
"""Most decoded states held per partition; beyond it the older half is dropped and read again when needed."""


@dataclass(frozen=True, slots=True)
class TableSpec(Generic[S]):
    """A state table. `topics`: the inputs whose offsets each state carries, in a fixed order.

    `at_rest` gives what is kept of a decoded state in memory once it was written; None: all of it.
    """

    name: str
    topics: tuple[str, ...]
    encode: Callable[[S], bytes]
    decode: Callable[[bytes], S]
    at_rest: Callable[[S], S] | None = None


@dataclass(slots=True)
class Slot(Generic[S]):
    """One key's state, the last offset applied per input topic (-1: none), and when it is due (ms).

    `view` is the last decision's, kept in memory only.
    """

    state: S | None
    applied: list[int]
    due_ms: int | None = None
    stored: bool = False
    view: object = None

    def copy(self) -> "Slot[S]":
        """A slot to change without touching the cached one."""
        return Slot(self.state, list(self.applied), self.due_ms, self.stored, self.view)

    @property
    def worth_writing(self) -> bool:
        """False for a key that holds nothing and never did."""
        return self.state is not None or self.stored


class StateTable(faust.Table[bytes, bytes], Generic[S]):
    """A Faust table for recovery and rebalance; reads and writes go through `read` and `write` alone."""

    def __init__(self, app: faust.App, spec: TableSpec[S], *, in_memory: bool, partitions: int) -> None:
        self.spec = spec
        self._in_memory = in_memory
        self._cache: dict[int, dict[bytes, Slot[S]]] = {}
        self._clocks: dict[int, PartitionClock] = {}
        self._head = struct.Struct(f">q{len(spec.topics)}q")
        super().__init__(
            app,
            name=spec.name,
            key_type=bytes,
            value_type=bytes,
            partitions=partitions,
            store="memory://" if in_memory else "rocksdb://",
            options={} if in_memory else {**ROCKSDB_OPTIONS, "driver": "rocksdict"},
        )

    def _new_store(self) -> Any:
        kind = MemoryStore if self._in_memory else RocksStore
        return kind(
            self._store or "",
            self.app,
            self,
            table_name=self.name,
            key_type=self.key_type,
            key_serializer=self.key_serializer,
            value_serializer=self.value_serializer,
            value_type=self.value_type,
            loop=self.loop,
            options=self.options,
        )

    @property
    def store(self) -> PartitionStore:
        """The store under the table."""
        return cast(PartitionStore, self.data)

    def clock(self, partition: int) -> PartitionClock:
        """The event clock of a partition, rebuilt from the table after it was assigned."""
        clock = self._clocks.get(partition)
        if clock is None:
            clock = self._clocks[partition] = PartitionClock()
            held = self.store.read(partition, CLOCK_KEY)
            clock.restore(struct.unpack(">q", held)[0] if held else 0, self._waiting(partition))
        return clock

    def _waiting(self, partition: int) -> Iterator[tuple[int, bytes]]:
        for key, value in self.store.scan(partition):
            if key != CLOCK_KEY:
                due = self._head.unpack_from(value)[0]
                if due != NO_DUE:
                    yield due, key

    def read(self, partition: int, key: bytes) -> Slot[S]:
        """Return the slot of a key; an unknown key has an empty one."""
        cached = self._cache.get(partition, {}).get(key)
        if cached is not None:
            return cached
        value = self.store.read(partition, key)
        if value is None:
            return Slot(None, [-1] * len(self.spec.topics))
        due, *applied = self._head.unpack_from(value)
        state = self.spec.decode(value[self._head.size :])
        return Slot(state, applied, None if due == NO_DUE else due, stored=True)

    async def write(self, partition: int, slots: Mapping[bytes, Slot[S]], producer: Producer) -> None:
        """Write every slot to the changelog, await its confirmation, then write the store and the clock.

        The store follows the changelog, so it is never ahead of it; recovery brings it up after a crash.
        """
        clock = self.clock(partition)
        values = {key: self._encode(slot) for key, slot in slots.items()}
        values[CLOCK_KEY] = struct.pack(">q", clock.now_ms)
        topic = self.changelog_topic_name
        records = [Record(key, value, 0) for key, value in values.items()]
        offsets = await producer.send({(topic, partition): records})
        self.store.write(TP(topic, partition), values, offsets[topic, partition])
        self._remember(partition, slots, clock)

    def _encode(self, slot: Slot[S]) -> bytes | None:
        if slot.state is None:
            return None
        due = NO_DUE if slot.due_ms is None else slot.due_ms
        return self._head.pack(due, *slot.applied) + self.spec.encode(slot.state)

    def _remember(self, partition: int, slots: Mapping[bytes, Slot[S]], clock: PartitionClock) -> None:
        cache, at_rest = self._cache.setdefault(partition, {}), self.spec.at_rest
        for key, slot in slots.items():
            before = cache.pop(key, None)
            if slot.due_ms is not None and (before is None or before.due_ms != slot.due_ms):
                clock.await_due(slot.due_ms, key)
            if slot.state is not None:
                slot.stored = True
                if at_rest is not None:
                    slot.state = at_rest(slot.state)
                cache[key] = slot
        if len(cache) > CACHE_MOST:
            for key in list(cache)[: CACHE_MOST // 2]:
                del cache[key]

    async def on_rebalance(
        self, assigned: set[TP], revoked: set[TP], newly_assigned: set[TP], generation_id: int = 0
    ) -> None:
        """Forget what was decoded: another worker may have written meanwhile."""
        self._forget_all()
        await super().on_rebalance(assigned, revoked, newly_assigned, generation_id)

    async def on_stop(self) -> None:
        """Forget what was decoded."""
        self._forget_all()
        await super().on_stop()

    def _forget_all(self) -> None:
        """Of every table: when the first store closes Python looks for garbage in all that is held."""
        for table in (self, *self.app.tables.values()):
            if isinstance(table, StateTable):
                table._cache.clear()
                table._clocks.clear()
