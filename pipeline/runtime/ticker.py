"""Brings the wall clock into the stream: ticks as data, so that a replay repeats how time went."""

import time

import orjson
from faust.types import TP

from pipeline.producer import Producer, Record
from schemas.raw import RawHeaders
from schemas.topics import RAW_CLOCK

SOURCE = "clock"


def tick(now_ms: int) -> Record:
    """Return the raw record that says: it is `now_ms` (milliseconds since 1970 UTC)."""
    headers = RawHeaders(SOURCE, "", now_ms, f"tick-{now_ms}")
    value = orjson.dumps({"kind": "tick", "at": now_ms})
    return Record(SOURCE.encode(), value, now_ms, headers.to_headers())


async def send_ticks(producer: Producer, assignment: set[TP]) -> None:
    """Tick every clock partition this worker owns; partitions have one owner, so each is ticked once."""
    record = tick(time.time_ns() // 1_000_000)
    mine = {(tp.topic, tp.partition): [record] for tp in assignment if tp.topic == RAW_CLOCK.name}
    await producer.send(mine)
