"""How far every pull has come, kept in Kafka beside what was pulled."""

from datetime import UTC, datetime
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from pydantic import ValidationError

from pipeline.connectors.accounts import Account
from pipeline.producer import Record
from schemas.cursor import Cursor
from schemas.topics import STATE_CURSOR

log = structlog.get_logger(__name__)

Cursors = dict[str, int]
"""account|pull -> the second up to which everything is in the raw topic."""


class NoCursors(RuntimeError):
    """The topic of cursors is not there."""


def cursor_id(account: str, pull: str) -> str:
    """Return the key of a cursor."""
    return f"{account}|{pull}"


def cursor_record(account: Account, pull: str, until_s: int, now_s: float, pages: int) -> Record:
    """Return the record that moves a cursor."""
    key = cursor_id(account.name, pull)
    cursor = Cursor(
        cursor_id=key,
        account=account.name,
        source=account.source,
        pull=pull,
        until_at=datetime.fromtimestamp(until_s, UTC),
        moved_at=datetime.fromtimestamp(now_s, UTC),
        pages=pages,
    )
    return Record(key.encode(), cursor.to_bytes(), round(now_s * 1000))


async def load_cursors(bootstrap: str, partitions: int) -> Cursors:
    """Return the last cursor of every key; raises NoCursors, or aiokafka's errors when Kafka is away."""
    consumer: Any = AIOKafkaConsumer(  # Any: aiokafka is untyped
        bootstrap_servers=bootstrap, client_id="certainty-connectors", enable_auto_commit=False
    )
    try:
        await consumer.start()
        if STATE_CURSOR.name not in await consumer.topics():
            raise NoCursors(f"{STATE_CURSOR.name} is missing: `certainty topics create`")
        places = [TopicPartition(STATE_CURSOR.name, number) for number in range(partitions)]
        return await _last_of_each(consumer, places)
    finally:
        await consumer.stop()


async def _last_of_each(consumer: Any, places: list[TopicPartition]) -> Cursors:  # Any: aiokafka is untyped
    consumer.assign(places)
    await consumer.seek_to_beginning(*places)
    ends = await consumer.end_offsets(places)
    found: Cursors = {}
    while any([await consumer.position(place) < ends[place] for place in places]):
        for records in (await consumer.getmany(timeout_ms=500)).values():
            for record in records:
                _note(found, record.key, record.value)
    return found


def _note(found: Cursors, key: bytes | None, value: bytes | None) -> None:
    name = (key or b"").decode(errors="replace")
    if value is None:
        found.pop(name, None)
        return
    try:
        found[name] = int(Cursor.model_validate_json(value).until_at.timestamp())
    except ValidationError:
        # Pulling anew is harmless, going on from a guess is not.
        found.pop(name, None)
        log.warning("a cursor cannot be read: pulling from the beginning", cursor=name)
