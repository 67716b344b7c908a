"""Raw topics are read in step while a backlog is worked off, on a real broker; live, nothing waits."""

import asyncio
import time
from collections import defaultdict
from datetime import datetime
from itertools import count, islice
from statistics import median
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from pipeline.endpoints import kafka_bootstrap
from pipeline.producer import Producer, Record, partition_of
from pipeline.simulator.voices.writing import text_time
from schemas.raw import RawHeaders
from schemas.topics import FACT_ORDER, RAW_TMALL, RAW_WANGDIANTONG

pytestmark = pytest.mark.connected
DAY_1_MS = 1_772_323_200_000
MINUTE_MS = 60_000
ORDERS = 2000
A_FEW = 1000
A_PARCEL_EVERY = 20
BIG = 2000
"""Bytes of filling in an order: its topic takes many fetches, that of the parcels one."""
STEP_MS = 1_800_000
PARCELS = "wms.stockout.Sales.queryWithDetail"
TRICKLE = 40
SOON_S = 1.0
Sent = list[tuple[str, Record]]


def order(order_id: str, at_ms: int) -> tuple[str, Record]:
    """A big report of a platform, keyed by its order."""
    at = text_time(at_ms)
    trade = {"tid": order_id, "status": "WAIT_SELLER_SEND_GOODS", "modified": at, "created": at,
             "pay_time": at, "payment": "19.90", "memo": "x" * BIG,
             "orders": {"order": [{"num": 1, "outer_sku_id": "SKU-1"}]}}  # fmt: skip
    headers = RawHeaders("tmall", "shop", at_ms, order_id).to_headers()
    value = orjson.dumps({"trade_fullinfo_get_response": {"trade": trade}})
    return RAW_TMALL.name, Record(order_id.encode(), value, at_ms, headers)


def parcel(order_id: str, at_ms: int, key: bytes = b"warehouse|pages") -> tuple[str, Record]:
    """A page of the warehouse as a connector stores it: all lie in one partition, whatever the order."""
    at = text_time(at_ms)
    stockout = {"stockout_id": order_id, "status": 95, "logistics_no": f"W{order_id}", "consign_time": at,
                "created": at, "modified": at, "warehouse_no": "main", "shop_platform_id": 1,
                "details_list": [{"rec_id": order_id, "src_tid": order_id, "spec_no": "SKU-1",
                                  "num": 1, "gift_type": 0}]}  # fmt: skip
    headers = RawHeaders("wangdiantong", "shop", at_ms, f"page-{order_id}", api=PARCELS).to_headers()
    page = {"status": 0, "data": {"total_count": 1, "order": [stockout]}}
    return RAW_WANGDIANTONG.name, Record(key, orjson.dumps(page), at_ms, headers)


def backlog(prefix: str) -> Sent:
    """A day and a half: an order a minute, and now and then a page of the warehouse."""
    sent: Sent = []
    for number in range(ORDERS):
        at_ms = DAY_1_MS + number * MINUTE_MS
        sent.append(order(f"{prefix}-{number}", at_ms))
        if number % A_PARCEL_EVERY == 0:
            sent.append(parcel(f"{prefix}-{number}", at_ms + 1))
    return sent


def lopsided(prefix: str, partitions: int) -> Sent:
    """The orders lie in one partition, so one worker has them all; pages of them lie in every partition."""
    sent: Sent = []
    pages = {partition_of(f"pages {n}".encode(), partitions): f"pages {n}".encode() for n in range(99)}
    named = (f"{prefix}-{n}" for n in count() if partition_of(f"{prefix}-{n}".encode(), partitions) == 0)
    for number, name in enumerate(islice(named, A_FEW)):
        at_ms = DAY_1_MS + number * MINUTE_MS
        sent.append(order(name, at_ms))
        if number % A_PARCEL_EVERY == 0:
            sent += [parcel(name, at_ms + 1, key) for key in pages.values()]
    return sent


def facts(settings: Any, prefix: str) -> list[tuple[int, str, int]]:
    """Return (partition, who says it of which order, when it was received) of each report, as they lie there.

    What the parcel linker makes of a report comes one hop later, and is left out.
    """

    async def read() -> list[tuple[int, str, int]]:
        places = [TopicPartition(FACT_ORDER.name, p) for p in range(settings.partitions)]
        found = []
        consumer = AIOKafkaConsumer(bootstrap_servers=kafka_bootstrap(settings), auto_offset_reset="earliest")
        await consumer.start()
        try:
            consumer.assign(places)
            await consumer.seek_to_beginning()
            ends = await consumer.end_offsets(places)
            while any([await consumer.position(place) < ends[place] for place in places]):
                for place, records in (await consumer.getmany(timeout_ms=1000)).items():
                    told = [orjson.loads(record.value) for record in records]
                    found += [
                        (place.partition, f"{fact['reporter']} {fact['order_id']}", ms(fact["observed_at"]))
                        for fact in told
                        if fact["type"] == "order.reported" and fact["order_id"].startswith(prefix + "-")
                    ]
        finally:
            await consumer.stop()
        return found

    return asyncio.run(read())


