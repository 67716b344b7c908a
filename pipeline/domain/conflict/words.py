"""What ERP, WMS and customer service said of one order, and the phases that amounts to over time."""

from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from typing import Any, Final, NamedTuple

import orjson

from pipeline.domain.instants import to_ms
from pipeline.domain.milestones import RANK
from pipeline.domain.order_state import LINES_MOST
from pipeline.domain.outcome import Undecidable
from pipeline.domain.registers import Fields, Register, remember, within_store
from schemas.order import OrderReported
from schemas.vocabulary import Phase, Reporter, ShippingPhase

VOICES: Final = (Reporter.ERP, Reporter.WMS, Reporter.CS)
"""Who is compared (domain.md section 2)."""
PHASE, VERSION, RECEIVED, AT, RAW_CODE, MAPPING, UNITS = range(7)
"""Where each part of a word stands; `AT` is when it was said, by the reporter's own clock."""
_SAID: Final[dict[str, ShippingPhase | None]] = {str(phase): phase for phase in ShippingPhase}
UNTOLD: Final = -1
"""Units of a parcel that nobody counted."""

Words = dict[str, Fields]


class ConflictState(NamedTuple):
    """Everything the three said about one order, what was decided, and what was last announced.

    `words`: reporter -> line or waybill -> words, oldest first. `decision`: [decided_ms, command_id, right,
    decided_by, why]. `asked`: who was asked to correct itself because of it. `locked`: [conflict_id,
    since_ms, told_ms] of the lock that stands; `healed`: of the last that opened by agreement; `locks`: how
    many there were. `named`: the rank of the word that named the shop, and the shop. `due_ms`: see Outcome.
    """

    words: Words = {}  # noqa: RUF012  (no change in place: what is heard makes a new one)
    decision: list[Any] | None = None  # JSON as it is stored
    asked: list[str] = []  # noqa: RUF012  (likewise)
    differing: bool = False
    locked: list[Any] | None = None
    healed: list[Any] | None = None
    locks: int = 0
    named: list[Any] = [-1, 0, ""]  # noqa: RUF012  (likewise)
    heard_ms: int = 0
    due_ms: int | None = None

    @property
    def shop(self) -> str:
        """The shop as the platform names it, else as anybody does."""
        return str(self.named[-1])

    def to_bytes(self) -> bytes:
        """The state as JSON."""
        return orjson.dumps(tuple(self))

    @classmethod
    def from_bytes(cls, raw: bytes) -> "ConflictState":
        """Read `to_bytes` back."""
        return cls(*orjson.loads(raw))


class Run(NamedTuple):
    """One phase of one reporter from `at_ms` on; None: it says nothing. `known_ms`: received first.

    `word` is the last one said for it.
    """

    reporter: Reporter
    at_ms: int
    phase: ShippingPhase | None
    known_ms: int
    word: Register


def hear(state: ConflictState, report: OrderReported) -> ConflictState:
    """Return the state after one report; `words` is the same object if it says no phase that is news.

    Raises Undecidable for one line too many.
    """
    version = within_store(to_ms(report.occurred_at) if report.version is None else report.version)
    named = [int(report.reporter is Reporter.PLATFORM), version, report.shop]
    received = to_ms(report.observed_at)
    return ConflictState(
        words=_listen(state.words, report, version, received),
        decision=state.decision,
        asked=state.asked,
        differing=state.differing,
        locked=state.locked,
        healed=state.healed,
        locks=state.locks,
        named=max(state.named, named),
        heard_ms=max(state.heard_ms, received),
        due_ms=state.due_ms,
    )


def _listen(words: Words, report: OrderReported, version: int, received: int) -> Words:
    """An unknown code is parked: the last known word stands."""
    if report.reporter not in VOICES or report.phase in (None, Phase.UNKNOWN):
        return words
    lines = words.get(report.reporter, {})
    if report.line not in lines and len(lines) >= LINES_MOST:
        raise Undecidable(
            f"order {report.order_id}: {report.reporter} tells of more than {LINES_MOST} lines or parcels;"
            " check which field of the source is the order number"
        )
    before = lines.get(report.line, [])
    after = {report.line: before}
    remember(after, report.line, _word(report, report.phase, version, received))
    if after[report.line] == before:
        return words
    return {**words, str(report.reporter): {**lines, **after}}


