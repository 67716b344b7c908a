"""Every private name of Faust, mode and aiokafka that the runtime leans on is there and means the same.

Both libraries are pinned. When a test here fails after an upgrade, read the new source, then run the
connected tests of the workers: these names carry the guarantees of docs/runtime.md.
"""

import ast
import inspect
import sys
from collections.abc import Iterator
from importlib.metadata import entry_points, version
from pathlib import Path

import aiokafka
import pytest
from aiokafka import codec
from aiokafka.consumer.fetcher import Fetcher, PartitionRecords
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.consumer.subscription_state import TopicPartitionState
from aiokafka.producer.message_accumulator import BatchBuilder, MessageAccumulator, MessageBatch
from aiokafka.producer.sender import Sender
from faust import App
from faust.stores import memory, rocksdb
from faust.transport import consumer as faust_consumer
from faust.transport.drivers import aiokafka as driver
from faust.types.tuples import ConsumerMessage, Message
from mode import Service

ROOT = Path(__file__).parents[2]
OURS = [*sorted((ROOT / "pipeline" / "runtime").glob("*.py")), ROOT / "pipeline" / "producer.py"]

USED: dict[str, tuple[type, ...]] = {
    # transport.py
    "_stopped": (Service,),
    "_wait_next_records": (driver.Consumer,),
    "_drain_messages": (driver.Consumer,),
    "_getmany": (driver.Consumer,),
    "_active_partitions": (driver.Consumer,),
    "_buffered_partitions": (driver.Consumer,),
    "_paused_partitions": (driver.Consumer,),
    "_read_offset": (driver.Consumer,),
    "_to_message": (driver.Consumer,),
    "_unacked_messages": (driver.Consumer,),
    "_acked": (driver.Consumer,),
    "_n_acked": (driver.Consumer,),
    "_waiting_for_ack": (driver.Consumer,),
    "_new_offset": (driver.Consumer,),
    "_wait_for_ack": (driver.Consumer,),
    "_clean_unacked_messages": (driver.Consumer,),
    "_thread": (driver.Consumer,),
    "_ensure_consumer": (driver.AIOKafkaConsumerThread,),
    "_coordinator": (aiokafka.AIOKafkaConsumer,),
    "_subscription": (aiokafka.AIOKafkaConsumer,),
    "_position": (TopicPartitionState,),
    # fetching.py
    "_create_worker_consumer": (driver.AIOKafkaConsumerThread,),
    "_new_consumer_thread": (driver.Consumer,),
    "_fetch_max_wait_ms": (aiokafka.AIOKafkaConsumer, Fetcher),
    "_fetcher": (aiokafka.AIOKafkaConsumer,),
    "_fetch_waiters": (Fetcher,),
    "_notify": (Fetcher,),
    # records.py
    "_consumer_record": (PartitionRecords,),
    "_records_iterator": (PartitionRecords,),
    # worker.py
    "_consumer": (App, driver.AIOKafkaConsumerThread),
    # table.py and stores.py
    "_store": (),  # an argument of every table, kept by faust.tables.base.Collection
    "_new_store": (),
    "_dbs": (rocksdb.Store,),
    "_db_for_partition": (rocksdb.Store,),
    # producer.py
    "_message_accumulator": (aiokafka.AIOKafkaProducer,),
    "_sender": (aiokafka.AIOKafkaProducer,),
    "_fail_all": (Sender,),
    "_batches": (MessageAccumulator,),
    "_drain_waiter": (MessageBatch,),
    "_exit": (),  # of os, documented
}
"""Private name -> the classes whose source must know it."""


