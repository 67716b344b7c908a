"""The normaliser with fake fetches: poison leaves alone, the limit stops, nothing is acknowledged early."""

from base64 import b64decode
from typing import Any

import orjson
import pytest
from aiokafka.errors import KafkaConnectionError

from pipeline.cli.assembly import raw_reader
from pipeline.importer import shipped
from pipeline.producer import partition_of
from pipeline.runtime.salvage import LONGEST_RAW, LeftBehind, TooManyDeadLetters
from schemas.raw import RawHeaders
from schemas.topics import DEAD_LETTER, FACT_ORDER, FINDING, RAW_PDD, RAW_TMALL

TRADE = b'{"trade_fullinfo_get_response": {"trade": %s}}'
POISON = [
    b"",
    b"\xff\xfe no utf-8",
    b"[1, 2]",
    b"{",
    b"null",
    TRADE % b"{}",
    TRADE % b'{"tid": "", "status": "TRADE_CLOSED", "modified": "2025-12-01 08:00:00"}',
    TRADE % b'{"tid": "A", "status": "TRADE_CLOSED", "modified": NaN}',
    TRADE % b'{"tid": "A", "status": "TRADE_CLOSED", "modified": 1e400}',
    TRADE % b'{"tid": "A", "status": "TRADE_CLOSED", "modified": 99999999999999999999}',
    TRADE % b'{"tid": "A", "status": "TRADE_CLOSED", "modified": {"a": 1}}',
    TRADE % b'{"tid": "\\ud800", "status": "TRADE_CLOSED", "modified": "2025-12-01 08:00:00"}',
    TRADE % b'{"tid": "A", "status": "TRADE_CLOSED", "modified": "yesterday"}',
    b"[" * 100_000,
    b'{"trade": ' + b'{"a":' * 5_000 + b"1" + b"}" * 5_001,
    b"\x00" * 1_000,
]


@pytest.mark.parametrize("value", [None, *POISON], ids=lambda value: repr(value)[:40])
@pytest.mark.parametrize("place", [0, 1, 2])
async def test_poison_among_good_neighbours_costs_one_record(
    worker: Any, stream: Any, value: bytes | None, place: int
) -> None:
    records = [stream.tmall_order(offset, order_id=f"A-{offset}") for offset in range(3)]
    records[place].value = value
    await worker.run("normaliser", worker.batch(*records))
    letters, stored = worker.producer.told(DEAD_LETTER.name), worker.producer.told(FACT_ORDER.name)
    assert [letter["letter_id"] for letter in letters] == [f"{RAW_TMALL.name}-0-{place}"]
    assert b64decode(letters[0]["raw"]) == (value or b"")
    assert {fact["order_id"] for fact in stored} == {f"A-{o}" for o in range(3) if o != place}
    assert worker.producer.happened[-1] == "acknowledged"


async def test_a_row_that_cannot_be_read_costs_no_other_row_of_its_page(worker: Any, stream: Any) -> None:
    rows = [
        {"order_sn": f"P-{n}", "order_status": 2, "updated_at": at}
        for n, at in enumerate(("2025-12-01 08:00:00", "soon", "2025-12-01 08:00:01"))
    ]
    page = orjson.dumps({"order_sn_increment_get_response": {"order_sn_list": rows}})
    headers = RawHeaders("pdd", "shop", stream.DAY_1_MS, "page-1").to_headers()
    await worker.run("normaliser", worker.batch(stream.FakeRecord(RAW_PDD.name, 5, page, b"k", headers)))
    assert [fact["order_id"] for fact in worker.producer.told(FACT_ORDER.name)] == ["P-0", "P-2"]
    (letter,) = worker.producer.told(DEAD_LETTER.name)
    assert letter["letter_id"] == f"{RAW_PDD.name}-0-5"
    assert "field version (updated_at or created_time): 'soon' is no time" in letter["reason"]


async def test_letters_are_confirmed_in_the_same_call_as_the_facts_of_their_neighbours(
    worker: Any, stream: Any
) -> None:
    bad = stream.FakeRecord(RAW_TMALL.name, 1, b"{")
    await worker.run("normaliser", worker.batch(stream.tmall_order(0), bad))
    assert worker.producer.happened == [f"{DEAD_LETTER.name},{FACT_ORDER.name}", "acknowledged"]


