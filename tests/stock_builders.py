"""Facts about one SKU with defaults, and a sentinel of one SKU with its clock moved by hand."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from pipeline.domain.instants import to_ms
from pipeline.domain.outcome import Outcome
from pipeline.domain.stock import StockPolicy, StockState, decide_stock, describe_stock
from schemas.base import Event, derived_id
from schemas.inventory import (
    OfSku,
    SkuOrdered,
    StockCommandConfirmed,
    StockCounted,
    StockMoved,
    StockReleased,
    StockReserved,
    StockReturning,
    StockShipped,
)
from schemas.stock import SkuAccount, SkuCommand
from tests.builders import START

SKU = "SKU-1"
K = TypeVar("K", bound=Event)
LATER = timedelta(seconds=1)


def head(at: datetime, name: str, **more: Any) -> dict[str, Any]:
    """Fields of every fact; `name` tells it from all others."""
    base = {"event_id": derived_id(SKU, name), "cause_id": name[:64], "occurred_at": at, "sku": SKU}
    return {"observed_at": at, **base, **more}


def counted(
    units: int, at: datetime = START, warehouse: str = "main", counter: str = "ledger", version: int = 0
) -> StockCounted:
    """A count."""
    told = {"units": units, "warehouse": warehouse, "counter": counter, "version": version, "mapping": "t@1"}
    return StockCounted(**head(at, f"count|{sorted(told.items())}|{at}", **told))


def moved(
    units: int, at: datetime, number: str, warehouse: str = "main", reason: str = "outbound",
    *, order: str | None = None,
) -> StockMoved:  # fmt: skip
    """A movement."""
    told = {"units": units, "warehouse": warehouse, "reason": reason, "movement_id": number, "mapping": "t@1"}
    return StockMoved(**head(at, f"move|{warehouse}|{number}", order_id=order, **told))


def of_order(kind: type[K], order: str, units: int, at: datetime, step: int, **more: Any) -> K:
    """What an order's judge tells."""
    told = {"order_id": order, "units": units, "step": step, "platform": "tmall", "shop": "s", **more}
    return kind(**head(at, f"{kind.__name__}|{order}|{step}", **told))


def reserved(order: str, units: int = 1, at: datetime = START, step: int = 1, **more: Any) -> StockReserved:
    """An order reserves."""
    return of_order(StockReserved, order, units, at, step, **more)


def released(order: str, units: int = 1, at: datetime = START, step: int = 2, **more: Any) -> StockReleased:
    """An order no longer needs it."""
    return of_order(StockReleased, order, units, at, step, because="closed", **more)


def shipped(order: str, units: int = 1, at: datetime = START, step: int = 2, **more: Any) -> StockShipped:
    """A parcel of an order left."""
    return of_order(StockShipped, order, units, at, step, **{"waybill": "W1", "warehouse": "main", **more})


def ordered(order: str, units: int = 1, at: datetime = START, step: int = 0, **more: Any) -> SkuOrdered:
    """An order line names the SKU."""
    return of_order(SkuOrdered, order, units, at, step, **more)


def returning(order: str, units: int = 1, at: datetime = START, step: int = 3, **more: Any) -> StockReturning:
    """A customer sends it back."""
    return of_order(StockReturning, order, units, at, step, refund_id="R1", **more)


def confirmed(command: SkuCommand, at: datetime) -> StockCommandConfirmed:
    """A storefront carried a command out."""
    told = {"storefront": getattr(command, "storefront", ""), "command_id": command.command_id}
    return StockCommandConfirmed(**head(at, f"confirmed|{command.command_id}|{at}", **told))


@dataclass
class Sentinel:
    """The sentinel of one SKU; every state goes through its bytes, as a restart would have it."""

    policy: StockPolicy = field(default_factory=StockPolicy)
    now: datetime = START
    state: StockState | None = None
    due_ms: int | None = None
    events: list[Event] = field(default_factory=list)
    last: list[Event] = field(default_factory=list)

    def hears(self, *facts: OfSku, at: datetime | None = None) -> "Sentinel":
        """Put facts to the decision, each at the clock it moves on to, or at `at`."""
        for fact in facts:
            self.now = max(self.now, min(fact.occurred_at, fact.observed_at), at or START)
            self._decide(fact)
        return self

    def waits_until(self, now: datetime) -> "Sentinel":
        """Move the clock on, asking at every deadline it passes, as the runtime does."""
        self.now = max(self.now, now)
        for _ in range(200):
            if self.due_ms is None or self.due_ms >= to_ms(self.now) or self.state is None:
                return self
            self._decide(None)
        raise AssertionError("it wants to be asked again and again")

    def _decide(self, fact: OfSku | None) -> None:
        outcome: Outcome[StockState] = decide_stock(self.state, fact, SKU, to_ms(self.now), self.policy)
        self.state = outcome.state and StockState.from_bytes(outcome.state.to_bytes())
        assert self.state == outcome.state, "a restart must change nothing"
        self.due_ms, self.last = outcome.due_ms, list(outcome.events)
        self.events += outcome.events

    def all(self, kind: type[K]) -> list[K]:
        """The events of one type, in order."""
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def account(self) -> SkuAccount:
        """The account as it stands."""
        assert self.state is not None
        return describe_stock(self.state, SKU, to_ms(self.now), policy=self.policy)
