"""The breaker's thresholds: how long reporters may differ, and what each of them can say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pipeline.domain.policy import DAY_MS
from schemas.vocabulary import Reporter, ShippingPhase

SCALE: Final = (ShippingPhase.NOT_SHIPPED, ShippingPhase.SHIPPED, ShippingPhase.SIGNED)
"""How far an order is on its way; closed is beside it."""
SETTLE_MS: Final = 300_000
"""conflict_settle_s of domain.md section 2."""

MAPPINGS_MOST: Final = 1000
"""Most (reporter, mapping) pairs remembered; a shop has a few dozen."""

Range = frozenset[ShippingPhase]
EVERYTHING: Final[Range] = frozenset(ShippingPhase)


def _ranges() -> dict[str, Range]:
    no_signature = EVERYTHING - {ShippingPhase.SIGNED}
    return {
        "erp": EVERYTHING,
        "erp:jushuitan": no_signature,  # its status table knows no signature
        "wms": no_signature - {ShippingPhase.CLOSED},  # what it closes is a parcel, never the order
        "cs": EVERYTHING,
    }


@dataclass(frozen=True, slots=True)
class ConflictPolicy:
    """`settle_ms` and `ranges` go by reporter ("erp") or, more specific, by its source ("erp:jushuitan").

    `settle_ms`: how long two may differ, measured from the newer report; who is not named has 300 s.
    `ranges`: the phases it can say; a phase beyond them counts as its highest. Raises ValueError for a range
    without `not_shipped`: it would have no highest. `retention_ms`: how long an order without a difference
    that nobody speaks of stays in worker state.
    """

    settle_ms: Mapping[str, int] = field(default_factory=dict)
    ranges: Mapping[str, Range] = field(default_factory=_ranges)
    retention_ms: int = 45 * DAY_MS
    _known: dict[tuple[str, str], tuple[int, Range]] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        for name, phases in self.ranges.items():
            if ShippingPhase.NOT_SHIPPED not in phases:
                raise ValueError(f"range of {name}: add not_shipped, every reporter can say that")

    def settle_of(self, reporter: Reporter, mapping: str) -> int:
        """Milliseconds for which a report of this reporter may contradict an older one."""
        return self._of(reporter, mapping)[0]

    def range_of(self, reporter: Reporter, mapping: str) -> Range:
        """The phases this reporter can say."""
        return self._of(reporter, mapping)[1]

    def _of(self, reporter: Reporter, mapping: str) -> tuple[int, Range]:
        """Settle time and range: asked for every word of every order, so remembered."""
        known = self._known.get((reporter, mapping))
        if known is None:
            if len(self._known) >= MAPPINGS_MOST:
                self._known.clear()
            source = f"{reporter}:{mapping.partition('@')[0]}"
            settle_ms = self.settle_ms.get(source, self.settle_ms.get(reporter, SETTLE_MS))
            range_ = self.ranges.get(source, self.ranges.get(reporter, EVERYTHING))
            known = self._known[reporter, mapping] = (settle_ms, range_)
        return known


def compared(phase: ShippingPhase, common: Range) -> ShippingPhase:
    """The phase as it counts between two reporters who can both say `common`: beyond it, the highest."""
    return phase if phase in common else max(common.intersection(SCALE), key=SCALE.index)
