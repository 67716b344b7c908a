"""Pushes signed deliveries to a running gateway, and reads back what Kafka holds."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
from aiokafka import AIOKafkaConsumer, TopicPartition

from pipeline.endpoints import kafka_bootstrap, known_endpoint
from pipeline.gateway.keyring import load_keyring
from pipeline.gateway.request import PushRequest
from pipeline.gateway.signing import sign
from pipeline.gateway.specs import PUSHES
from pipeline.settings import Settings


def url_of(settings: Settings, request: PushRequest) -> str:
    """Return the address that this delivery goes to."""
    base = known_endpoint(settings, "gateway")
    return f"{base}/push/{request.source}/{request.shop}?{request.query.decode()}"


def signed(
    settings: Settings, source: str, document: bytes, now_s: int, delivery_id: str = ""
) -> PushRequest:
    """Return a delivery with the secrets that the stack has generated."""
    secrets = load_keyring(settings, tuple(PUSHES)).of(source, "shop")
    return sign(PUSHES[source], document, secrets, now_s, shop="shop", delivery_id=delivery_id)


@dataclass
class Pusher:
    """Sends numbered deliveries one after the other; `told` is number -> status, 0 when nobody answered."""

    settings: Settings
    now_s: int
    document: Callable[[int], bytes] = lambda number: b"%d" % number
    told: dict[int, int] = field(default_factory=dict)
    slowest_s: float = 0.0

    async def push(self, http: httpx.AsyncClient, number: int) -> int:
        """Send one; returns the status."""
        request = signed(self.settings, "cs", self.document(number), self.now_s, str(number))
        began = asyncio.get_running_loop().time()
        try:
            answer = await http.post(
                url_of(self.settings, request), content=request.body, headers=dict(request.headers)
            )
        except httpx.TransportError:
            self.told[number] = 0
            return 0
        self.slowest_s = max(self.slowest_s, asyncio.get_running_loop().time() - began)
        if answer.status_code == 503:
            assert answer.headers["retry-after"] == "5", answer.headers
        self.told[number] = answer.status_code
        return answer.status_code

    def confirmed(self) -> set[int]:
        """The numbers that were answered with success."""
        return {number for number, status in self.told.items() if status == 200}


async def kept(settings: Settings, topic: str) -> list[bytes]:
    """Return every value that Kafka holds of a topic."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka_bootstrap(settings), auto_offset_reset="earliest")
    await consumer.start()
    try:
        places = [TopicPartition(topic, number) for number in range(settings.partitions)]
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        values: list[bytes] = []
        while any([await consumer.position(place) < ends[place] for place in places]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                values += [record.value for record in records]
        return values
    finally:
        await consumer.stop()
