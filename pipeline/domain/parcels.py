"""The parcel linker's decisions: a waybill's links and tracks, folded into what each of its orders is told.

Links and tracks may come in any order and any number of times: every field is an earliest, a latest or a
newest, so the state is the same in the end, and with it the last word each order was told. A waybill is
compared as it stands; the adapters write it in one case and without blanks.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import orjson

from pipeline.domain.instants import from_ms, from_ms_or_none, to_ms
from pipeline.domain.order_state import PROGRESS
from pipeline.domain.outcome import Outcome, Undecidable
from pipeline.domain.policy import ParcelPolicy
from pipeline.domain.registers import within_store
from schemas.base import derived_id
from schemas.logistics import WaybillFact, WaybillLinked, WaybillTracked
from schemas.order import ParcelReported
from schemas.vocabulary import Phase, Platform

Link = list[Any]  # [platform, shop, received_ms], JSON as it is stored
Word = list[
    Any
]  # [is known, version, progress, phase, raw_code, mapping, carrier, flags, received_ms], likewise

LINK: Final = "link"
"""What stands for the mapping of a word that no carrier has said."""
RECEIVED: Final = -1
"""Where in a link or a word its receive time stands: the earliest one, as a redelivery changes nothing."""


class Track(NamedTuple):
    """Everything carriers said of one waybill; times are milliseconds since 1970 UTC.

    `word` is the newest, of two in the same instant the one further on its way; a code that no table knows
    never takes the place of a known one, and a track without an entry (version 0) none of one with entries.
    """

    word: Word
    first_scan_ms: int | None = None
    last_scan_ms: int | None = None
    signed_ms: int | None = None


class ParcelState(NamedTuple):
    """One waybill: the orders in it, its track as far as it was told, when it was last spoken of.

    `due_ms`: when to look whether it is still spoken of; it is moved once it has passed, not at every word.
    """

    links: dict[str, Link] = {}  # noqa: RUF012  (no change in place: what is heard makes a new one)
    track: Track | None = None
    heard_ms: int = 0
    due_ms: int = 0

    def to_bytes(self) -> bytes:
        """The state as JSON."""
        return orjson.dumps((self.links, self.track and tuple(self.track), self.heard_ms, self.due_ms))

    @classmethod
    def from_bytes(cls, raw: bytes) -> "ParcelState":
        """Read `to_bytes` back."""
        links, track, heard_ms, due_ms = orjson.loads(raw)
        return cls(links, track and Track(*track), heard_ms, due_ms)


def decide_parcel(
    state: ParcelState | None, fact: WaybillFact | None, key: str, now_ms: int, policy: ParcelPolicy
) -> Outcome[ParcelState]:
    """Take one link or track, or (None) the passing of time, at `now_ms` of the event clock.

    An order is told of each of its parcels as soon as it is linked, with the track that waited for the link
    if there is one, and of whatever changes later; what changes nothing tells nothing. Raises Undecidable for
    one order too many.
    """
    before = state or ParcelState()
    links, track = before.links, before.track
    heard_ms = max(before.heard_ms, now_ms)
    told: list[str] = []
    match fact:
        case None:
            if now_ms > before.heard_ms + policy.retention_ms:
                return Outcome(None)
            heard_ms = before.heard_ms
        case WaybillLinked():
            links = _linked(links, fact, policy.orders_most)
            told = [fact.order_id] if links is not before.links else []
        case WaybillTracked():
            track = _tracked(track, fact)
            told = list(links) if track != before.track else []
    due_ms = before.due_ms if before.due_ms >= now_ms else heard_ms + policy.retention_ms
    events = tuple(_report(key, order_id, links[order_id], track) for order_id in told)
    return Outcome(ParcelState(links, track, heard_ms, due_ms), events, due_ms)


def _linked(links: dict[str, Link], fact: WaybillLinked, most: int) -> dict[str, Link]:
    """Take the link; of two names of one shop, one that has a platform stands, else the larger."""
    link = [str(fact.platform), fact.shop, to_ms(fact.observed_at)]
    held = links.get(fact.order_id)
    if held is None and len(links) >= most:
        raise Undecidable(
            f"waybill {fact.waybill}: more than {most} orders are said to be in this parcel;"
            " check which field of the source is the waybill"
        )
    if held is not None:
        link = [*max(held[:RECEIVED], link[:RECEIVED], key=_named), min(held[RECEIVED], link[RECEIVED])]
    return links if link == held else {**links, fact.order_id: link}


def _named(link: Link) -> tuple[bool, Link]:
    return link[0] != Platform.OTHER, link


def _tracked(track: Track | None, fact: WaybillTracked) -> Track:
    word = _word(fact)
    first, last, signed = (
        None if at is None else to_ms(at) for at in (fact.first_scan_at, fact.last_scan_at, fact.signed_at)
    )
    if track is None:
        return Track(word, first, last, signed)
    return Track(
        word=_newer(track.word, word),
        first_scan_ms=_told(min, track.first_scan_ms, first),
        last_scan_ms=_told(max, track.last_scan_ms, last),
        signed_ms=_told(min, track.signed_ms, signed),
    )


def _word(fact: WaybillTracked) -> Word:
    return [
        fact.phase is not Phase.UNKNOWN,
        within_store(fact.version or 0),
        PROGRESS[fact.phase],
        str(fact.phase),
        fact.raw_code,
        fact.mapping,
        fact.carrier,
        sorted(map(str, fact.flags)),
        to_ms(fact.observed_at),
    ]


def _newer(held: Word, word: Word) -> Word:
    if held[:RECEIVED] == word[:RECEIVED]:
        return min(held, word)
    return max(held, word)


def _told(first_or_last: Callable[[int, int], int], held: int | None, said: int | None) -> int | None:
    if held is None or said is None:
        return said if held is None else held
    return first_or_last(held, said)


def _report(waybill: str, order_id: str, link: Link, track: Track | None) -> ParcelReported:
    """What the order is told: a function of link and track alone, its id and its times too."""
    platform, shop, linked_ms = link
    if track is None:
        return _unseen(waybill, order_id, link)
    _, version, _, phase, raw_code, mapping, carrier, flags, tracked_ms = track.word
    observed = from_ms(max(linked_ms, tracked_ms))
    return ParcelReported(
        event_id=derived_id(waybill, orjson.dumps([order_id, *link, *track]).decode()),
        cause_id=waybill,
        occurred_at=from_ms(version) if version else observed,
        observed_at=observed,
        order_id=order_id,
        platform=platform,
        shop=shop,
        waybill=waybill,
        carrier=carrier,
        mapping=mapping,
        phase=phase,
        raw_code=raw_code,
        flags=flags,
        version=version or None,
        first_scan_at=from_ms_or_none(track.first_scan_ms),
        last_scan_at=from_ms_or_none(track.last_scan_ms),
        signed_at=from_ms_or_none(track.signed_ms),
    )


def _unseen(waybill: str, order_id: str, link: Link) -> ParcelReported:
    """A parcel that no carrier spoke of yet: from now on it is waited for."""
    platform, shop, linked_ms = link
    linked_at = from_ms(linked_ms)
    return ParcelReported(
        event_id=derived_id(waybill, orjson.dumps([order_id, *link]).decode()),
        cause_id=waybill,
        occurred_at=linked_at,
        observed_at=linked_at,
        order_id=order_id,
        platform=platform,
        shop=shop,
        waybill=waybill,
        mapping=LINK,
    )
