"""The stock policy as shop staff write it in TOML, checked whole before anything is decided by it."""

import tomllib
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline.domain.policy import DAY_MS, HOUR_MS
from pipeline.domain.stock.policy import (
    MINUTE_MS,
    Allocation,
    ReservingPolicy,
    Rule,
    StockPolicy,
    Thresholds,
    threshold_names,
)
from schemas.vocabulary import Platform

Name = Annotated[str, Field(min_length=1, max_length=128)]
Units = Annotated[int, Field(strict=True, ge=0, le=10**9)]
Count = Annotated[int, Field(strict=True, ge=1, le=1000)]
SECOND_MS = 1000
STOREFRONTS = tuple(one for one in Platform if one is not Platform.OTHER)


class StockRulesError(ValueError):
    """The document cannot be used; the text names the place and the fault."""


class Section(BaseModel):
    """A table of the document: frozen, and an unknown key is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Some(Section):
    """Thresholds, as far as they are set."""

    deviation_units: Units | None = None
    calibration_budget: Units | None = None
    calibrations_most: Count | None = None
    safety_units: Units | None = None
    min_suspended_s: Units | None = None
    release_units: Count | None = None
    hold_back_silent: bool | None = None

    def as_set(self) -> dict[str, Any]:
        """Names and values of what is set; seconds become milliseconds."""
        told = {name: value for name, value in self.model_dump().items() if value is not None}
        if "min_suspended_s" in told:
            told["min_suspended_ms"] = told.pop("min_suspended_s") * SECOND_MS
        return {name: value for name, value in told.items() if name in threshold_names()}


class RuleTable(Some):
    """Thresholds for one SKU (or with * at the end, for all that begin so), a category or a warehouse."""

    sku: Name | None = None
    category: Name | None = None
    warehouse: Name | None = None

    @model_validator(mode="after")
    def _of_one(self) -> Self:
        if sum(one is not None for one in (self.sku, self.category, self.warehouse)) != 1:
            raise ValueError("a rule names exactly one of sku, category, warehouse")
        if not self.as_set():
            raise ValueError("a rule sets something")
        return self


class AllocationTable(Section):
    """Which part each storefront may show."""

    sku: Name | None = None
    category: Name | None = None
    share: dict[Name, Annotated[float, Field(ge=0, le=1)]] = Field(min_length=1)
    cap: dict[Name, Units] = {}

    @model_validator(mode="after")
    def _sums(self) -> Self:
        if (self.sku is None) == (self.category is None):
            raise ValueError("an allocation names either a sku or a category")
        if sum(self.share.values()) > 1 + 1e-9:
            raise ValueError(f"the shares add up to {sum(self.share.values()):g}; 1 is all there is")
        return self


class Answers(Section):
    """How long a storefront may take, and how often it is told."""

    wait_s: Annotated[int, Field(strict=True, ge=1, le=86_400)] = 60
    attempts: Count = 3


class Memory(Section):
    """How long single facts are remembered."""

    hours: Annotated[int, Field(strict=True, ge=1, le=24 * 14)] = 48
    transit_days: Count = 30


class WindowsTable(Section):
    """How long windows are kept in worker state."""

    five_minutes_kept_h: Count = 24
    hours_kept_d: Annotated[int, Field(strict=True, ge=1, le=90)] = 30


class WarehouseTable(Section):
    """A warehouse that promises to count."""

    name: Name
    counts_every_s: Annotated[int, Field(strict=True, ge=1, le=30 * 86_400)]


class StockDocument(Section):
    """The whole document."""

    schema_version: Literal[1]
    storefronts: tuple[Platform, ...] = Field(default=STOREFRONTS, min_length=1)
    answers: Answers = Answers()
    memory: Memory = Memory()
    windows: WindowsTable = WindowsTable()
    defaults: Some = Some()
    reserve: dict[Platform, Literal["placed", "paid"]] = {}
    category: dict[Name, tuple[Name, ...]] = {}
    rule: tuple[RuleTable, ...] = ()
    warehouse: tuple[WarehouseTable, ...] = ()
    bundle: dict[Name, dict[Name, Count]] = {}
    allocation: tuple[AllocationTable, ...] = ()

    @model_validator(mode="after")
    def _known(self) -> Self:
        named = [one.category for one in self.rule] + [one.category for one in self.allocation]
        for category in named:
            if category is not None and category not in self.category:
                raise ValueError(f'there is no category "{category}"')
        for front in {name for one in self.allocation for name in (*one.share, *one.cap)}:
            if front not in self.storefronts:
                raise ValueError(f'"{front}" is none of the storefronts')
        for name, parts in self.bundle.items():
            if not parts:
                raise ValueError(f'bundle "{name}" has no components')
            if nested := set(parts) & set(self.bundle):
                raise ValueError(f'bundle "{name}" holds the bundle "{min(nested)}": name its components')
        return self


class StockRules(NamedTuple):
    """What the document says: to the sentinel, and to the judge of an order."""

    stock: StockPolicy
    reserving: ReservingPolicy


def load_stock_rules(text: str, origin: str, retention_ms: int = 45 * DAY_MS) -> StockRules:
    """Return the rules of a TOML document; raises StockRulesError that names the fault."""
    try:
        document = StockDocument.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise StockRulesError(f"{origin}: no TOML: {error}") from error
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in fault["loc"]) or "the document"
        raise StockRulesError(f"{origin}: {place}: {fault['msg']}") from error
    return StockRules(
        _stock(document, retention_ms),
        ReservingPolicy(
            {str(platform): when for platform, when in document.reserve.items()},
            {name: dict(parts) for name, parts in document.bundle.items()},
            retention_ms,
        ),
    )


def _stock(document: StockDocument, retention_ms: int) -> StockPolicy:
    windows = document.windows
    return StockPolicy(
        defaults=Thresholds(**document.defaults.as_set()),
        rules=tuple(
            Rule(one.sku or "", one.category or "", one.warehouse or "", one.as_set())
            for one in document.rule
        ),
        categories=document.category,
        allocations=tuple(
            Allocation(one.sku or "", one.category or "", one.share, one.cap) for one in document.allocation
        ),
        storefronts=tuple(str(one) for one in document.storefronts),
        answer_ms=document.answers.wait_s * SECOND_MS,
        attempts=document.answers.attempts,
        memory_ms=document.memory.hours * HOUR_MS,
        transit_ms=document.memory.transit_days * DAY_MS,
        windows=(
            (5 * MINUTE_MS, windows.five_minutes_kept_h * HOUR_MS),
            (HOUR_MS, windows.hours_kept_d * DAY_MS),
        ),
        speaks_every_ms={one.name: one.counts_every_s * SECOND_MS for one in document.warehouse},
        retention_ms=retention_ms,
    )