def _word(report: OrderReported, phase: Phase, version: int, received: int) -> Register:
    at = version if report.version_is_time else to_ms(report.occurred_at)
    units = UNTOLD if report.units is None else within_store(report.units)
    return [str(RANK[phase]), version, received, at, report.raw_code, report.mapping, units]


def runs_of(words: Words, reporter: Reporter) -> list[Run]:
    """The phases of one reporter, oldest first: its lines or parcels taken together, repetitions left out.

    Words of one instant are taken together. A parcel without ordered units says nothing.
    """
    lines = {name: told for name, told in words.get(reporter, {}).items() if not _is_gift(told)}
    if len(lines) == 1:
        return _runs_of_one(next(iter(lines.values())), reporter)
    return _runs_of_lines(lines, reporter)


def phase_now(words: Words, reporter: Reporter) -> str | None:
    """The phase of the last of `runs_of`; None: it says nothing."""
    told = words.get(reporter)
    if not told:
        return None
    last: list[str] = [line[-1][PHASE] for line in told.values() if not _is_gift(line)]
    if len(last) == 1:
        return None if last[0] == ShippingPhase.CLOSED and reporter is Reporter.WMS else last[0]
    return _together(Counter(last), reporter) if last else None


def _runs_of_lines(lines: Fields, reporter: Reporter) -> list[Run]:
    current: dict[str, str] = {}
    parcels: Counter[str] = Counter()
    runs: list[Run] = []
    for at, told in groupby(sorted(_timed(lines), key=lambda timed: timed[0]), lambda timed: timed[0]):
        said = list(told)
        for _, name, word in said:
            if name in current:
                parcels[current[name]] -= 1
            current[name] = word[PHASE]
            parcels[word[PHASE]] += 1
        phase = _together(parcels, reporter)
        proving = [word for *_, word in said if word[PHASE] == phase]
        last = runs[-1] if runs else None
        if last is None or last.phase != phase:
            telling = proving or [word for *_, word in said]
            known = min(word[RECEIVED] for word in telling)
            runs.append(Run(reporter, at, phase, known, telling[-1]))
        elif proving:
            known = min(last.known_ms, *(word[RECEIVED] for word in proving))
            runs[-1] = last._replace(known_ms=known, word=proving[-1])
    return runs


def _runs_of_one(told: list[Register], reporter: Reporter) -> list[Run]:
    """As `_runs_of_lines`, for a single line whose words are of different instants: nearly every order's."""
    runs: list[Run] = []
    at: int | None = None
    for word in told:
        phase = _SAID[word[PHASE]]
        if phase is ShippingPhase.CLOSED and reporter is Reporter.WMS:
            phase = None
        if at is not None and word[AT] <= at:
            return _runs_of_lines({"": told}, reporter)
        at = word[AT]
        began = runs[-1] if runs else None
        if began is None or began.phase is not phase:
            runs.append(Run(reporter, at, phase, word[RECEIVED], word))
        elif phase is not None:
            runs[-1] = Run(reporter, began.at_ms, phase, min(began.known_ms, word[RECEIVED]), word)
    return runs


def _is_gift(told: list[Register]) -> bool:
    for word in reversed(told):
        if word[UNITS] != UNTOLD:
            return bool(word[UNITS] == 0)
    return False


def _timed(lines: Fields) -> Iterator[tuple[int, str, Register]]:
    """Give (when, line, word), each line in the order of its versions: its time never runs backwards."""
    for name in sorted(lines):
        at: int | None = None
        for word in lines[name]:
            at = word[AT] if at is None else max(at, word[AT])
            yield at, name, word


def _together(parcels: Counter[str], reporter: Reporter) -> ShippingPhase | None:
    """Shipped with the first parcel, signed with the last; what is closed is not waited for.

    A warehouse closes parcels, never orders: when all are closed it says nothing.
    """
    signed = parcels[ShippingPhase.SIGNED]
    gone = signed + parcels[ShippingPhase.SHIPPED]
    living = gone + parcels[ShippingPhase.NOT_SHIPPED]
    if not living:
        return None if reporter is Reporter.WMS else ShippingPhase.CLOSED
    if signed == living:
        return ShippingPhase.SIGNED
    return ShippingPhase.SHIPPED if gone else ShippingPhase.NOT_SHIPPED
