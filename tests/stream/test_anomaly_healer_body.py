"""The anomaly healer with fake fetches: outputs, then state, then the acknowledgement; told once."""

from collections.abc import Callable
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError

from agents.normaliser import attach as attach_normaliser
from pipeline.cli.assembly import raw_reader
from schemas.topics import ANOMALY, DEAD_LETTER, FINDING, STATE_SUBJECT

CHANGELOG = "stream-tests-anomalies-by-subject-changelog"
MOON = "code:tmall|trade.status|WAIT_FOR_THE_MOON"


@pytest.fixture
def found(healing: Any, stream: Any) -> Callable[..., Any]:
    """`await found(record, ...)` gives what the normaliser finds in raw records, as records of its topic."""

    async def make(*raw: Any) -> list[Any]:
        mine = type(healing)()
        attach_normaliser(mine, raw_reader())
        await mine.run("normaliser", mine.batch(*raw))
        told = [r for (topic, _), rs in mine.producer.calls[0].items() if topic == FINDING.name for r in rs]
        return [stream.FakeRecord(FINDING.name, n, record.value, record.key) for n, record in enumerate(told)]

    return make


def parked(stream: Any, offset: int, code: str = "WAIT_FOR_THE_MOON") -> Any:
    return stream.tmall_order(offset, order_id=f"A-{offset}", status=code)


def again(stream: Any, offset: int, subject: str = MOON) -> Any:
    record = stream.tmall_order(offset, order_id=f"A-{offset}")
    record.headers = (*record.headers, ("parked", subject.encode()))
    record.timestamp = stream.DAY_1_MS + stream.HOUR_MS
    return record


async def test_a_code_said_by_many_records_is_one_anomaly_confirmed_before_the_state(
    healing: Any, stream: Any, found: Any
) -> None:
    records = await found(*(parked(stream, o) for o in range(5)), parked(stream, 5, "SUN"))
    await healing.run("anomaly_healer", healing.batch(*records))
    outputs = f"{ANOMALY.name},{STATE_SUBJECT.name}"
    assert healing.producer.happened == [outputs, CHANGELOG, "acknowledged"]
    opened = healing.producer.told(ANOMALY.name)
    assert [(a["type"], a["subject"]) for a in opened] == [
        ("anomaly.opened", MOON),
        ("anomaly.opened", "code:tmall|trade.status|SUN"),
    ]
    assert opened[0]["evidence"]["record"] == "raw.tmall.v1[0]@0"
    accounts = {told["subject"]: told["anomalies"] for told in healing.producer.told(STATE_SUBJECT.name)}
    assert [standing["sightings"] for standing in accounts[MOON]] == [5]


async def test_a_record_read_again_with_success_ends_it(healing: Any, stream: Any, found: Any) -> None:
    records = await found(parked(stream, 0), parked(stream, 1), again(stream, 2), again(stream, 3))
    await healing.run("anomaly_healer", healing.batch(*records))
    first, last = healing.producer.told(ANOMALY.name)
    assert (first["type"], last["type"]) == ("anomaly.opened", "anomaly.ended")
    assert (last["anomaly_id"], last["end"]) == (first["anomaly_id"], "resolved")


async def test_findings_that_come_again_under_new_offsets_open_nothing_again(
    healing: Any, stream: Any, found: Any
) -> None:
    records = await found(parked(stream, 0), parked(stream, 1), again(stream, 2))
    await healing.run("anomaly_healer", healing.batch(*records))
    healing.producer.calls.clear()
    for offset, record in enumerate(records[:2], start=len(records)):
        record.offset = offset
    await healing.run("anomaly_healer", healing.batch(*records[:2]))
    assert healing.producer.told(ANOMALY.name) == []
    assert healing.producer.happened[-1] == "acknowledged"


@pytest.mark.parametrize("refused", ["outputs", "state"])
async def test_a_second_try_says_exactly_the_same(
    healing: Any, stream: Any, found: Any, refused: str
) -> None:
    batch = healing.batch(*await found(parked(stream, 0), again(stream, 1)))
    healing.producer.fails = (
        [KafkaConnectionError()] if refused == "outputs" else [None, KafkaConnectionError()]
    )
    with pytest.raises(KafkaConnectionError):
        await healing.run("anomaly_healer", batch)
    assert "acknowledged" not in healing.producer.happened
    first = dict(healing.producer.calls[0]) if healing.producer.calls else None
    healing.producer.calls.clear()
    batch.reset()
    await healing.run("anomaly_healer", batch)
    assert len(healing.producer.told(ANOMALY.name)) == 2
    assert first is None or healing.producer.calls[0] == first


async def test_any_cutting_into_batches_says_the_same(healing: Any, stream: Any, found: Any) -> None:
    records = await found(*(parked(stream, o, f"C{o % 3}") for o in range(9)), again(stream, 9))
    told = []
    for size in (1, 4, 10):
        worker = healing
        (table,) = worker.tables
        table._cache.clear()
        table._clocks.clear()
        table.data._partitions.clear()
        worker.producer.calls.clear()
        for start in range(0, len(records), size):
            await worker.run("anomaly_healer", worker.batch(*records[start : start + size]))
        told.append((worker.producer.told(ANOMALY.name), dict(table.store.scan(0))))
    assert told[0] == told[1] == told[2]


async def test_poison_costs_one_finding(healing: Any, stream: Any, found: Any) -> None:
    records = await found(parked(stream, 0))
    bad = stream.FakeRecord(FINDING.name, 7, b'{"type":"code.guessed"}', b"code:x")
    await healing.run("anomaly_healer", healing.batch(*records, bad))
    assert len(healing.producer.told(DEAD_LETTER.name)) == 1
    assert len(healing.producer.told(ANOMALY.name)) == 1
