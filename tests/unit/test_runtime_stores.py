"""State stores and tables: one partition each, all or nothing, gone when the partition goes."""

import struct
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import faust
import pytest
from faust.types import TP

from pipeline.producer import Producer
from pipeline.runtime import table as module
from pipeline.runtime.stores import RocksStore
from pipeline.runtime.table import CLOCK_KEY, Slot, StateTable, TableSpec

SPEC = TableSpec("words-by-key", ("one.v1", "two.v1"), str.encode, bytes.decode)
CHANGELOG = "table-tests-words-by-key-changelog"


class Confirming(Producer):
    """A producer whose broker gives rising offsets."""

    def __init__(self) -> None:
        self.offset = 40

    async def send(self, pending: Any) -> Any:
        self.offset += 1
        return dict.fromkeys(pending, self.offset)


@pytest.fixture(params=["memory", "rocksdb"])
async def table(request: pytest.FixtureRequest, tmp_path: Path) -> StateTable[str]:
    app = faust.App(
        "table-tests", broker="certainty://nowhere:1", autodiscover=False, datadir=str(tmp_path), version=1
    )
    made = StateTable[str](app, SPEC, in_memory=request.param == "memory", partitions=4)
    app.tables.add(made)
    return made


async def test_what_was_written_is_read_from_the_store_with_its_offsets_and_its_due_time(
    table: StateTable[str],
) -> None:
    await table.write(2, {b"a": Slot("word", [7, 9], due_ms=55)}, Confirming())
    table._cache.clear()
    read = table.read(2, b"a")
    assert (read.state, read.applied, read.due_ms, read.stored) == ("word", [7, 9], 55, True)


async def test_what_a_state_keeps_at_rest_is_in_memory_and_all_of_it_in_the_store(
    table: StateTable[str],
) -> None:
    table.spec = replace(SPEC, at_rest=str.upper)
    await table.write(0, {b"a": Slot("word", [1, 1])}, Confirming())
    assert table.read(0, b"a").state == "WORD"
    table._cache.clear()
    assert table.read(0, b"a").state == "word"


async def test_an_unknown_key_has_applied_nothing(table: StateTable[str]) -> None:
    slot = table.read(0, b"nobody")
    assert (slot.state, slot.applied, slot.worth_writing) == (None, [-1, -1], False)


async def test_partitions_know_nothing_of_each_other(table: StateTable[str]) -> None:
    await table.write(0, {b"a": Slot("zero", [1, 1])}, Confirming())
    await table.write(1, {b"a": Slot("one", [1, 1])}, Confirming())
    assert (table.read(0, b"a").state, table.read(1, b"a").state) == ("zero", "one")
    assert {key for key, _ in table.store.scan(1)} == {b"a", CLOCK_KEY}


async def test_a_forgotten_key_is_gone_from_the_store(table: StateTable[str]) -> None:
    await table.write(0, {b"a": Slot("word", [1, 1])}, Confirming())
    await table.write(0, {b"a": Slot(None, [2, 2], stored=True)}, Confirming())
    assert table.read(0, b"a").state is None
    assert {key for key, _ in table.store.scan(0)} == {CLOCK_KEY}


async def test_the_clock_and_the_deadlines_are_rebuilt_from_the_store(table: StateTable[str]) -> None:
    table.clock(0).observe(1_000)
    await table.write(0, {b"a": Slot("x", [1, 1], 1_500), b"b": Slot("y", [1, 1])}, Confirming())
    await table.on_rebalance(set(), set(), set())
    assert (table.clock(0).now_ms, table.clock(0).waiting) == (1_000, [(1_500, b"a")])


@pytest.mark.parametrize("leave", [StateTable.on_stop, lambda one: one.on_rebalance(set(), set(), set())])
async def test_all_tables_forget_what_was_decoded_before_the_first_store_closes(
    table: StateTable[str], leave: Any
) -> None:
    spec = TableSpec("others-by-key", SPEC.topics, str.encode, bytes.decode)
    other = StateTable[str](table.app, spec, in_memory=True, partitions=4)
    table.app.tables.add(other)
    for one in (table, other):
        await one.write(0, {b"a": Slot("x", [1, 1])}, Confirming())
    await leave(table)
    assert (table._cache, other._cache) == ({}, {})
    assert other.read(0, b"a").state == "x"


async def test_the_cache_forgets_the_older_half_beyond_its_bound_and_reads_it_again(
    table: StateTable[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CACHE_MOST", 10)
    await table.write(0, {b"%d" % n: Slot(str(n), [n, n]) for n in range(11)}, Confirming())
    assert len(table._cache[0]) == 6
    assert table.read(0, b"0").state == "0"


async def test_rocksdb_notes_the_changelog_offset_in_the_same_write_and_keeps_it(tmp_path: Path) -> None:
    app = faust.App("table-tests", broker="certainty://nowhere:1", autodiscover=False, datadir=str(tmp_path))
    table = StateTable[str](app, SPEC, in_memory=False, partitions=4)
    await table.write(3, {b"a": Slot("word", [1, 1])}, Confirming())
    store = table.data
    assert isinstance(store, RocksStore)
    assert store.persisted_offset(TP(CHANGELOG, 3)) == 41
    await store.stop()
    again = StateTable[str](app, SPEC, in_memory=False, partitions=4)
    assert again.data.persisted_offset(TP(CHANGELOG, 3)) == 41
    assert again.read(3, b"a").state == "word"


async def test_a_rocksdb_that_was_revoked_can_be_opened_by_the_next_owner_at_once(tmp_path: Path) -> None:
    app = faust.App("table-tests", broker="certainty://nowhere:1", autodiscover=False, datadir=str(tmp_path))
    first, second = (StateTable[str](app, SPEC, in_memory=False, partitions=4) for _ in range(2))
    await first.write(0, {b"a": Slot("word", [1, 1])}, Confirming())
    walk = first.store.scan(0)
    next(walk)  # an iterator left behind, as Faust leaves them
    del walk
    cast(RocksStore, first.data).revoke_partitions(first, {TP(CHANGELOG, 0)})
    assert second.read(0, b"a").state == "word"


async def test_recovery_from_the_changelog_gives_what_was_written_and_a_tombstone_deletes(
    table: StateTable[str],
) -> None:
    head = struct.pack(">q2q", -1, 3, 4)
    told = [(b"a", head + b"old"), (b"b", head + b"gone"), (b"a", head + b"new"), (b"b", None)]
    batch = [
        SimpleNamespace(
            key=key,
            value=value,
            message=SimpleNamespace(tp=TP(CHANGELOG, 1), partition=1, offset=n, key=key, value=value),
        )
        for n, (key, value) in enumerate(told)
    ]
    cast(Any, table.data).apply_changelog_batch(batch, to_key=lambda key: key, to_value=lambda value: value)
    assert (table.read(1, b"a").state, table.read(1, b"a").applied) == ("new", [3, 4])
    assert table.read(1, b"b").state is None
