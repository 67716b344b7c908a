"""Watches the address of one order: a bad one is told, completed where the table of divisions allows it."""

from typing import NamedTuple

import orjson

from pipeline.domain.addresses import NO_PLACE, place_of, shows_another
from pipeline.domain.healers import Notice, address_given, heal_address, seen
from pipeline.domain.instants import to_ms
from pipeline.domain.registers import within_store
from schemas.anomaly_life import order_subject
from schemas.base import Event
from schemas.order import OrderReported, Receiver
from schemas.vocabulary import AddressQuality, AnomalyKind, Reporter


class AddressState(NamedTuple):
    """What was last told of the address: the version of that word, and what is wrong, "" for nothing."""

    version: int
    wrong: str

    @property
    def place(self) -> str:
        """Where the bad address lies, province|city|district."""
        return "|".join(self.wrong.split("|")[:3]) if self.wrong else NO_PLACE

    def to_bytes(self) -> bytes:
        """The state as JSON."""
        return orjson.dumps(tuple(self))

    @classmethod
    def from_bytes(cls, raw: bytes) -> "AddressState":
        """Read `to_bytes` back."""
        return cls(*orjson.loads(raw))


def watch_address(
    state: AddressState | None, report: OrderReported, key: str, now_ms: int
) -> tuple[AddressState | None, list[Event]]:
    """Take what a platform or a file says of the receiver; tells only what is new.

    An older word changes nothing. A better address that a person gave resolves a bad one; a masked address is
    a better one only where it shows another place, else it says nothing.
    """
    receiver = report.receiver
    if receiver is None or report.reporter not in (Reporter.PLATFORM, Reporter.FILE):
        return state, []
    version = within_store(to_ms(report.occurred_at) if report.version is None else report.version)
    before = state or AddressState(version, "")
    if version < before.version:
        return state, []
    if receiver.quality is AddressQuality.MASKED and not shows_another(place_of(receiver), before.place):
        return state, []
    wrong = _wrong(receiver)
    after = AddressState(version, wrong)
    if wrong == before.wrong:
        return after, []
    if not wrong:
        resolved = address_given(key, receiver, str(report.reporter), report, now_ms)
        return after, [] if resolved is None else [resolved]
    return after, _told(receiver, report, key, now_ms)


def _wrong(receiver: Receiver) -> str:
    if receiver.quality is not AddressQuality.BAD:
        return ""
    return "|".join((place_of(receiver), *receiver.reasons))


def _told(receiver: Receiver, report: OrderReported, key: str, now_ms: int) -> list[Event]:
    """The bad address, and what its healer makes of it."""
    notice = Notice(order_subject(key), report, now_ms)
    evidence = {"order_id": key, "reasons": ", ".join(receiver.reasons)}
    if receiver.candidates:
        evidence["candidates"] = "; ".join(receiver.candidates)
    events: list[Event] = [seen(notice, AnomalyKind.AMBIGUOUS_ADDRESS, "warning", evidence)]
    _, said = heal_address(key, receiver, report, now_ms)
    return events if said is None else [*events, said]
