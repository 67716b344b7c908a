"""By what the inventory sentinel decides: frozen thresholds, the most specific rule field by field."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final, NamedTuple

from pipeline.domain.policy import DAY_MS, HOUR_MS
from schemas.vocabulary import Platform

MINUTE_MS: Final = 60_000
KNOWN_MOST: Final = 20_000
"""Most resolved policies that are remembered."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What holds for one SKU, or for it in one warehouse (domain.md sections 4 and 14).

    `deviation_units`: a deviation beyond it suspends, one up to it is calibrated. `calibration_budget`: most
    units calibrated within 24 h; `calibrations_most`: so many in one direction are a leak.
    `safety_units`: never sold. `min_suspended_ms`: a suspension lasts so long at least. `release_units`: so
    much must be available before it is sold again; more than 1 keeps a SKU on the edge from flapping.
    `hold_back_silent`: what lies in a warehouse that fell silent is not sold.
    """

    deviation_units: int = 5
    calibration_budget: int = 20
    calibrations_most: int = 5
    safety_units: int = 0
    min_suspended_ms: int = 60_000
    release_units: int = 1
    hold_back_silent: bool = False


class Rule(NamedTuple):
    """Some thresholds for a SKU, a category or a warehouse; exactly one of the three is named."""

    sku: str
    category: str
    warehouse: str
    set: Mapping[str, Any]  # name of a threshold -> its value, checked by the document

    @property
    def rank(self) -> int:
        """The larger one wins: SKU, then category, then warehouse (domain.md section 14)."""
        return 3 if self.sku else 2 if self.category else 1


class Allocation(NamedTuple):
    """Which part of what is available each storefront may show: `share` 0..1, 1 in all; `cap` units."""

    sku: str
    category: str
    share: Mapping[str, float]
    cap: Mapping[str, int]

    def due(self, available: int, storefront: str) -> int:
        """Units that this storefront may show of so many."""
        units = int(max(0, available) * self.share.get(storefront, 0.0) + 1e-9)
        return min(units, self.cap.get(storefront, units))


@dataclass(frozen=True, slots=True)
class StockPolicy:
    """Everything the sentinel decides by.

    `answer_ms`, `attempts`: how long a storefront may take to confirm a command, how often it is sent.
    `memory_ms`: movements, counts and settled orders are remembered for so long: what is told later than
    that cannot be told from a repetition, so it is only counted as late. `windows`: (length, kept).
    `speaks_every_ms`: how often a warehouse says that it speaks; silent after three times that.
    `transit_ms`: goods on their way are given up after that.
    """

    defaults: Thresholds = field(default_factory=Thresholds)
    rules: tuple[Rule, ...] = ()
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    allocations: tuple[Allocation, ...] = ()
    storefronts: tuple[str, ...] = tuple(str(one) for one in Platform if one is not Platform.OTHER)
    answer_ms: int = 60_000
    attempts: int = 3
    memory_ms: int = 48 * HOUR_MS
    transit_ms: int = 30 * DAY_MS
    windows: tuple[tuple[int, int], ...] = ((5 * MINUTE_MS, DAY_MS), (HOUR_MS, 30 * DAY_MS))
    speaks_every_ms: Mapping[str, int] = field(default_factory=dict)
    silences: int = 3
    retention_ms: int = 45 * DAY_MS
    _known: dict[tuple[str, str], Thresholds] = field(default_factory=dict, compare=False, repr=False)

    def of(self, sku: str, warehouse: str = "") -> Thresholds:
        """The thresholds of a SKU, or of it in a warehouse: each by the most specific rule that sets it."""
        known = self._known.get((sku, warehouse))
        if known is None:
            if len(self._known) >= KNOWN_MOST:
                self._known.clear()
            known = self._known[sku, warehouse] = self._resolved(sku, warehouse)
        return known

    def _resolved(self, sku: str, warehouse: str) -> Thresholds:
        hits = [rule for rule in self.rules if self._concerns(rule, sku, warehouse)]
        told: dict[str, Any] = {}
        for rule in sorted(hits, key=lambda one: one.rank):
            told |= rule.set
        return replace(self.defaults, **told)

    def _concerns(self, rule: Rule, sku: str, warehouse: str) -> bool:
        if rule.sku:
            return matches(rule.sku, sku)
        if rule.category:
            return self._is_in(rule.category, sku)
        return bool(warehouse) and rule.warehouse == warehouse

    def _is_in(self, category: str, sku: str) -> bool:
        return any(matches(pattern, sku) for pattern in self.categories.get(category, ()))

    def allocation_of(self, sku: str) -> Allocation | None:
        """The allocation of a SKU: its own before its category's; None: storefronts show what they like."""
        of_category = None
        for one in self.allocations:
            if one.sku and matches(one.sku, sku):
                return one
            if of_category is None and one.category and self._is_in(one.category, sku):
                of_category = one
        return of_category

    def silent_after_ms(self, warehouse: str) -> int | None:
        """How long this warehouse may say nothing; None: it never told how often it speaks."""
        every = self.speaks_every_ms.get(warehouse)
        return None if every is None else every * self.silences


def matches(pattern: str, sku: str) -> bool:
    """Tell whether a SKU is meant: itself, or with * at the end every one that begins so."""
    return sku.startswith(pattern[:-1]) if pattern.endswith("*") else sku == pattern


def threshold_names() -> frozenset[str]:
    """The names of all thresholds."""
    return frozenset(one.name for one in fields(Thresholds))


@dataclass(frozen=True, slots=True)
class ReservingPolicy:
    """How an order reserves. `when`: platform -> placed or paid; who is not named reserves when placed.

    `bundles`: SKU of a bundle -> its components and how many of each one bundle holds.
    """

    when: Mapping[str, str] = field(default_factory=dict)
    bundles: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    retention_ms: int = 45 * DAY_MS