@pytest.mark.parametrize(
    "header", [(), (("source", b"tmall"),), (("received_ms", b"x"), ("source", b"tmall"))]
)
async def test_a_record_without_readable_headers_is_poison(worker: Any, stream: Any, header: Any) -> None:
    record = stream.tmall_order(0)
    record.headers = header
    await worker.run("normaliser", worker.batch(record))
    assert len(worker.producer.told(DEAD_LETTER.name)) == 1


@pytest.mark.parametrize("timestamp", [-1, 2**62])
async def test_poison_with_a_nonsense_time_stamp_still_gets_its_letter(
    worker: Any, stream: Any, timestamp: int
) -> None:
    bad = stream.FakeRecord(RAW_TMALL.name, 0, b"{", timestamp=timestamp)
    await worker.run("normaliser", worker.batch(bad))
    assert len(worker.producer.told(DEAD_LETTER.name)) == 1


async def test_poison_too_large_for_a_letter_keeps_its_beginning_and_says_so(
    worker: Any, stream: Any
) -> None:
    bad = stream.FakeRecord(RAW_TMALL.name, 0, b"{" * 1_000_000)
    await worker.run("normaliser", worker.batch(bad))
    (letter,) = worker.producer.told(DEAD_LETTER.name)
    assert (len(b64decode(letter["raw"])), "only the first" in letter["reason"]) == (LONGEST_RAW, True)


async def test_the_limit_itself_is_allowed_and_one_more_stops_the_agent_un_acknowledged(
    worker: Any, stream: Any
) -> None:
    poison = [stream.FakeRecord(RAW_TMALL.name, o, b"{") for o in range(stream.LIMIT + 1)]
    await worker.run("normaliser", worker.batch(*poison[:-1]))
    assert worker.producer.happened == [DEAD_LETTER.name, "acknowledged"]
    with pytest.raises(TooManyDeadLetters, match=r"4 records in a row .*@3: .*nothing was acknowledged"):
        await worker.run("normaliser", worker.batch(poison[-1]))
    assert worker.producer.happened == [DEAD_LETTER.name, "acknowledged"]


async def test_a_record_that_works_starts_the_count_again(worker: Any, stream: Any) -> None:
    bad = [stream.FakeRecord(RAW_TMALL.name, offset, b"{") for offset in range(6)]
    await worker.run("normaliser", worker.batch(*bad[:3], stream.tmall_order(3), *bad[3:]))
    assert len(worker.producer.told(DEAD_LETTER.name)) == 6


async def test_an_outage_tried_again_and_again_does_not_use_up_the_dead_letter_limit(
    worker: Any, stream: Any
) -> None:
    batch = worker.batch(*(stream.FakeRecord(RAW_TMALL.name, offset, b"{") for offset in range(2)))
    worker.producer.fails = [KafkaConnectionError()] * 5
    for _ in range(5):
        with pytest.raises(KafkaConnectionError):
            await worker.run("normaliser", batch)
        batch.reset()
    await worker.run("normaliser", batch)
    assert len(worker.producer.told(DEAD_LETTER.name)) == 2


async def test_outputs_that_are_refused_are_not_acknowledged(worker: Any, stream: Any) -> None:
    worker.producer.fails = [KafkaConnectionError()]
    with pytest.raises(KafkaConnectionError):
        await worker.run("normaliser", worker.batch(stream.tmall_order(0)))
    assert worker.producer.happened == ["refused"]


async def test_a_batch_whose_partition_left_sends_and_acknowledges_nothing(worker: Any, stream: Any) -> None:
    batch = worker.batch(stream.tmall_order(0))
    batch.is_current = lambda: False
    with pytest.raises(LeftBehind):
        await worker.run("normaliser", batch)
    assert worker.producer.happened == ["let go"]


async def test_the_same_bytes_delivered_twice_give_the_same_event_ids(worker: Any, stream: Any) -> None:
    await worker.run("normaliser", worker.batch(stream.tmall_order(0)))
    await worker.run("normaliser", worker.batch(stream.tmall_order(9)))
    first, second = worker.producer.told(FACT_ORDER.name)
    assert first == second


