"""The raw records of a simulated day: pages as a connector stores them, pushes through the gateway's door."""

from typing import NamedTuple

from pipeline.gateway.accept import Accepted, accept
from pipeline.gateway.keyring import Secret, Secrets
from pipeline.gateway.request import PushRequest
from pipeline.gateway.signing import sign
from pipeline.gateway.specs import PUSHES
from pipeline.producer import Record
from pipeline.simulator.feed import RawEvent

SIMULATED: Secrets = (Secret(b"simulated", b"simulated"),)
"""Signs and opens what never leaves this process."""


class NotTaken(RuntimeError):
    """The gateway's own check refused what the simulator signed: one of the two is wrong."""


class Placed(NamedTuple):
    """A record and where it goes; `partition` None: where its key belongs."""

    topic: str
    record: Record
    partition: int | None


def signed(event: RawEvent, secrets: Secrets, now_s: int) -> PushRequest:
    """Return the delivery of a pushed event as its sender would send it at this second."""
    told = event.headers
    return sign(
        PUSHES[told.source],
        event.value,
        secrets,
        now_s,
        shop=told.shop,
        api=told.api,
        delivery_id=told.delivery_id,
    )


def placed(event: RawEvent) -> Placed:
    """Return the record of an event; a push is signed, checked and taken exactly as the gateway does it."""
    if not event.pushed:
        record = Record(event.key, event.value, event.at, event.headers.to_headers())
        return Placed(event.topic, record, event.partition)
    at_s = event.at / 1000
    taken = accept(PUSHES[event.headers.source], signed(event, SIMULATED, int(at_s)), SIMULATED, at_s)
    if not isinstance(taken, Accepted):
        raise NotTaken(f"{event.headers.source}: {taken.reply.body.decode()}")
    record = Record(taken.key, taken.value, event.at, taken.headers.to_headers())
    return Placed(taken.topic, record, None)
