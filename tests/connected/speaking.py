"""What a shop, its warehouse, carrier and customer service say of an order, and what `certainty` answers."""

import asyncio
from typing import Any, NamedTuple
from urllib.parse import urlencode

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition
from typer.testing import CliRunner

from pipeline.cli import build
from pipeline.endpoints import kafka_bootstrap
from pipeline.producer import Record
from pipeline.settings import Settings
from pipeline.simulator.voices.writing import text_time
from schemas.raw import RawHeaders
from schemas.topics import Topic, raw_topic
from tests.connected.conftest import environment

Sent = tuple[str, Record]
PARCELS = "wms.stockout.Sales.queryWithDetail"
TRADES = "sales.TradeQuery.queryWithDetail"
HOUR_MS = 3_600_000


def raw(source: str, order_id: str, told: Any, at_ms: int, api: str = "") -> Sent:
    topic = raw_topic(source).name
    headers = RawHeaders(source, "shop", at_ms, f"{order_id}-{at_ms}", api=api).to_headers()
    return topic, Record(
        order_id.encode(), told if isinstance(told, bytes) else orjson.dumps(told), at_ms, headers
    )


def ordered(order_id: str, at_ms: int, *, gift: bool = False, paid_fen: int = 8800) -> Sent:
    """The shop: placed and paid."""
    place = {"province": "江苏省", "city": "南京市", "district": "鼓楼区", "detail": "中山路 1 号",
             "name": "孙一", "phone": "13200001234"}  # fmt: skip
    lines = [{"sku": "SKU-1", "units": 1}, {"sku": "SKU-MUG", "units": 1, "gift": gift}]
    told = {"kind": "order", "order_id": order_id, "status": "paid", "order_state": 1, "created_at": at_ms,
            "updated_at": at_ms, "paid_at": at_ms, "paid_fen": paid_fen, "receiver": place,
            "lines": lines}  # fmt: skip
    return raw("own-shop", order_id, told, at_ms)


def shipped(order_id: str, at_ms: int) -> Sent:
    """The warehouse: the parcel has left, with everything in it."""
    at, waybill = text_time(at_ms), f"W{order_id}".upper()
    line = {"rec_id": waybill, "src_tid": order_id, "spec_no": "SKU-1", "num": 2, "gift_type": 0}
    stockout = {"stockout_id": waybill, "status": 95, "logistics_no": waybill, "consign_time": at,
                "created": at, "modified": at, "warehouse_no": "main", "shop_platform_id": 1,
                "details_list": [line]}  # fmt: skip
    page = {"status": 0, "data": {"total_count": 1, "order": [stockout]}}
    return raw("wangdiantong", order_id, page, at_ms, PARCELS)


def erp_ships(order_id: str, at_ms: int) -> Sent:
    """The ERP: shipped; it names no parcel."""
    trade = {"trade_no": order_id, "trade_status": 95, "modified": text_time(at_ms), "shop_no": "shop",
             "shop_platform_id": 127, "detail_list": [{"src_tid": order_id}]}  # fmt: skip
    page = {"status": 0, "data": {"total_count": 1, "order": [trade]}}
    return raw("wangdiantong", order_id, page, at_ms, TRADES)


def signed(order_id: str, at_ms: int) -> Sent:
    """The carrier: scanned, and signed for an hour later."""
    scans = [(at_ms, "103"), (at_ms + HOUR_MS, "301")]
    entries = [{"time": text_time(at), "context": code, "statusCode": code} for at, code in scans]
    result = {"nu": f"W{order_id}".upper(), "com": "test", "ischeck": "0", "status": "200", "data": entries}
    form = urlencode({"param": orjson.dumps({"status": "polling", "lastResult": result})})
    return raw("kuaidi100", order_id, form.encode(), at_ms + HOUR_MS)


def cs_says(order_id: str, status: str, at_ms: int) -> Sent:
    """Customer service: its phase of the order."""
    told = {"kind": "order", "order_id": order_id, "platform": "own_shop", "shop": "shop", "status": status,
            "updated_at": at_ms}  # fmt: skip
    return raw("cs", order_id, told, at_ms)


def refund(order_id: str, refund_id: str, at_ms: int, amount_fen: int = 8800) -> Sent:
    """The shop: the buyer may have the money back, says the platform; the goods stay."""
    told = {"kind": "aftersale", "aftersale_id": refund_id, "order_id": order_id, "status": 11, "type": 1,
            "amount_fen": amount_fen, "order_state": 3, "in_complaint": False, "created_at": at_ms,
            "updated_at": at_ms}  # fmt: skip
    return raw("own-shop", order_id, told, at_ms)


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def told(self) -> dict[str, Any]:
        """What --json printed."""
        return dict(orjson.loads(self.out))

    def said(self, kind: str) -> list[dict[str, Any]]:
        """The events of one type that came of it."""
        return [event for event in self.told["said"] if event["type"] == kind]


def certainty(settings: Settings, *arguments: str, stdin: bytes = b"") -> Ended:
    """Run one command with these settings."""
    told = CliRunner().invoke(build(), list(arguments), input=stdin, env=environment(settings))
    if told.exception is not None and not isinstance(told.exception, SystemExit):
        raise told.exception
    return Ended(told.exit_code, told.stdout, told.stderr)


def everything(settings: Settings, *topics: Topic) -> list[dict[str, Any]]:
    """Return every event that lies on these topics."""
    return asyncio.run(_everything(settings, topics))


async def _everything(settings: Settings, topics: tuple[Topic, ...]) -> list[dict[str, Any]]:
    places = [TopicPartition(topic.name, at) for topic in topics for at in range(settings.partitions)]
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka_bootstrap(settings))
    await consumer.start()
    found: list[dict[str, Any]] = []
    try:
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        for place, first in (await consumer.beginning_offsets(places)).items():
            consumer.seek(place, first)
        while any([await consumer.position(place) < end for place, end in ends.items() if end]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found += [orjson.loads(record.value) for record in records]
    finally:
        await consumer.stop()
    return found