MOON = "code:tmall|trade.status|WAIT_FOR_THE_MOON"


def with_header(record: Any, name: str, value: bytes) -> Any:
    record.headers = (*record.headers, (name, value))
    return record


async def test_an_unknown_code_is_parked_by_its_subject_beside_the_fact_that_says_unknown(
    worker: Any, stream: Any
) -> None:
    records = [stream.tmall_order(o, order_id=f"A-{o}", status="WAIT_FOR_THE_MOON") for o in (7, 8)]
    await worker.run("normaliser", worker.batch(*records, stream.tmall_order(9)))
    facts, found = worker.producer.told(FACT_ORDER.name), worker.producer.told(FINDING.name)
    assert [fact["phase"] for fact in facts if fact["order_id"] != "A-1"] == ["unknown", "unknown"]
    assert [(f["type"], f["subject"], f["origin_offset"], f["origin_key"]) for f in found] == [
        ("code.parked", MOON, 7, "A-7"),
        ("code.parked", MOON, 8, "A-8"),
    ]
    assert {(f["origin_topic"], f["origin_partition"]) for f in found} == {(RAW_TMALL.name, 0)}
    (call,) = worker.producer.calls
    places = {place for place in call if place[0] == FINDING.name}
    assert places == {(FINDING.name, partition_of(MOON.encode(), 4))}, "one code, one partition"
    assert worker.producer.told(DEAD_LETTER.name) == []


async def test_where_every_code_is_known_nothing_is_said_of_codes(worker: Any, stream: Any) -> None:
    await worker.run("normaliser", worker.batch(*(stream.tmall_order(o) for o in range(3))))
    assert worker.producer.happened == [FACT_ORDER.name, "acknowledged"]


async def test_a_record_read_again_mends_what_is_known_and_keeps_its_facts_ids(
    worker: Any, stream: Any
) -> None:
    await worker.run("normaliser", worker.batch(stream.tmall_order(0)))
    listed = f"{MOON}\ncode:tmall|trade.status|SUN"
    again = with_header(stream.tmall_order(70), "parked", listed.encode())
    again.timestamp = stream.DAY_1_MS + 3 * stream.HOUR_MS
    await worker.run("normaliser", worker.batch(again))
    first, second = worker.producer.told(FACT_ORDER.name)
    assert first == second
    found = worker.producer.told(FINDING.name)
    assert [(f["type"], f["subject"]) for f in found] == [
        ("code.mended", MOON),
        ("code.mended", "code:tmall|trade.status|SUN"),
    ]
    assert {f["cause_id"] for f in found} == {first["cause_id"]}
    assert {f["observed_at"] for f in found} == {"2025-12-01T03:00:00Z"}


async def test_a_record_read_again_whose_code_is_still_unknown_waits_where_it_lies_now(
    worker: Any, stream: Any
) -> None:
    told = {"status": "WAIT_FOR_THE_MOON"}
    await worker.run("normaliser", worker.batch(stream.tmall_order(0, **told)))
    again = with_header(stream.tmall_order(70, **told), "parked", MOON.encode())
    await worker.run("normaliser", worker.batch(again))
    first, second = worker.producer.told(FINDING.name)
    assert (first["origin_offset"], second["origin_offset"]) == (0, 70)
    assert {**first, "origin_offset": 70} == second


async def test_a_word_that_an_order_files_mapping_does_not_know_is_not_parked() -> None:
    """Its mapping travels with it: read again it would say the same."""
    mapping = shipped()["olist"]
    row = {name: "" for need in mapping.columns() for name in need.names[:1]}
    row |= {"order_id": "A", "order_status": "beamed", "order_purchase_timestamp": "2018-01-01 10:00:00"}
    row |= {"order_estimated_delivery_date": "2018-01-09 00:00:00"}
    headers = RawHeaders("order_file", "s", 1_764_547_200_000, "d", mapping.canonical)
    reading = raw_reader().read(orjson.dumps(row), headers.to_headers())
    assert reading.facts[0].phase == "unknown"  # type: ignore[attr-defined]
    assert reading.unknown == ()