def ms(at: str) -> int:
    return round(datetime.fromisoformat(at).timestamp() * 1000)


def skew_ms(found: list[tuple[int, str, int]]) -> int:
    """How much older than a fact before it in its partition a fact is, at most.

    Only the first time that it is told: who takes over a partition tells again what was not committed.
    """
    latest: dict[int, int] = defaultdict(int)
    worst, known = 0, set()
    for partition, what, at_ms in found:
        if what in known:
            continue
        known.add(what)
        latest[partition] = max(latest[partition], at_ms)
        worst = max(worst, latest[partition] - at_ms)
    return worst


def test_a_backlog_of_a_thick_and_a_thin_topic_becomes_facts_in_step(workers: Any) -> None:
    prefix = "in-step"
    workers.send(backlog(prefix))
    workers.work("core")
    workers.work("sink")
    workers.drain(RAW_TMALL.name, RAW_WANGDIANTONG.name)
    found = facts(workers.settings, prefix)
    assert len({what for _, what, _ in found}) >= ORDERS + ORDERS // A_PARCEL_EVERY
    assert skew_ms(found) <= STEP_MS, f"out of step by {skew_ms(found) / MINUTE_MS:.0f} min"


def test_two_workers_of_which_one_has_far_more_to_read_stay_in_step(workers: Any) -> None:
    prefix = "lopsided"
    workers.send(lopsided(prefix, workers.settings.partitions))
    for index in (0, 1):
        workers.work("core", index)
    workers.work("sink")
    workers.drain(RAW_TMALL.name, RAW_WANGDIANTONG.name)
    found = facts(workers.settings, prefix)
    assert len({what for _, what, _ in found}) >= A_FEW + A_FEW // A_PARCEL_EVERY
    assert skew_ms(found) <= STEP_MS, f"out of step by {skew_ms(found) / MINUTE_MS:.0f} min"


def test_a_worker_killed_in_the_middle_of_a_backlog_loses_and_doubles_nothing(
    undisturbed: Any, workers: Any, make_reports: Any, soon: Any
) -> None:
    prefix = "killed-in-step"
    workers.send(make_reports(prefix))
    workers.work("sink")
    core = workers.work("core")
    for share in (1, 3):
        soon(lambda share=share: workers.orders(prefix)[0] > undisturbed[0] * share // 8, "orders are stored")
        workers.kill(core)
        core.start()
    workers.drain()
    assert workers.orders(prefix) == undisturbed


def test_a_live_trickle_does_not_wait_for_quiet_topics(workers: Any, soon: Any) -> None:
    prefix = "trickle"
    workers.work("core")
    workers.send([order(f"{prefix}-warm-0", DAY_1_MS)])
    soon(lambda: facts(workers.settings, f"{prefix}-warm"), "the worker works")
    waits = asyncio.run(trickle(workers.settings, prefix))
    assert len(waits) == TRICKLE
    assert median(waits) < SOON_S, f"median {median(waits):.3f} s, worst {max(waits):.3f} s"


async def trickle(settings: Any, prefix: str) -> list[float]:
    """Send a record at a time and return the seconds until each has become a fact."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka_bootstrap(settings))
    await consumer.start()
    waits = []
    try:
        consumer.assign([TopicPartition(FACT_ORDER.name, p) for p in range(settings.partitions)])
        await consumer.seek_to_end()
        async with Producer(kafka_bootstrap(settings), settings.partitions, "trickle") as producer:
            for number in range(TRICKLE):
                speaks = parcel if number % 4 == 0 else order
                began = time.monotonic()
                told = speaks(f"{prefix}-{number}", DAY_1_MS + number)  # today would move every test's clock
                producer.add(*told)
                await producer.flush()
                while not await became_fact(consumer, f"{prefix}-{number}"):
                    assert time.monotonic() - began < 30
                waits.append(time.monotonic() - began)
    finally:
        await consumer.stop()
    return waits


async def became_fact(consumer: Any, order_id: str) -> bool:
    """Wait a little for news; tell whether a fact of the order is among them."""
    news = await consumer.getmany(timeout_ms=200)
    return any(orjson.loads(r.value).get("order_id") == order_id for told in news.values() for r in told)
