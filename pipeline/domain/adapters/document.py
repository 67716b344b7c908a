"""The source document: what a person writes in TOML about one source, checked before anything is read."""

import re
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from pipeline.domain.adapters.opening import check_step
from pipeline.domain.adapters.paths import check_path
from pipeline.domain.zones import ZoneName
from schemas.vocabulary import Phase, Platform, Proof, Reporter, TrackFlag

ABSENT = "absent"
"""In a condition: the field says nothing."""
REFUND_WORDS = ("none", "pending", "refundable", "not_refundable", "refunded")
"""N, P, R, X and X✓ of platforms.md section 0."""
PHASES = tuple(phase.value for phase in Phase)
FLAGS = tuple(flag.value for flag in TrackFlag)
NEUTRAL = "neutral"
"""A documented code that decides nothing by itself; conditions may name it."""
FILTER = "unknown"
"""A documented value that is no state (a query's filter): deliberately unknown, parked when it comes."""


def _several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Path = Annotated[str, AfterValidator(check_path)]
Paths = Annotated[tuple[Path, ...], BeforeValidator(_several), Field(min_length=1)]
Step = Annotated[str, AfterValidator(check_step)]
Words = Annotated[tuple[str, ...], BeforeValidator(_several)]
When = dict[str, Words]
"""Name of a code table -> the codes that fulfil the condition; all must be fulfilled."""


class Section(BaseModel):
    """A table of the document: frozen, and an unknown key is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CodeTable(Section):
    """One status field: where it is, and what each documented code means.

    `parent`: a pattern with one group that gives an unknown code's family (platforms.md section 0.7).
    """

    at: Paths
    kind: Literal["phase", "refund", "track", "gate"]
    means: dict[str, str] = Field(min_length=1)
    parent: str = ""

    @model_validator(mode="after")
    def _known_words(self) -> Self:
        for code, word in self.means.items():
            if not _is_word(self.kind, word):
                raise ValueError(f'code {code}: "{word}" is no word of a table of kind {self.kind}')
        return self

    @field_validator("parent")
    @classmethod
    def _one_group(cls, pattern: str) -> str:
        try:
            groups = re.compile(pattern).groups if pattern else 1
        except re.error as error:
            raise ValueError(f'parent "{pattern}" cannot be read: {error}') from error
        if groups != 1:
            raise ValueError(f'parent "{pattern}" needs exactly one group: the family of a code')
        return pattern


def _is_word(kind: str, word: str) -> bool:
    if word == FILTER or (word == NEUTRAL and kind != "track"):
        return True
    match kind:
        case "phase":
            return word in PHASES
        case "refund":
            return word in REFUND_WORDS
        case "track":
            phase, *flags = word.split("+")
            return phase in PHASES and set(flags) <= set(FLAGS)
    return False


class PhaseRule(Section):
    """An exception of a phase set: the first whose codes are all there decides, before the lead's table.

    `same`: two paths whose amounts must be equal, besides.
    """

    when: When = Field(min_length=1)
    is_: str = Field(alias="is")
    same: tuple[Path, Path] | None = None

    @field_validator("is_")
    @classmethod
    def _a_phase(cls, word: str) -> str:
        if word not in PHASES:
            raise ValueError(f'"{word}" is no phase; one of {", ".join(PHASES)} is')
        return word


class PhaseSet(Section):
    """How a phase is read: the lead table (the first whose field says something), and exceptions.

    `parts`: a table of the sub-orders' states ([] in its path), used when no lead says anything.
    """

    lead: Words = Field(min_length=1)
    parts: str = ""
    rule: tuple[PhaseRule, ...] = ()


class RefundRule(Section):
    """One line of a refund set. `lead` decides instead of the table, `raise` makes pending refundable (once
    one of `proofs` is there, if it names any), `lower` comes last and overrides all but none and refunded."""

    step: Literal["lead", "raise", "lower"]
    when: When = Field(min_length=1)
    is_: str = Field(default="refundable", alias="is")
    proofs: tuple[Proof, ...] = ()

    @model_validator(mode="after")
    def _word(self) -> Self:
        if self.is_ not in REFUND_WORDS:
            raise ValueError(f'"{self.is_}" is no verdict; one of {", ".join(REFUND_WORDS)} is')
        if self.step == "raise" and self.is_ != "refundable":
            raise ValueError("a raise makes a request refundable, nothing else")
        if self.proofs and self.step != "raise":
            raise ValueError("only a raise waits for proofs")
        return self


class RefundSet(Section):
    """How a refund request is read: the lead (first whose field says something), its lines, its fields."""

    lead: Words = Field(min_length=1)
    fields: Words = ()
    rule: tuple[RefundRule, ...] = ()


class TrackSet(Section):
    """How a waybill's track is read. `codes`: the entries' table; `state`: the waybill's own.

    `ambiguous`: codes that mean signed or a locker: the text decides by `station_text`. `waiting`: codes
    of picked up that a parcel still to be picked up has, too: the text decides by `to_ship_text`. An entry
    without a code is judged by its text alone: no scan yet, signed (`signed_text`), else on its way.
    """

    codes: str = ""
    state: str = ""
    ambiguous: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    station_text: tuple[str, ...] = ()
    to_ship_text: tuple[str, ...] = ()
    signed_text: tuple[str, ...] = ()


class FieldSpec(Section):
    """Where a field of a fact is, or what it always is. `times` and `minus` are for counts; `is` gives true
    where the value is one of these (`present`: where there is one); `split` names the signs that cut one
    text into several values; `number`: a version that is a rising number and no time."""

    at: Paths | None = None
    value: str | int | bool | None = None
    unit: Literal["yuan", "fen"] | None = None
    minus: Path | None = None
    times: int = 1
    is_: Words | None = Field(default=None, alias="is")
    split: str = ""
    number: bool = False

    @model_validator(mode="after")
    def _told_or_fixed(self) -> Self:
        if (self.at is None) == (self.value is None):
            raise ValueError('a field has either a place, at = "...", or a fixed value = ...')
        return self


def _spec(value: object) -> object:
    if isinstance(value, str) or (isinstance(value, list) and all(isinstance(v, str) for v in value)):
        return {"at": value}
    return value


Spec = Annotated[FieldSpec, BeforeValidator(_spec)]


class GoodsSpec(Section):
    """Which goods an order's fact names: for `each` line of the item, or the item itself, SKU and pieces."""

    each: Paths | None = None
    sku: Paths
    units: Paths


