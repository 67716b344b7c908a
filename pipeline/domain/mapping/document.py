"""The mapping document: what a person writes in TOML, and the sentences that refuse a wrong one."""

import difflib
import re
from datetime import time
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from pipeline.domain.mapping.cells import check_format
from pipeline.domain.zones import ZoneName
from schemas.vocabulary import Phase, Platform

CANNOT_SUPPLY = "cannot_supply"
DEFAULT_DATES = (
    "iso",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d",
    "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日 %H:%M",
    "%Y年%m月%d日",
)
"""Year first: none of them can be misread. Day-first or month-first dates must be stated."""


class MappingError(ValueError):
    """The mapping cannot be used; the message is one sentence a line, each naming key and cure."""


def _names(value: Any) -> Any:
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list | tuple) or not value:
        raise ValueError("must be the name of a column, or a list of names of which the first found is taken")
    if not all(isinstance(name, str) and name.strip() for name in value):
        raise ValueError("must hold names of columns: text that is not empty")
    return tuple(name.strip() for name in value)


def _formats(value: tuple[str, ...]) -> tuple[str, ...]:
    for form in value:
        check_format(form)
    return value


def _table(value: Any) -> Any:
    return value if isinstance(value, dict) else {"column": value}


def _none(value: Any) -> Any:
    return None if value == "none" else value


def _phase(value: Any) -> Any:
    known = [*(phase.value for phase in Phase if phase is not Phase.UNKNOWN), CANNOT_SUPPLY]
    if value not in known:
        raise ValueError(f'"{value}" is no phase; one of {", ".join(known)} is expected')
    return value


Names = Annotated[tuple[str, ...], BeforeValidator(_names)]
Formats = Annotated[tuple[str, ...], Field(min_length=1)]
PhaseWord = Annotated[str, BeforeValidator(_phase)]


class Section(BaseModel):
    """A table of the document: frozen, and an unknown key is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=False)


class FileSection(Section):
    """What the file looks like; everything has a default."""

    kind: Literal["auto", "csv", "xlsx", "ndjson"] = "auto"
    encoding: Literal["auto", "utf-8", "utf-16", "gb18030", "big5", "cp1252"] = "auto"
    delimiter: Literal["auto", ",", ";", "\t", "|"] = "auto"
    header_row: int = Field(default=1, ge=1, le=1000)
    sheet: str = ""
    optional: tuple[str, ...] = ()


class ValuesSection(Section):
    """How cells are written."""

    empty: tuple[str, ...] = ("", "-", "--", "NULL", "null", "\\N")
    dates: Formats = DEFAULT_DATES
    decimal: Literal[".", ","] = "."
    thousands: Literal[",", ".", " ", "'", ""] = ","
    currency: tuple[str, ...] = ("¥", "￥", "元", "CNY", "RMB")

    _dates = field_validator("dates")(_formats)

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        if self.decimal == self.thousands:
            raise ValueError("decimal and thousands must be two different signs")
        return self


class OrderSection(Section):
    """Which column is the order number, the shop, the quantity, the amount and the version."""

    id: Names
    prefix: str = Field(default="", max_length=40)
    shop: str = Field(default="", max_length=128)
    shop_column: Names | None = None
    units: Names | None = None
    paid: Names | None = None
    paid_in: Literal["yuan", "fen"] = "yuan"
    version: Names | None = None
    version_is: Literal["time", "number"] = "time"
    extra: tuple[str, ...] = ()


class TimeColumn(Section):
    """A column that holds times; `day` is the time of day of a date without one."""

    column: Names
    dates: Formats | None = None
    day: Literal["start", "end"] | time = "start"

    _dates = field_validator("dates")(lambda value: value if value is None else _formats(value))


Time = Annotated[TimeColumn | None, BeforeValidator(lambda value: None if value is None else _table(value))]


class TimesSection(Section):
    """Which column is which milestone."""

    ordered_at: Time = None
    paid_at: Time = None
    outbound_at: Time = None
    first_scan_at: Time = None
    signed_at: Time = None
    closed_at: Time = None


class Promise(Section):
    """One promise: told by a column, as a date or a timestamp, or computed from another time."""

    column: Names | None = None
    by: Literal["date", "timestamp"] | None = None
    dates: Formats | None = None
    from_: Literal["ordered_at", "paid_at"] | None = Field(default=None, alias="from")
    hours: float | None = Field(default=None, gt=0, le=24 * 366)

    _dates = field_validator("dates")(lambda value: value if value is None else _formats(value))

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        told = self.column is not None and self.by is not None
        computed = self.from_ is not None and self.hours is not None
        if (
            told == computed
            or (told and (self.from_ or self.hours))
            or (computed and (self.column or self.by))
        ):
            raise ValueError(
                'a promise is either `column = "..."` with `by = "date"` or `by = "timestamp"`,'
                ' or `from = "ordered_at"` (or "paid_at") with `hours = 48`'
            )
        return self


PromiseOrNone = Annotated[Promise | None, BeforeValidator(_none)]


class PromiseSection(Section):
    """What was promised: shipping, delivery, both or nothing."""

    ship: PromiseOrNone = None
    sign: PromiseOrNone = None


class StatusSection(Section):
    """Which column is the status and which word means which phase."""

    column: Names
    words: dict[str, PhaseWord]


class LinesSection(Section):
    """What several rows of one order number are: lines, judged each or together."""

    column: Names | None = None
    judge: Literal["each", "order"] = "each"
    merge: Literal["latest", "earliest"] = "latest"
    add_up: tuple[Literal["units", "paid"], ...] = ("units",)


class MappingDocument(Section):
    """The whole document."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,39}$")
    title: str = ""
    platform: Platform = Platform.OTHER
    zone: ZoneName
    file: FileSection = FileSection()
    values: ValuesSection = ValuesSection()
    order: OrderSection
    times: TimesSection = TimesSection()
    promise: Annotated[PromiseSection, BeforeValidator(lambda value: {} if value == "none" else value)] = (
        PromiseSection()
    )
    status: StatusSection | None = None
    lines: LinesSection | None = None

    @model_validator(mode="after")
    def _lines_can_be_told_apart(self) -> Self:
        if self.lines and self.lines.column is None and self.order.version:
            raise ValueError(
                "[order] names a version, so [lines] must name the `column` that tells one line of an order"
                " from another: without it an update looks like a new line"
            )
        return self

    @model_validator(mode="after")
    def _computed_from_something(self) -> Self:
        for name, promise in (("ship", self.promise.ship), ("sign", self.promise.sign)):
            if promise and promise.from_ and getattr(self.times, promise.from_) is None:
                raise ValueError(
                    f"[promise.{name}] counts from {promise.from_}, but [times] names no column for it"
                )
        return self


def nearest(word: str, known: list[str]) -> str:
    """Return `; did you mean ...?`, or nothing when no known word is near."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"; did you mean `{close[0]}`?" if close else ""


def line_of(text: str, path: tuple[str, ...]) -> int | None:
    """Return the line on which a TOML document says the key, as an editor counts; None if not found."""
    section: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[\[?([^\]]+)\]", line)
        if header:
            section = tuple(part.strip().strip("\"'") for part in header.group(1).split("."))
            if section == path:
                return number
        key = re.match(r"\s*([^=\[#]+?)\s*=", line)
        if key:
            parts = (*section, *(part.strip().strip("\"'") for part in key.group(1).split(".")))
            inline = path[: len(parts)] == parts and re.search(rf"\b{re.escape(path[-1])}\b", line)
            if parts == path or (len(parts) < len(path) and inline):
                return number
    return None
