"""Where worker state lies: one RocksDB, or one dictionary, per partition of a table."""

import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Protocol

import rocksdict
from faust.stores import memory, rocksdb
from faust.types import TP

from pipeline.runtime.garbage import collect_all

ROCKSDB_OPTIONS = {"block_cache_size": 32 << 20, "write_buffer_size": 8 << 20}
"""Per partition. Faust's defaults are a 2 GiB cache and three memtables of 64 MB for each of them."""

OFFSET_KEY = rocksdb.Store.offset_key


class PartitionStore(Protocol):
    """What a state table needs of its store. Keys and values are bytes."""

    def read(self, partition: int, key: bytes) -> bytes | None:
        """Return the value of a key in one partition."""

    def write(self, changelog: TP, values: Mapping[bytes, bytes | None], offset: int) -> None:
        """Apply values (None deletes) that the changelog holds up to `offset`, all or nothing."""

    def scan(self, partition: int) -> Iterator[tuple[bytes, bytes]]:
        """Walk over all keys of one partition."""


class RocksStore(rocksdb.Store):
    """Faust's RocksDB store, read and written by partition, and closed at once when a partition leaves."""

    def read(self, partition: int, key: bytes) -> bytes | None:
        """Return the value of a key in one partition."""
        value: bytes | None = self._db_for_partition(partition).get(key)
        return value

    def write(self, changelog: TP, values: Mapping[bytes, bytes | None], offset: int) -> None:
        """Write one batch together with the changelog offset it reaches."""
        batch = rocksdict.WriteBatch(raw_mode=True)
        for key, value in values.items():
            if value is None:
                batch.delete(key)
            else:
                batch.put(key, value)
        batch.put(OFFSET_KEY, str(offset).encode())
        self._db_for_partition(changelog.partition).write(batch)

    def scan(self, partition: int) -> Iterator[tuple[bytes, bytes]]:
        """Walk over all keys of one partition."""
        for key, value in self._db_for_partition(partition).items():
            if key != OFFSET_KEY:
                yield bytes(key), bytes(value)

    def revoke_partitions(self, table: Any, tps: set[TP]) -> None:
        """Close the databases of partitions that left; the next owner needs their lock now."""
        self._close([tp.partition for tp in tps if tp.topic in table.changelog_topic.topics])

    async def stop(self) -> None:
        """Close every database."""
        self._close(list(self._dbs))

    def _close(self, partitions: Collection[int]) -> None:
        opened = [self._dbs.pop(partition) for partition in partitions if partition in self._dbs]
        for db in opened:
            db.close()
        if opened:
            collect_all()  # iterators that Faust left behind hold the locks, too

    def reset_state(self) -> None:
        """Remove the local files; the changelog is untouched."""
        self._close(list(self._dbs))
        with suppress(FileNotFoundError):
            shutil.rmtree(self.path.absolute())


class MemoryStore(memory.Store[bytes, bytes]):
    """A dictionary per partition; a partition that leaves takes its keys along."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._partitions: dict[int, dict[bytes, bytes]] = {}

    def read(self, partition: int, key: bytes) -> bytes | None:
        """Return the value of a key in one partition."""
        return self._partitions.setdefault(partition, {}).get(key)

    def write(self, changelog: TP, values: Mapping[bytes, bytes | None], offset: int) -> None:
        """Apply values; there is no offset to keep, recovery reads the whole changelog."""
        held = self._partitions.setdefault(changelog.partition, {})
        for key, value in values.items():
            if value is None:
                held.pop(key, None)
            else:
                held[key] = value

    def scan(self, partition: int) -> Iterator[tuple[bytes, bytes]]:
        """Walk over all keys of one partition."""
        yield from list(self._partitions.get(partition, {}).items())

    def apply_changelog_batch(
        self, batch: Iterable[Any], to_key: Callable[[Any], Any], to_value: Callable[[Any], Any]
    ) -> None:
        """Apply what recovery read from the changelog."""
        for event in batch:
            message = event.message
            self.write(message.tp, {message.key: message.value}, message.offset)

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        """Nothing to prune: partitions that left were dropped when they left."""

    async def on_rebalance(
        self, assigned: set[TP], revoked: set[TP], newly_assigned: set[TP], generation_id: int = 0
    ) -> None:
        """Drop the partitions that left."""
        for tp in revoked:
            if tp.topic in self.table.changelog_topic.topics:
                self._partitions.pop(tp.partition, None)
