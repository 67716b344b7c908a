"""What lies in the simulated warehouses, and what is said about it."""

import heapq
from collections.abc import Iterator

from pipeline.simulator.catalogue import MINUTE_MS, STOREFRONTS, items, popularity
from pipeline.simulator.day import Day
from pipeline.simulator.faults import OVERSELL_BLOCK, OVERSELL_STOCK, SMALL_DRIFT
from pipeline.simulator.model import Order
from pipeline.simulator.orders import GIFT_SKU
from pipeline.simulator.teller import Step, step_of
from pipeline.simulator.voices import speak

Pair = tuple[str, str]
UNITS_PER_ORDER = 1.6
HOT_WAREHOUSE = "main-hangzhou"
RESTOCK_MS = 60 * MINUTE_MS
TOLD_MS = 2 * MINUTE_MS
"""A count reaches us so long after it was taken."""
ANSWER_MS = 20_000
"""A storefront confirms so long after a command is due, five seconds apart at most."""


class Stock:
    """True units by (SKU, warehouse), moved on as planned movements come due. Times as in Order."""

    def __init__(self) -> None:
        self._units: dict[Pair, int] = {}
        self._due: list[tuple[int, Pair, int]] = []

    def expect(self, order: Order) -> None:
        """Remember what will leave for this order."""
        for parcel in order.parcels:
            if parcel.outbound is not None:
                for line in parcel.lines:
                    heapq.heappush(self._due, (parcel.outbound, (line.sku, line.warehouse), -line.units))

    def open_day(self, day: Day) -> list[Step]:
        """Count everything (first day) or receive a delivery (later days); and stock the hot articles."""
        first = not self._units
        steps = []
        for pair, daily in _daily_demand(day.orders).items():
            if first:
                self._units[pair] = 200 + 2 * daily
                steps += [_count(*pair, "ledger", self._units[pair], day.start_ms)]
                if pair[1].startswith("cloud-"):
                    steps += [_count(*pair, "cloud", self._units[pair], day.start_ms)]
            else:
                self._units[pair] += daily
                steps.append(_received(*pair, daily, day.start_ms, day.tag))
        for hot in _hot_blocks(day):
            steps.append(_count(day.hot_sku(hot), HOT_WAREHOUSE, "ledger", OVERSELL_STOCK, day.start_ms))
        return steps

    def cloud_counts(self, day: Day, at: int) -> list[Step]:
        """Return each cloud warehouse's own counts of this moment, drifted where that is planned."""
        self._move_on(at)
        drift = {
            (drift.sku, drift.warehouse): drift.units
            for drift in day.drifts
            if drift.from_ms <= at and (drift.until_ms is None or at < drift.until_ms)
        }
        return [
            _count(*pair, "cloud", units + drift.get(pair, 0), at)
            for pair, units in self._units.items()
            if pair[1].startswith("cloud-")
        ]

    def take(self, at: int) -> list[Step]:
        """Count everything afresh, ledger and clouds alike: a feed that was broken off goes on from here."""
        self._move_on(at)
        steps = []
        for pair, units in self._units.items():
            steps.append(_count(*pair, "ledger", units, at))
            if pair[1].startswith("cloud-"):
                steps.append(_count(*pair, "cloud", units, at))
        return steps

    def _move_on(self, at: int) -> None:
        while self._due and self._due[0][0] <= at:
            _, pair, units = heapq.heappop(self._due)
            if pair in self._units:
                self._units[pair] += units


def _daily_demand(orders: int) -> dict[Pair, int]:
    """Return generously rounded units a day by (SKU, warehouse)."""
    weights = popularity()
    demand = {}
    before = 0.0
    for item, upto in zip(items(), weights, strict=True):
        units = 10 + int(orders * UNITS_PER_ORDER * (upto - before) / weights[-1])
        before = upto
        demand[item.sku, item.own] = units
        if item.cloud:
            demand[item.sku, item.cloud] = units
    demand[GIFT_SKU, HOT_WAREHOUSE] = 10 + orders // 50
    return demand


def _hot_blocks(day: Day) -> Iterator[int]:
    numbers = sorted(number for number, fault in day.faults.items() if fault == "oversell")
    return iter(numbers[::OVERSELL_BLOCK])


def restocked(day: Day) -> list[Step]:
    """Return the movements that bring each hot article what was missing, an hour after its last order."""
    return [_restock(day, first) for first in _hot_blocks(day)]


def answered(day: Day) -> list[Step]:
    """Return what the storefronts confirm: suspensions of what sold out or deviated, and their ends."""
    steps: list[Step] = []
    for first in _hot_blocks(day):
        sold_out = day.order(first + OVERSELL_STOCK - 1).ordered
        restocked_at = day.order(first + OVERSELL_BLOCK - 1).ordered + RESTOCK_MS
        steps += _confirmed(day.hot_sku(first), "sku.suspend", sold_out)
        steps += _confirmed(day.hot_sku(first), "sku.release", restocked_at)
    for drift in day.drifts:
        if abs(drift.units) > SMALL_DRIFT:
            steps += _confirmed(drift.sku, "sku.suspend", drift.from_ms + TOLD_MS)
            if drift.until_ms is not None:
                steps += _confirmed(drift.sku, "sku.release", drift.until_ms + TOLD_MS)
    return steps


def _confirmed(sku: str, command: str, at: int) -> list[Step]:
    steps = []
    for place, front in enumerate(STOREFRONTS):
        when = at + ANSWER_MS + place * 1_000
        told = {"sku": sku, "storefront": front.platform, "command": command, "number": 1, "at": when}
        steps.append(step_of(when, sku, speak("command", "stock_confirmed", told)))
    return steps


def _restock(day: Day, first: int) -> Step:
    last = day.order(first + OVERSELL_BLOCK - 1)
    return _received(day.hot_sku(first), HOT_WAREHOUSE, 50, last.ordered + RESTOCK_MS, day.tag)


def _count(sku: str, warehouse: str, counter: str, units: int, at: int) -> Step:
    """A count reaches us two minutes after it was taken: what had left by then has been told."""
    speaker = "cloud-warehouse" if counter == "cloud" else "erp" if warehouse.startswith("cloud-") else "wms"
    told = {
        "event_id": f"{warehouse}-{sku}-{at}-{counter}",
        "sku": sku,
        "warehouse": warehouse,
        "units": units,
        "counted_at": at,
        "version": at,
    }
    return step_of(at + TOLD_MS, sku, speak(speaker, "count", told))


def _received(sku: str, warehouse: str, units: int, at: int, tag: str) -> Step:
    told = {
        "sku": sku,
        "warehouse": warehouse,
        "units": units,
        "movement_id": f"IN-{tag}-{warehouse}-{sku}-{at}",
        "moved_at": at,
    }
    return step_of(at + 1_000, sku, speak("wms", "movement", told))
