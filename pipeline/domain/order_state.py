"""Reports folded into one order: each reporter's last word on each line, field by field.

A field is a register: its value with the rank (version, receive time) of the word that said it. A newer
word replaces it, an older one cannot, a word that does not mention it leaves it. So the state is the same
in whatever order reports arrive and however often. What a warehouse or a carrier saw happen is different:
of several times for one parcel the first counts (domain.md section 14).

Every bound below is far beyond what one order sees; past it the oldest word leaves and the order of arrival
could show.
"""

from typing import Final, NamedTuple

import orjson

from pipeline.domain.instants import to_ms
from pipeline.domain.outcome import Undecidable
from pipeline.domain.registers import LARGEST, Fields, remember, renew, tell, tell_first, within_store
from schemas.order import OrderReported, ParcelReported
from schemas.vocabulary import Phase, Platform, Reporter

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
PLATFORM_FLAGS: Final = ("policy_promise", "cash_on_delivery")
EYEWITNESSES: Final = frozenset({Reporter.WMS, Reporter.CARRIER})
PARCEL_TIMES: Final = ("first_scan_at", "signed_at")
PROGRESS: Final = {phase: place for place, phase in enumerate(Phase)}
"""How far each phase is on the way: of two words in one instant about a parcel the further one stands."""
UNTIMED: Final = "?"
"""Suffix of a deadline told without a time: only the last one is kept, since nobody knows when it moved."""

RUNS_MOST: Final = 4
"""Most instants --as-of which imports of one order are remembered."""
LINES_MOST: Final = 500
"""Most lines or waybills that one reporter may tell of one order: the whole order must fit one record."""


class OrderState(NamedTuple):
    """All words about one order, and what was last decided about it.

    `words` maps reporter, then line or waybill ("": the whole order), to registers; an import --as-of an
    instant is a reporter of its own, `file@<ms>`. `floor_ms`: the order is judged no earlier than this;
    `due_ms`: when its verdict changes by itself; `named`: the rank of the word that named platform and shop.
    """

    words: Words = {}  # noqa: RUF012  (no change in place: what is heard makes a new one)
    platform: str = ""
    shop: str = ""
    verdict: str = ""
    phase: str = ""
    floor_ms: int = 0
    heard_ms: int = 0
    due_ms: int | None = None
    named: list[int] = []  # noqa: RUF012  (likewise)

    def to_bytes(self) -> bytes:
        """The state as JSON."""
        return orjson.dumps(tuple(self))

    @classmethod
    def from_bytes(cls, raw: bytes) -> "OrderState":
        """Read `to_bytes` back."""
        return cls(*orjson.loads(raw))


def hear(state: OrderState, report: OrderReported) -> OrderState:
    """Return the state after one report; equal to `state` if the report says nothing new.

    Raises Undecidable for one line too many.
    """
    version, received = _version(report), to_ms(report.observed_at)
    platform, shop, named = _name(state, report, version, received)
    return OrderState(
        words=_listen(state.words, report, version, received),
        platform=platform,
        shop=shop,
        verdict=state.verdict,
        phase=state.phase,
        floor_ms=state.floor_ms if report.judged_at is None else max(state.floor_ms, to_ms(report.judged_at)),
        heard_ms=max(state.heard_ms, received),
        due_ms=state.due_ms,
        named=named,
    )


def hear_parcel(state: OrderState, parcel: ParcelReported) -> OrderState:
    """Return the state after a carrier's word on one parcel; `words` is the same object if it is no news.

    The parcel linker tells the same track again as it grows, each time whole: a time only ever gets earlier,
    and the newest word is ranked as the linker ranks it. Platform and shop are named only where nobody who
    knows the order does. Raises Undecidable for one parcel too many.
    """
    rank = [-1, int(parcel.platform is not Platform.OTHER)]
    named, platform, shop = max(
        (state.named, state.platform, state.shop), (rank, str(parcel.platform), parcel.shop)
    )
    return OrderState(
        words=_listen_to_parcel(state.words, parcel),
        platform=platform,
        shop=shop,
        verdict=state.verdict,
        phase=state.phase,
        floor_ms=state.floor_ms,
        heard_ms=max(state.heard_ms, to_ms(parcel.observed_at)),
        due_ms=state.due_ms,
        named=named,
    )


def _listen_to_parcel(words: Words, parcel: ParcelReported) -> Words:
    reporter = str(Reporter.CARRIER)
    lines = words.get(reporter, {})
    before = lines.get(parcel.waybill, {})
    if not before:
        _require_room(lines, parcel.order_id, reporter)
    after = dict(before)
    for name in PARCEL_TIMES:
        at = getattr(parcel, name)
        if at is not None:
            tell_first(after, name, [to_ms(at), 0, 0])
    # An unknown code is parked: the last known word stands.
    if parcel.phase is not None and parcel.phase is not Phase.UNKNOWN:
        version = within_store(parcel.version or 0)
        word = [str(parcel.phase), parcel.raw_code, parcel.mapping, version]
        renew(after, "phase", [word, version, PROGRESS[parcel.phase]])
    if after == before and parcel.waybill in lines:
        return words
    return {**words, reporter: {**lines, parcel.waybill: after}}


