"""The parcel linker with fake fetches: what is keyed by order leaves the partition of the waybill."""

from datetime import timedelta
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError

from pipeline.producer import partition_of
from pipeline.runtime.table import CLOCK_KEY
from schemas.logistics import WaybillFact
from schemas.topics import DEAD_LETTER, FACT_ORDER, FACT_WAYBILL
from schemas.vocabulary import Phase
from tests.builders import PARCEL_POLICY, after, linked, tracked

CHANGELOG = "stream-tests-parcel-by-waybill-changelog"
PARTITIONS = 4
ORDERS = ("A-1", "A-2", "A-3")


@pytest.fixture
def fetched(stream: Any) -> Any:
    """`fetched(fact, ..., start=0)` gives records of fact.waybill in one partition."""

    def make(*facts: WaybillFact, start: int = 0) -> list[Any]:
        return [
            stream.FakeRecord(FACT_WAYBILL.name, start + place, fact.to_bytes(), fact.waybill.encode())
            for place, fact in enumerate(facts)
        ]

    return make


STORY = (
    tracked(after(1), first_scan_at=after(1)),
    *(linked(order_id=order) for order in ORDERS),
    tracked(after(2), phase=Phase.SIGNED, signed_at=after(2)),
)


async def test_each_orders_word_goes_to_the_partition_of_its_order_and_the_state_stays_with_the_waybill(
    linking: Any, fetched: Any
) -> None:
    await linking.run("parcel_linker", linking.batch(*fetched(*STORY)))
    outputs, state = linking.producer.calls
    told = [(partition, record.key) for (_, partition), records in outputs.items() for record in records]
    assert sorted(told) == sorted((partition_of(o.encode(), PARTITIONS), o.encode()) for o in ORDERS * 2)
    assert len({partition for partition, _ in told}) > 1, "the orders of this test lie apart"
    assert {topic for topic, _ in outputs} == {FACT_ORDER.name}
    assert [record.key for record in state[CHANGELOG, 0]] == [b"SF1", CLOCK_KEY]
    assert linking.producer.happened == [FACT_ORDER.name, CHANGELOG, "acknowledged"]


async def test_any_cutting_into_batches_tells_the_same_and_ends_in_the_same_state(
    linking: Any, fetched: Any
) -> None:
    records = fetched(*STORY)
    (table,) = linking.tables
    ends = []
    for size in (1, 2, 5):
        table._cache.clear()
        table._clocks.clear()
        table.data._partitions.clear()
        linking.producer.calls.clear()
        for at in range(0, len(records), size):
            await linking.run("parcel_linker", linking.batch(*records[at : at + size]))
            table._cache.clear()
        told = sorted(linking.producer.told(FACT_ORDER.name), key=lambda fact: fact["order_id"])
        ends.append((told, dict(table.store.scan(0))))
    assert ends[0] == ends[1] == ends[2]
    assert len(ends[0][0]) == 2 * len(ORDERS)


async def test_a_batch_that_comes_again_tells_nothing_and_writes_its_keys_again(
    linking: Any, fetched: Any
) -> None:
    records = fetched(*STORY)
    await linking.run("parcel_linker", linking.batch(*records))
    linking.producer.calls.clear()
    await linking.run("parcel_linker", linking.batch(*records))
    assert linking.producer.told(FACT_ORDER.name) == []
    assert b"SF1" in {record.key for record in linking.producer.calls[-1][CHANGELOG, 0]}
    assert linking.producer.happened[-1] == "acknowledged"


@pytest.mark.parametrize("refused", ["outputs", "state"])
async def test_what_is_refused_is_told_again_with_the_same_ids(
    linking: Any, fetched: Any, refused: str
) -> None:
    batch = linking.batch(*fetched(*STORY))
    linking.producer.fails = (
        [KafkaConnectionError()] if refused == "outputs" else [None, KafkaConnectionError()]
    )
    with pytest.raises(KafkaConnectionError):
        await linking.run("parcel_linker", batch)
    assert "acknowledged" not in linking.producer.happened
    first = linking.producer.told(FACT_ORDER.name)
    linking.producer.calls.clear()
    batch.reset()
    await linking.run("parcel_linker", batch)
    assert first in ([], linking.producer.told(FACT_ORDER.name))
    assert len(linking.producer.told(FACT_ORDER.name)) == 2 * len(ORDERS)


async def test_poison_and_one_order_too_many_are_set_aside_and_their_neighbours_go_on(
    linking: Any, fetched: Any, stream: Any
) -> None:
    too_many = [linked(order_id=order) for order in (*ORDERS, "A-4")]
    poison = stream.FakeRecord(FACT_WAYBILL.name, 0, b'{"type": "waybill.linked"}', b"SF1")
    await linking.run("parcel_linker", linking.batch(poison, *fetched(*too_many, tracked(after(1)), start=1)))
    letters = linking.producer.told(DEAD_LETTER.name)
    assert len(letters) == 2
    assert sorted(letter["origin_offset"] for letter in letters) == [0, 4]
    assert any("more than 3 orders" in letter["reason"] for letter in letters)
    told = [fact["order_id"] for fact in linking.producer.told(FACT_ORDER.name)]
    assert sorted(told) == sorted([*ORDERS, *ORDERS]), "once when it is linked, once when it is tracked"


async def test_a_parcel_nobody_speaks_of_leaves_the_state_once_the_clock_has_passed_its_retention(
    linking: Any, fetched: Any
) -> None:
    last_word = after(1) + timedelta(milliseconds=PARCEL_POLICY.retention_ms)
    (table,) = linking.tables
    await linking.run("parcel_linker", linking.batch(*fetched(tracked(after(1)))))
    await linking.run("parcel_linker", linking.batch(*fetched(tracked(last_word, "SF2"), start=1)))
    assert {key for key, _ in table.store.scan(0)} == {b"SF1", b"SF2", CLOCK_KEY}, "not yet"
    later = tracked(last_word + timedelta(milliseconds=1), "SF2")
    await linking.run("parcel_linker", linking.batch(*fetched(later, start=2)))
    assert {key for key, _ in table.store.scan(0)} == {b"SF2", CLOCK_KEY}
    assert linking.producer.told(FACT_ORDER.name) == []
