"""One decision on its way: the state as it becomes, what is told, and because of what."""

from collections.abc import Iterable
from typing import Any

from pipeline.domain.healers import STOCK_HEALER, Notice, Severity, attempted, gone, seen
from pipeline.domain.instants import from_ms, to_ms
from pipeline.domain.stock.ledger import Place
from pipeline.domain.stock.policy import StockPolicy
from pipeline.domain.stock.state import Draft, StockState
from schemas.base import Event, derived_id
from schemas.inventory import OfSku
from schemas.vocabulary import AnomalyEnd, AnomalyKind


class Turn:
    """What one fact, or the passing of time (`cause` None), does to one SKU at `now_ms` of its clock."""

    def __init__(
        self, state: StockState, sku: str, now_ms: int, cause: OfSku | None, policy: StockPolicy
    ) -> None:
        self.sku, self.now_ms, self.cause, self.policy = sku, now_ms, cause, policy
        self.state = Draft(state)
        self.before = state
        self.events: list[Event] = []
        self.oversold: dict[str, bool] = {}
        self.at_ms = now_ms if cause is None else to_ms(cause.occurred_at)

    def set(self, **changed: Any) -> None:  # fields of the state, which are typed there
        """Change the state."""
        self.state.__dict__.update(changed)

    def place(self, warehouse: str) -> Place:
        """The SKU in one warehouse."""
        return self.state.places.get(warehouse) or Place()

    def put(self, warehouse: str, place: Place) -> None:
        """Take a warehouse's new state."""
        self.set(places={**self.state.places, warehouse: place})

    def count(self, figure: int, units: int, at_ms: int | None = None) -> None:
        """Add to a figure of the windows in which it happened."""
        at = self.at_ms if at_ms is None else at_ms
        self.set(windows=self.state.windows.add(self.policy.windows, at, figure, units, self.now_ms))

    def tell(self, kind: type[Event], what: str, at_ms: int | None = None, **told: Any) -> None:
        """Tell something of the SKU under an id derived from `what`; Any: the event checks its fields."""
        base = {"event_id": derived_id(self.sku, what), **self._because(at_ms), "sku": self.sku}
        self.events.append(kind.model_validate(base | told))

    def _because(self, at_ms: int | None) -> dict[str, Any]:  # fields of every event
        now = from_ms(self.now_ms)
        return {
            "cause_id": self.sku if self.cause is None else self.cause.event_id,
            "occurred_at": now if at_ms is None else from_ms(at_ms),
            "observed_at": now if self.cause is None else self.cause.observed_at,
        }

    def seen(self, subject: str, kind: AnomalyKind, severity: Severity, **evidence: object) -> None:
        """Say that something is wrong."""
        said = {name: str(value) for name, value in evidence.items()}
        self.events.append(seen(self._notice(subject), kind, severity, {"sku": self.sku, **said}))

    def attempted(self, subject: str, kind: AnomalyKind, because: Iterable[str]) -> None:
        """Say what the sentinel has tried in vain, each try by itself."""
        notice = self._notice(subject)
        tries = enumerate(because)
        self.events += [attempted(notice, kind, STOCK_HEALER, why, number) for number, why in tries]

    def gone(self, subject: str, kind: AnomalyKind, how: AnomalyEnd, because: str) -> None:
        """Say that it is over."""
        self.events.append(gone(self._notice(subject), kind, how, because))

    def _notice(self, subject: str) -> Notice:
        cause = self.cause
        if cause is None:
            now = from_ms(self.now_ms)
            name = derived_id(self.sku, f"clock|{self.now_ms}")
            cause = OfSku(event_id=name, cause_id=self.sku, occurred_at=now, observed_at=now, sku=self.sku)
        return Notice(subject, cause, self.now_ms)

    def next_number(self) -> int:
        """The number of the next thing that is told by number."""
        self.set(said=self.state.said + 1)
        return self.state.said