def file_run(words: Words) -> tuple[int | None, dict[str, Fields]]:
    """Return (as_of_ms or None, lines) of the import received last; its clock judges the order."""
    runs = [name for name in words if name.startswith(Reporter.FILE)]
    if not runs:
        return None, {}
    newest = runs[0] if len(runs) == 1 else max(runs, key=lambda name: (_received_ms(words[name]), name))
    as_of = newest.partition("@")[2]
    return int(as_of) if as_of else None, words[newest]


def _received_ms(lines: dict[str, Fields]) -> int:
    return max(int(fields["run"]) for fields in lines.values())


def _name(
    state: OrderState, report: OrderReported, version: int, received: int
) -> tuple[str, str, list[int]]:
    """Platform and shop as the platform names them, else a file, else anybody."""
    match report.reporter:
        case Reporter.PLATFORM:
            rank = [2, version, 0]
        case Reporter.FILE:
            rank = [1, version, received]
        case _:
            rank = [0, version, 0]
    platform, shop = str(report.platform), report.shop
    if (rank, platform, shop) > (state.named, state.platform, state.shop):
        return platform, shop, rank
    return state.platform, state.shop, state.named


def _version(report: OrderReported) -> int:
    if report.version is not None:
        return within_store(report.version)
    # A file without a version column speaks as of its import; everybody else as of the event.
    return 0 if report.reporter is Reporter.FILE else to_ms(report.occurred_at)


def _listen(words: Words, report: OrderReported, version: int, received: int) -> Words:
    reporter = str(report.reporter)
    if report.as_of is not None and report.reporter is Reporter.FILE:
        reporter = f"{reporter}@{to_ms(report.as_of)}"
    lines = words.get(reporter, {})
    before = lines.get(report.line, {})
    if not before:
        _require_room(lines, report.order_id, report.reporter)
    after = dict(before)
    _merge(after, report, version, received)
    if after == before:
        return words
    heard = {**words, reporter: {**lines, report.line: after}}
    if "@" in reporter:
        _forget_runs(heard)
    return heard


def _require_room(lines: dict[str, Fields], order_id: str, reporter: str) -> None:
    if len(lines) >= LINES_MOST:
        raise Undecidable(
            f"order {order_id}: {reporter} tells of more than {LINES_MOST} lines or parcels;"
            " check which column or field is the order number, or let the mapping judge the order as a whole"
        )


def _forget_runs(words: Words) -> None:
    runs = [name for name in words if "@" in name]
    if len(runs) > RUNS_MOST:
        del words[min(runs, key=lambda name: (_received_ms(words[name]), name))]


def _merge(fields: Fields, report: OrderReported, version: int, received: int) -> None:
    from_file = report.reporter is Reporter.FILE
    say = renew if from_file else tell
    if from_file:
        fields["run"] = max(fields.get("run", received), received)
    saw = SEEN_HAPPENING if report.reporter in EYEWITNESSES else frozenset()
    for name in TIMES:
        at = getattr(report, name)
        if at is not None:
            telling = tell_first if name in saw else say
            telling(fields, name, [to_ms(at), version, received])
    for name in SCALARS:
        value = getattr(report, name)
        if value is not None:
            say(fields, name, [min(value, LARGEST), version, received])
    for name in PROMISES:
        at = getattr(report, name)
        if at is None:
            continue
        if _is_timed(report):
            remember(fields, name, [to_ms(at), version, received])
        else:
            say(fields, name + UNTIMED, [to_ms(at), version, received])
    _tell_status(fields, report, version, received)
    if report.reporter is Reporter.PLATFORM:
        for name in PLATFORM_FLAGS:
            say(fields, name, [getattr(report, name), version, received])
        if report.is_parent:  # once split it stays so: no older word, and no newer one, takes that back
            fields["is_parent"] = [True]


def _is_timed(report: OrderReported) -> bool:
    """True when the version says when the word was spoken."""
    if report.version is None:
        return report.reporter is not Reporter.FILE
    return report.version_is_time


def _tell_status(fields: Fields, report: OrderReported, version: int, received: int) -> None:
    """Take the phase, or that the merchant could not supply; both are what one status word says."""
    from_file = report.reporter is Reporter.FILE
    say = renew if from_file else tell
    known = report.phase is not None and report.phase is not Phase.UNKNOWN
    if not known and not report.cannot_supply:
        return  # an unknown code is parked: the last known word stands
    if from_file or report.reporter is Reporter.PLATFORM:
        say(fields, "cannot_supply", [report.cannot_supply, version, received])
    if not known:
        return
    said = version if report.version_is_time else 0
    say(fields, "phase", [[str(report.phase), report.raw_code, report.mapping, said], version, received])
    if report.reporter is Reporter.PLATFORM:
        at = () if _is_timed(report) else (to_ms(report.occurred_at),)
        remember(fields, "phases", [str(report.phase), version, received, *at])
