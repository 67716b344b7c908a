"""The live stream: one SKU, three platforms; how soon it is suspended and oversold orders are named."""

import asyncio
import re
import time
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from bench import kafka
from bench.end_to_end import Say, stack, workers_on
from bench.measure import percentile
from bench.processes import BenchFailed
from bench.progress import drained
from pipeline.cli.simulated_records import Placed, placed
from pipeline.endpoints import kafka_bootstrap
from pipeline.producer import Producer
from pipeline.settings import Settings
from pipeline.simulator.feed import RawEvent
from pipeline.simulator.voices import speak
from schemas.raw import RawHeaders
from schemas.topics import COMMAND_SKU, DECISION_SKU, raw_topic

ORDERS, STOCK = 14_000, 10_000
QUICK_ORDERS, QUICK_STOCK = 1_400, 1_000
RATE = 1_000
WAIT_S = 180.0
START_MS = 1_790_000_000_000
ORDER_ID = re.compile(rb"BURST-[A-Z0-9-]+-\d{7}")
CODES = {"douyin": "2", "tmall": "WAIT_SELLER_SEND_GOODS", "pdd": "1"}


def run(home: Path, *, quick: bool, say: Say) -> dict[str, Any]:
    """Return the figures of a burst on a stack of its own; raises BenchFailed."""
    settings = Settings(data_dir=home)
    orders, stock = (QUICK_ORDERS, QUICK_STOCK) if quick else (ORDERS, STOCK)
    with stack(home, say), workers_on(home) as workers:
        measured(settings, "WARM-UP", QUICK_ORDERS, QUICK_STOCK, say)  # the workers' start is not measured
        asyncio.run(drained(settings, workers))
        paced = measured(settings, "HOT-PACED", orders, stock, say, rate=RATE)
        asyncio.run(drained(settings, workers))
        return {f"at_{RATE}_a_second": paced, "at_once": measured(settings, "HOT-ONCE", orders, stock, say)}


def measured(
    settings: Settings, sku: str, orders: int, stock: int, say: Say, *, rate: int = 0
) -> dict[str, Any]:
    """Send the burst, `rate` orders a second (0: all at once), and wait until every order beyond the stock
    is named; times are the broker's."""
    # Made before: the time that it takes is not the workers'.
    events = [placed(_count(sku, stock)), *(placed(_order(sku, number)) for number in range(orders))]
    say(f"{orders:,} orders for {stock:,} pieces")
    began_s = time.perf_counter()
    asyncio.run(_send(settings, events, rate))
    sent_s = time.perf_counter() - began_s
    wanted = {_order_id(sku, number) for number in range(stock, orders)}
    return {"orders": orders, "stock": stock, "sent_s": round(sent_s, 2)} | asyncio.run(
        _watched(settings, sku, wanted, stock)
    )


def _order_id(sku: str, number: int) -> str:
    return f"BURST-{sku}-{number:07d}"


def _order(sku: str, number: int) -> RawEvent:
    front, at = list(CODES)[number % 3], START_MS + 60_000 + number
    told = {
        "order_id": _order_id(sku, number), "platform": front, "shop": "live", "status": CODES[front],
        "updated_at": at, "created_at": at, "paid_at": at, "ship_by": at + 86_400_000, "sign_by": None,
        "units": 1, "paid_fen": 100, "receiver": {},
        "lines": [{"sku": sku, "units": 1, "price_fen": 100, "gift": False}],
    }  # fmt: skip
    return _raw(front, _order_id(sku, number), told, "order", at)


def _count(sku: str, units: int) -> RawEvent:
    told = {"event_id": "c", "sku": sku, "warehouse": "main", "units": units, "counted_at": START_MS}
    return _raw("wms", sku, told, "count", START_MS)


def _raw(speaker: str, key: str, told: dict[str, Any], kind: str, at: int) -> RawEvent:
    spoken = speak(speaker, kind, told)
    headers = RawHeaders(spoken.source, "live", at, f"burst-{key}", api=spoken.api)
    topic = raw_topic(spoken.source).name
    return RawEvent(topic, key.encode(), spoken.document, headers, at, pushed=spoken.pushed)


async def _send(settings: Settings, events: list[Placed], rate: int) -> None:
    async with Producer(kafka_bootstrap(settings), settings.partitions) as producer:
        await kafka.paced(producer, events, rate, partial(_add, producer))


def _add(producer: Producer, placed: Placed) -> None:
    topic, record, partition = placed
    producer.add(topic, record._replace(timestamp_ms=time.time_ns() // 1_000_000), partition)


async def _watched(settings: Settings, sku: str, wanted: set[str], stock: int) -> dict[str, Any]:
    sent_ms: dict[str, int] = {}
    named_ms: dict[str, int] = {}
    suspended_ms: list[int] = []
    topics = [raw_topic(name).name for name in CODES] + [COMMAND_SKU.name, DECISION_SKU.name]
    consumer: Any = AIOKafkaConsumer(
        bootstrap_servers=kafka_bootstrap(settings), auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        consumer.assign([TopicPartition(topic, n) for topic in topics for n in range(settings.partitions)])
        until_s = time.monotonic() + WAIT_S
        while not (wanted <= named_ms.keys() and wanted <= sent_ms.keys() and suspended_ms):
            if time.monotonic() > until_s:
                raise BenchFailed(f"{len(wanted - named_ms.keys())} orders beyond the stock are not named")
            for records in (await consumer.getmany(timeout_ms=200, max_records=20_000)).values():
                for record in records:
                    _note(record, sku, sent_ms, named_ms, suspended_ms)
    finally:
        await consumer.stop()
    waits = [float(named_ms[order] - sent_ms[order]) for order in wanted]
    return {
        "suspended_after_ms": min(suspended_ms) - sent_ms[_order_id(sku, stock - 1)],
        "oversold": len(named_ms),
        "missed": len(wanted - named_ms.keys()),
        "invented": len(named_ms.keys() - wanted),
        "named_p50_ms": round(percentile(waits, 0.5), 1),
        "named_p99_ms": round(percentile(waits, 0.99), 1),
    }


def _note(
    record: Any, sku: str, sent_ms: dict[str, int], named_ms: dict[str, int], suspended_ms: list[int]
) -> None:
    if record.topic.startswith("raw."):
        found = ORDER_ID.search(record.value)  # a push is keyed by what its sender names, not by the order
        if found:
            sent_ms.setdefault(found.group().decode(), record.timestamp)
    elif record.key.decode() == sku:
        said = orjson.loads(record.value)
        if said["type"] == "sku.suspend":
            suspended_ms.append(record.timestamp)
        elif said["type"] == "order.oversold" and said["up"]:
            named_ms.setdefault(said["order_id"], record.timestamp)
