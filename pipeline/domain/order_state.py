"""Reports folded into one order: each reporter's last word on each line, field by field.

A field is a register: its value with the rank (version, receive time) of the word that said it. A newer
word replaces it, an older one cannot, a word that does not mention it leaves it. So the state is the same
in whatever order reports arrive and however often. What a warehouse or a carrier saw happen is different:
of several times for one parcel the first counts (domain.md section 14).

Every bound below is far beyond what one order sees; past it the oldest word leaves and the order of arrival
could show.
"""

from typing import Any, Final, NamedTuple

import orjson

from pipeline.domain.instants import to_ms
from pipeline.domain.outcome import Undecidable
from schemas.order import OrderReported
from schemas.vocabulary import Phase, Reporter

Register = list[Any]  # [value, version, received_ms, *rivals], JSON as it is stored
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
PLATFORM_FLAGS: Final = ("policy_promise", "cash_on_delivery")
EYEWITNESSES: Final = frozenset({Reporter.WMS, Reporter.CARRIER})
UNTIMED: Final = "?"
"""Suffix of a deadline told without a time: only the last one is kept, since nobody knows when it moved."""

HISTORY_MOST: Final = 16
"""Most deadlines and most platform phases, each told with its time, that are remembered of one order."""
RIVALS_MOST: Final = 4
"""Most differing values that are remembered of one version."""
RUNS_MOST: Final = 4
"""Most instants --as-of which imports of one order are remembered."""
LINES_MOST: Final = 500
"""Most lines or waybills that one reporter may tell of one order: the whole order must fit one record."""
LARGEST: Final = 2**63 - 1
"""What the store can hold: a larger number counts as this one."""


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
        return max(-LARGEST, min(report.version, LARGEST))
    # A file without a version column speaks as of its import; everybody else as of the event.
    return 0 if report.reporter is Reporter.FILE else to_ms(report.occurred_at)


def _listen(words: Words, report: OrderReported, version: int, received: int) -> Words:
    reporter = str(report.reporter)
    if report.as_of is not None and report.reporter is Reporter.FILE:
        reporter = f"{reporter}@{to_ms(report.as_of)}"
    lines = words.get(reporter, {})
    before = lines.get(report.line, {})
    if not before and len(lines) >= LINES_MOST:
        raise Undecidable(
            f"order {report.order_id}: {report.reporter} tells of more than {LINES_MOST} lines or parcels;"
            " check which column or field is the order number, or let the mapping judge the order as a whole"
        )
    after = dict(before)
    _merge(after, report, version, received)
    if after == before:
        return words
    heard = {**words, reporter: {**lines, report.line: after}}
    if "@" in reporter:
        _forget_runs(heard)
    return heard


def _forget_runs(words: Words) -> None:
    runs = [name for name in words if "@" in name]
    if len(runs) > RUNS_MOST:
        del words[min(runs, key=lambda name: (_received_ms(words[name]), name))]


def _merge(fields: Fields, report: OrderReported, version: int, received: int) -> None:
    from_file = report.reporter is Reporter.FILE
    tell = _renew if from_file else _tell
    if from_file:
        fields["run"] = max(fields.get("run", received), received)
    saw = SEEN_HAPPENING if report.reporter in EYEWITNESSES else frozenset()
    for name in TIMES:
        at = getattr(report, name)
        if at is not None:
            telling = _tell_first if name in saw else tell
            telling(fields, name, [to_ms(at), version, received])
    for name in SCALARS:
        value = getattr(report, name)
        if value is not None:
            tell(fields, name, [min(value, LARGEST), version, received])
    for name in PROMISES:
        at = getattr(report, name)
        if at is None:
            continue
        if _is_timed(report):
            _remember(fields, name, [to_ms(at), version, received])
        else:
            tell(fields, name + UNTIMED, [to_ms(at), version, received])
    _tell_status(fields, report, version, received)
    if report.reporter is Reporter.PLATFORM:
        for name in PLATFORM_FLAGS:
            tell(fields, name, [getattr(report, name), version, received])


def _is_timed(report: OrderReported) -> bool:
    """True when the version says when the word was spoken."""
    if report.version is None:
        return report.reporter is not Reporter.FILE
    return report.version_is_time


def _tell_status(fields: Fields, report: OrderReported, version: int, received: int) -> None:
    """Take the phase, or that the merchant could not supply; both are what one status word says."""
    from_file = report.reporter is Reporter.FILE
    tell = _renew if from_file else _tell
    known = report.phase is not None and report.phase is not Phase.UNKNOWN
    if not known and not report.cannot_supply:
        return  # an unknown code is parked: the last known word stands
    if from_file or report.reporter is Reporter.PLATFORM:
        tell(fields, "cannot_supply", [report.cannot_supply, version, received])
    if not known:
        return
    said = version if report.version_is_time else 0
    tell(fields, "phase", [[str(report.phase), report.raw_code, report.mapping, said], version, received])
    if report.reporter is Reporter.PLATFORM:
        at = () if _is_timed(report) else (to_ms(report.occurred_at),)
        _remember(fields, "phases", [str(report.phase), version, received, *at])


def _tell(fields: Fields, name: str, word: Register) -> None:
    """Let the newer version stand; of one version, the value that was first received last.

    The same again is a redelivery: it keeps its first receive time. Rivals of one version are kept, so that
    a redelivery of the one that lost does not win.
    """
    held = fields.get(name)
    if held is None or word[1] > held[1]:
        fields[name] = word
    elif word[1] == held[1]:
        fields[name] = _tied(held, word)


def _tied(held: Register, word: Register) -> Register:
    told = [[held[2], held[0]], *held[3:]]
    same = next((known for known in told if known[1] == word[0]), None)
    if same is not None:
        if same[0] <= word[2]:
            return held
        told.remove(same)
    ranked = sorted([*told, [word[2], word[0]]], reverse=True)[:RIVALS_MOST]
    (received, value), *rivals = ranked
    return [value, word[1], received, *rivals]


def _renew(fields: Fields, name: str, word: Register) -> None:
    """Let the newer version stand, then the later import, which says everything anew."""
    held = fields.get(name)
    if held is None or (word[1], word[2], word[0]) > (held[1], held[2], held[0]):
        fields[name] = word


def _tell_first(fields: Fields, name: str, word: Register) -> None:
    held = fields.get(name)
    if held is None or word < held:
        fields[name] = word


def _remember(fields: Fields, name: str, word: Register) -> None:
    """Keep every word with its time, oldest first: what moved can only be judged by all of them."""
    held: list[Register] = fields.get(name, [])
    same = next((known for known in held if known[1] == word[1] and known[0] == word[0]), None)
    if same is not None:
        if same[2:] <= word[2:]:
            return
        held = [known for known in held if known is not same]
    told = sorted([*held, word], key=lambda known: (known[1], known[2], known[0]))
    fields[name] = told if len(told) <= HISTORY_MOST else _shortened(told)


def _shortened(told: list[Register]) -> list[Register]:
    """Leave out what only repeats both its neighbours, else the second oldest: the first word stays."""
    for place in range(1, len(told) - 1):
        if told[place - 1][0] == told[place][0] == told[place + 1][0]:
            return told[:place] + told[place + 1 :]
    return [told[0], *told[2:]]