def foreign_private_names(file: Path) -> Iterator[str]:
    """Give every private attribute a file uses but nowhere in our own code defines."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.startswith("__"):
            yield node.attr


def own_names() -> set[str]:
    """Give the private names that our own files define: functions, methods, and what __init__ sets first."""
    found = set()
    for file in OURS:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                found.add(node.name)
            elif isinstance(node, ast.AnnAssign | ast.Assign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names = [part for target in targets for part in ast.walk(target)]
                found |= {part.attr for part in names if isinstance(part, ast.Attribute) and is_self(part)}
    return found


def is_self(attribute: ast.Attribute) -> bool:
    """Tell whether it is `self.something`."""
    return isinstance(attribute.value, ast.Name) and attribute.value.id == "self"


def test_every_foreign_private_name_we_use_is_guarded_here() -> None:
    used = {name for file in OURS for name in foreign_private_names(file)}
    assert used - own_names() - set(USED) == set()


@pytest.mark.parametrize(
    ("name", "owner"), [(name, owner) for name, owners in USED.items() for owner in owners]
)
def test_a_private_name_is_still_there(name: str, owner: type) -> None:
    modules = {kind.__module__ for kind in owner.__mro__} - {"builtins", "typing", "abc"}
    sources = "".join(inspect.getsource(sys.modules[module]) for module in sorted(modules))
    assert hasattr(owner, name) or f"self.{name}" in sources, f"{owner.__name__}.{name} is gone"


def test_the_versions_are_the_ones_the_names_were_read_in() -> None:
    pinned = {"faust-streaming": "0.15.3", "mode-streaming": "0.7.1", "aiokafka": "0.14.0"}
    assert {name: version(name) for name in pinned} == pinned


def test_faust_finds_our_transport_by_the_scheme_of_the_broker_url() -> None:
    from pipeline.runtime.transport import Consumer, Transport

    (found,) = entry_points(group="faust.transports", name="certainty")
    assert found.load() is Transport
    assert Transport.Consumer is Consumer


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        (faust_consumer.Consumer._wait_next_records, ["self", "timeout"]),
        (driver.Consumer._getmany, ["self", "active_partitions", "timeout"]),
        (faust_consumer.Consumer._new_offset, ["self", "tp"]),
        (faust_consumer.Consumer.ack, ["self", "message"]),
        (faust_consumer.Consumer.perform_seek, ["self"]),
        (faust_consumer.Consumer._wait_for_ack, ["self", "timeout"]),
        (rocksdb.Store._db_for_partition, ["self", "partition"]),
        (rocksdb.Store.revoke_partitions, ["self", "table", "tps"]),
        (memory.Store.apply_changelog_batch, ["self", "batch", "to_key", "to_value"]),
        (MessageAccumulator.fail_all, ["self", "exception"]),
        (
            ConsumerMessage.__init__,
            [
                "self",
                *("topic", "partition", "offset", "timestamp", "timestamp_type", "headers", "key", "value"),
                *("checksum", "serialized_key_size", "serialized_value_size", "tp"),
                *("time_in", "time_out", "time_total", "generation_id"),
            ],
        ),
    ],
)
def test_a_method_we_override_or_call_takes_what_we_expect(method: object, arguments: list[str]) -> None:
    assert list(inspect.signature(method).parameters) == arguments  # type: ignore[arg-type]


def test_messages_are_compared_by_identity_so_that_a_redelivered_one_is_another() -> None:
    assert Message.__eq__ is object.__eq__
    assert Message.__hash__ is object.__hash__
    assert "__weakref__" in Message.__slots__


def test_a_commit_asks_for_the_new_offset_of_every_partition_with_an_acknowledgement() -> None:
    source = inspect.getsource(faust_consumer.Consumer._filter_tps_with_pending_acks)
    assert "for tp in self._acked" in source
    assert "self._new_offset(tp)" in inspect.getsource(faust_consumer.Consumer._filter_committable_offsets)


def test_faust_takes_the_generation_from_the_coordinator_that_we_ask_ourselves() -> None:
    source = inspect.getsource(driver.ConsumerRebalanceListener.on_partitions_assigned)
    assert "_ensure_consumer()._coordinator.generation" in source
    assert "self.generation = " in inspect.getsource(GroupCoordinator)


def test_aiokafka_closes_its_client_last_so_that_a_stop_which_fails_leaves_it_open() -> None:
    source = inspect.getsource(aiokafka.AIOKafkaProducer.stop)
    assert source.index("self._sender.close()") < source.index("self.client.close()")
    assert "add_done_callback(self._fail_all)" in inspect.getsource(Sender.start)


def test_aiokafka_builds_batches_from_records_and_counts_them() -> None:
    assert {"append", "close", "record_count"} <= set(dir(BatchBuilder))
    assert {"create_batch", "send_batch"} <= set(dir(aiokafka.AIOKafkaProducer))


def test_aiokafka_compresses_at_the_level_that_we_set() -> None:
    import pipeline.producer  # noqa: F401  (it sets the level)

    assert list(inspect.signature(codec.zstd_encode).parameters) == ["payload", "level"]
    payload = b"".join(b'{"order_id":"%d"}' % number for number in range(2000))
    assert codec.zstd_encode(payload) == codec.zstd_encode(payload, level=1) != codec.zstd_encode(payload, 3)


def test_rocksdb_keeps_its_changelog_offset_under_the_key_that_we_write() -> None:
    from pipeline.runtime.stores import OFFSET_KEY

    assert rocksdb.Store.offset_key == OFFSET_KEY
    assert "self.offset_key" in inspect.getsource(rocksdb.Store.persisted_offset)
