"""What a screen is built of: tables, facts, bars, charts, time lines; plain values for the browser. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import urlencode

Sort = float | str | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One value. `light` gives it an icon and a colour beside its word; `link` leads to what is behind it.

    `sort` orders a column where the text would not; `note` is a second, quieter line.
    """

    text: str
    link: str = ""
    light: str = ""
    note: str = ""
    sort: Sort = None
    code: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `is_number` sets its figures under each other."""

    label: str
    hint: str = ""
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows that the viewer may sort; `empty` is what stands there instead of no rows."""

    key: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    empty: str = ""
    note: str = ""
    hint: str = ""
    problem: str = ""
    tall: bool = False
    bare: bool = False  # the page has said the title already; screen readers still hear it
    kind: str = field(default="table", init=False)


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and values, for one thing."""

    key: str
    title: str
    pairs: Sequence[tuple[str, Cell]]
    note: str = ""
    hint: str = ""
    problem: str = ""
    kind: str = field(default="facts", init=False)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of 0..1 with its figure; `light` says that it is in trouble."""

    label: str
    value: str
    fill: float
    link: str = ""
    light: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars of one measure under each other."""

    key: str
    title: str
    bars: Sequence[Bar]
    empty: str = ""
    note: str = ""
    hint: str = ""
    problem: str = ""
    kind: str = field(default="bars", init=False)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart; a point without a value is a gap, not zero."""

    name: str
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines over labelled steps between `low` and `high`; `target` is drawn across."""

    key: str
    title: str
    steps: Sequence[str]
    lines: Sequence[Line]
    low: float
    high: float
    target: float | None = None
    target_word: str = ""
    unit: str = ""
    empty: str = ""
    note: str = ""
    hint: str = ""
    problem: str = ""
    kind: str = field(default="chart", init=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was said or decided; `late` says how long after it happened we heard of it.

    `again` says when its reporter said the same first; empty: it is no repeat.
    `allowed` is what the step that begins here may take, `over` that it took more.
    """

    at: str
    gap: str
    who: str
    what: str
    detail: str
    code: str = ""
    rule: str = ""
    late: str = ""
    light: str = ""
    voice: str = ""
    allowed: str = ""
    over: bool = False
    again: str = ""


@dataclass(frozen=True, slots=True)
class Timeline:
    """Entries, oldest first."""

    key: str
    title: str
    entries: Sequence[Entry]
    empty: str = ""
    note: str = ""
    hint: str = ""
    problem: str = ""
    kind: str = field(default="timeline", init=False)


@dataclass(frozen=True, slots=True)
class Say:
    """One sentence with its light: an answer, an empty list, a broken part."""

    key: str
    text: str
    light: str = ""
    word: str = ""
    more: Sequence[str] = ()
    kind: str = field(default="say", init=False)


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter that is on; its link takes it away, which `hint` says to who cannot see the cross."""

    key: str
    text: str
    hint: str
    link: str


@dataclass(frozen=True, slots=True)
class Chips:
    """What a page is narrowed by."""

    key: str
    title: str
    chips: Sequence[Chip]
    kind: str = field(default="chips", init=False)


@dataclass(frozen=True, slots=True)
class Fresh:
    """How old the data was when drawn (seconds; None: none ever came); the browser counts on from there.

    `drawn_at` is that instant in seconds since 1970 UTC, `words` what the counting needs. Once the data is
    older than `stale_s`, `stale` is said and everything else on the page is greyed.
    """

    key: str
    seconds: float | None
    drawn_at: float
    ageing_s: int
    stale_s: int
    note: str
    stale: str
    words: Mapping[str, str]
    kind: str = field(default="fresh", init=False)


_OF_CELL = tuple(one.name for one in fields(Cell))
Block = Table | Facts | Bars | Chart | Timeline | Say | Chips | Fresh


def plain(blocks: Sequence[Block]) -> list[dict[str, Any]]:
    """Return the blocks as JSON values; of a cell only what it says, since there are thousands of them."""
    return [_plain(block) for block in blocks]


def _plain(value: Any) -> Any:  # JSON
    match value:
        case Cell():
            return {
                name: said for name in _OF_CELL if (said := getattr(value, name)) not in ("", None, False)
            }
        case tuple() | list():
            return [_plain(one) for one in value]
        case dict():
            return value
        case str() | int() | float() | None:
            return value
    return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}


def to(page: str, **query: str) -> str:
    """Return the link to a page with its filters; empty ones are left out."""
    asked = urlencode({name: value for name, value in query.items() if value})
    return f"{page}?{asked}" if asked else page


def orders(which: str, **query: str) -> str:
    """Return the link to the orders behind a number."""
    return to("orders", set=which, **query)


def order(order_id: str) -> str:
    """Return the link to the story of one order."""
    return to("order", order=order_id)