class Telling(Section):
    """One kind of fact that a message tells: each of its fields, for the item or for `each` part of it."""

    fact: Literal["order", "link", "track", "refund", "invoice", "ticket", "count", "movement", "tick"]
    each: Path | None = None
    when: dict[str, Words] = {}
    phase: str = ""
    refund: str = ""
    track: str = ""
    entries: Path | None = None
    empty_is_masked: bool = False
    policy_promise: bool = False
    goods: GoodsSpec | None = None
    fields: dict[str, Spec] = Field(min_length=1)


class Message(Section):
    """One kind of message: by which api it comes, how it is opened, when an item is one, what it tells."""

    name: str = Field(pattern=r"[a-z][a-z0-9_]*")
    api: tuple[str, ...] = ()
    open: tuple[Step, ...] = ("json",)
    when: dict[str, Words] = {}
    reporter: Reporter | None = None
    silent: str = Field(default="", description="why items of this kind tell nothing")
    tells: tuple[Telling, ...] = ()

    @model_validator(mode="after")
    def _tells_or_says_why(self) -> Self:
        if bool(self.tells) == bool(self.silent):
            raise ValueError('a message tells something, or says why not: silent = "..."')
        return self


class SourceDocument(Section):
    """Everything about one source."""

    schema_version: Literal[1]
    name: str = Field(pattern=r"[a-z][a-z0-9-]*")
    title: str = Field(min_length=1)
    about: str = ""
    reporter: Reporter
    platform: Platform | None = None
    platforms: dict[str, Platform] = Field(default={}, description="this source's word -> platform")
    zone: ZoneName = "Asia/Shanghai"
    money: Literal["yuan", "fen"] = "yuan"
    empty: tuple[str, ...] = ("",)
    codes: dict[str, CodeTable] = {}
    phase: dict[str, PhaseSet] = {}
    refund: dict[str, RefundSet] = {}
    track: dict[str, TrackSet] = {}
    message: tuple[Message, ...] = Field(min_length=1)
