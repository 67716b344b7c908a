"""Reports folded into one order: each reporter's last word on each line, field by field.

A field is a register: its value with the rank (version, receive time) of the word that said it. A newer
word replaces it, an older one cannot, a word that does not mention it leaves it. So the state is the same
in whatever order reports arrive and however often. What a warehouse or a carrier saw happen is different:
of several times for one parcel the first counts (domain.md section 14).
"""

from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from pipeline.domain.instants import to_ms
from schemas.order import OrderReported
from schemas.vocabulary import Phase, Reporter

Register = list[Any]  # [value, version, received_ms], JSON as it is stored
Fields = dict[str, Any]
Words = dict[str, dict[str, Fields]]

TIMES: Final = (
    "ordered_at",
    "paid_at",
    "outbound_at",
    "first_scan_at",
    "signed_at",
    "closed_at",
)
PROMISES: Final = ("promised_ship_at", "promised_sign_at")
SCALARS: Final = ("units", "paid_fen")
SEEN_HAPPENING: Final = frozenset({"outbound_at", "first_scan_at", "signed_at"})
PLATFORM_FLAGS: Final = ("cannot_supply", "policy_promise", "cash_on_delivery")
EYEWITNESSES: Final = frozenset({Reporter.WMS, Reporter.CARRIER})
HISTORY_MOST: Final = 16
"""Most moved deadlines and most platform phases that are remembered of one order; the oldest leave."""


@dataclass(frozen=True, slots=True)
class OrderState:
    """All words about one order, and what was last decided about it.

    `words` maps reporter, then line or waybill ("": the whole order), to registers. `floor_ms`: the order is judged no earlier than this;
    `due_ms`: when its verdict changes by itself.
    """

    words: Words = field(default_factory=dict)
    platform: str = ""
    shop: str = ""
    verdict: str = ""
    phase: str = ""
    floor_ms: int = 0
    heard_ms: int = 0
    due_ms: int | None = None

    def to_bytes(self) -> bytes:
        """The state as JSON."""
        return orjson.dumps(
            [
                self.words,
                self.platform,
                self.shop,
                self.verdict,
                self.phase,
                self.floor_ms,
                self.heard_ms,
                self.due_ms,
            ]
        )

    @classmethod
    def from_bytes(cls, raw: bytes) -> "OrderState":
        """Read `to_bytes` back."""
        return cls(*orjson.loads(raw))


def hear(state: OrderState, report: OrderReported) -> OrderState:
    """Return the state after one report; equal to `state` if the report says nothing new."""
    reporter = str(report.reporter)
    lines = state.words.get(reporter, {})
    before = lines.get(report.line, {})
    received = to_ms(report.observed_at)
    fields = _merge(before, report, _version(report), received)
    floor = state.floor_ms if report.judged_at is None else max(state.floor_ms, to_ms(report.judged_at))
    speaks_for_shop = report.reporter in (Reporter.PLATFORM, Reporter.FILE) or not state.platform
    return OrderState(
        words=state.words if fields is before else {**state.words, reporter: {**lines, report.line: fields}},
        platform=str(report.platform) if speaks_for_shop else state.platform,
        shop=report.shop if speaks_for_shop else state.shop,
        verdict=state.verdict,
        phase=state.phase,
        floor_ms=floor,
        heard_ms=max(state.heard_ms, received),
        due_ms=state.due_ms,
    )


def _version(report: OrderReported) -> int:
    if report.version is not None:
        return report.version
    # A file without a version column speaks as of its import; everybody else as of the event.
    return 0 if report.reporter is Reporter.FILE else to_ms(report.occurred_at)


def _merge(before: Fields, report: OrderReported, version: int, received: int) -> Fields:
    after = dict(before)
    renews = report.reporter is Reporter.FILE
    for name in TIMES:
        at = getattr(report, name)
        if at is None:
            continue
        word = [to_ms(at), version, received]
        if name in SEEN_HAPPENING and report.reporter in EYEWITNESSES:
            _tell_first(after, name, word)
        else:
            _tell(after, name, word, renews=renews)
    for name in SCALARS:
        value = getattr(report, name)
        if value is not None:
            _tell(after, name, [value, version, received], renews=renews)
    for name in PROMISES:
        at = getattr(report, name)
        if at is not None:
            _tell_promise(after, name, [to_ms(at), version, received], report)
    _tell_phase(after, report, version, received)
    _tell_flags(after, report, version, received)
    return before if after == before else after


def _tell(fields: Fields, name: str, word: Register, *, renews: bool = False) -> None:
    """Let the higher rank stand. The same value again is a redelivery: it keeps its first receive time,
    unless it `renews` (another import run says it anew)."""
    held = fields.get(name)
    if held is None:
        fields[name] = word
    elif held[0] == word[0] and held[1] == word[1]:
        fields[name] = [held[0], held[1], max(held[2], word[2]) if renews else min(held[2], word[2])]
    elif (word[1], word[2], word[0]) > (held[1], held[2], held[0]):
        fields[name] = word


def _tell_first(fields: Fields, name: str, word: Register) -> None:
    held = fields.get(name)
    if held is None or word[0] < held[0]:
        fields[name] = word


def _tell_promise(fields: Fields, name: str, word: Register, report: OrderReported) -> None:
    """Keep every deadline that was told with a time, so that moving one can be judged; else the last."""
    if report.version is not None and report.version_is_time:
        _remember(fields, name, word)
        return
    last = {name: fields[name][-1]} if name in fields else {}
    _tell(last, name, word, renews=True)
    fields[name] = [last[name]]


def _remember(fields: Fields, name: str, word: Register) -> None:
    held: list[Register] = fields.get(name, [])
    if any(known[0] == word[0] and known[1] == word[1] for known in held):
        return
    fields[name] = sorted([*held, word], key=lambda told: (told[1], told[2], told[0]))[-HISTORY_MOST:]


def _tell_phase(fields: Fields, report: OrderReported, version: int, received: int) -> None:
    if report.phase is None or report.phase is Phase.UNKNOWN:
        return  # an unknown code is parked: the last known word stands
    said = version if report.version_is_time else 0
    word = [[str(report.phase), report.raw_code, report.mapping, said], version, received]
    _tell(fields, "phase", word, renews=report.reporter is Reporter.FILE)
    if report.reporter is Reporter.PLATFORM:
        _remember(fields, "phases", [str(report.phase), version, received])


def _tell_flags(fields: Fields, report: OrderReported, version: int, received: int) -> None:
    if report.reporter is Reporter.FILE:
        _tell(fields, "cannot_supply", [report.cannot_supply, version, received], renews=True)
        as_of = 0 if report.as_of is None else to_ms(report.as_of)
        _tell(fields, "as_of", [as_of, version, received], renews=True)
    elif report.reporter is Reporter.PLATFORM:
        for name in PLATFORM_FLAGS:
            _tell(fields, name, [getattr(report, name), version, received])
