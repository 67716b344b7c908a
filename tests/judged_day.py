"""A simulated day before the parcel linker and the judges of its orders, in one process."""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from typing import Any

from pipeline.cli.simulated_records import placed
from pipeline.domain.instants import to_ms
from pipeline.domain.order_case import OrderCase, OrderJudges
from pipeline.domain.outcome import Undecidable
from pipeline.domain.parcels import ParcelState, decide_parcel
from pipeline.domain.policy import ParcelPolicy
from pipeline.domain.raw_sources import RawReader
from pipeline.rules.adapters import shipped_adapters
from pipeline.simulator.feed import RawEvent, raw_events
from schemas.anomaly_life import ConditionGone, ConditionSeen
from schemas.base import Event
from schemas.logistics import WaybillLinked, WaybillTracked
from schemas.order import ClockTicked
from schemas.vocabulary import AnomalyEnd, AnomalyKind


class JudgedDay:
    """Facts in the order in which they are read; one clock for all, as of a single partition.

    `events`: what the judges said of every order, in order.
    """

    def __init__(self, judges: OrderJudges) -> None:
        self.judges, self.now_ms = judges, 0
        self.parcels: dict[str, ParcelState | None] = {}
        self.cases: dict[str, OrderCase | None] = {}
        self.due: list[tuple[int, str]] = []
        self.events: dict[str, list[Event]] = defaultdict(list)

    def hears(self, facts: Iterable[Event]) -> "JudgedDay":
        """Read facts; what the clock passes is decided before the next fact."""
        for fact in facts:
            self.now_ms = max(self.now_ms, to_ms(min(fact.occurred_at, fact.observed_at)))
            if isinstance(fact, WaybillLinked | WaybillTracked):
                self._link(fact)
            elif not isinstance(fact, ClockTicked) and hasattr(fact, "order_id"):
                self._decide(fact.order_id, fact)
            while self.due and self.due[0][0] < self.now_ms:
                at_ms, order = heapq.heappop(self.due)
                case = self.cases.get(order)
                if case is not None and case.due_ms == at_ms:
                    self._decide(order, None)
        return self

    def _link(self, fact: WaybillLinked | WaybillTracked) -> None:
        state = self.parcels.get(fact.waybill)
        outcome = decide_parcel(state, fact, fact.waybill, self.now_ms, ParcelPolicy())
        self.parcels[fact.waybill] = outcome.state
        for told in outcome.events:
            self._decide(told.order_id, told)  # type: ignore[attr-defined]  # a parcel report

    def _decide(self, order: str, fact: Any) -> None:  # a fact of an order
        outcome = self.judges.decide(self.cases.get(order), fact, order, self.now_ms)
        self.cases[order] = outcome.state
        self.events[order] += outcome.events
        if outcome.due_ms is not None:
            heapq.heappush(self.due, (outcome.due_ms, order))

    def ends_of(self, kind: AnomalyKind) -> dict[str, list[AnomalyEnd | None]]:
        """How the anomalies of each order ended, of orders that had one; None: it is open."""
        ends: dict[str, list[AnomalyEnd | None]] = defaultdict(list)
        for order, said in self.events.items():
            for event in said:
                if isinstance(event, ConditionSeen) and event.kind is kind:
                    ends[order].append(None)
                elif isinstance(event, ConditionGone) and event.kind is kind:
                    ends[order][-1] = event.how
        return ends


def facts_of(seed: int, orders: int, start: datetime) -> Iterator[tuple[RawEvent, Event]]:
    """Give what every record of the day says, in order of arrival, beside the record."""
    read = partial(RawReader(shipped_adapters()).read)
    for event in raw_events(seed, orders, start):
        record = placed(event).record
        try:
            facts = read(record.value or b"", tuple(record.headers)).facts
        except Undecidable:
            continue  # planted poison
        for fact in facts:
            yield event, fact
