"""The inventory sentinel against a plain ledger: shuffled, repeated, late words from everywhere."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pipeline.domain.instants import to_ms
from pipeline.domain.stock import StockPolicy
from pipeline.domain.stock.windows import NAMES
from schemas.anomaly_life import ConditionGone, ConditionSeen
from schemas.desk import OrderFlagged
from schemas.inventory import (
    OfOrder,
    OfSku,
    StockCounted,
    StockMoved,
    StockReleased,
    StockReserved,
    StockShipped,
)
from schemas.stock import OrderOversold, SkuSuspended, StockCalibrated, StockDeviated
from tests.builders import START
from tests.examples import tries
from tests.stock_builders import Sentinel, counted, moved, of_order

PLATFORMS = ("tmall", "jd", "pdd", "douyin", "own_shop")
WAREHOUSES = ("main-1", "main-2", "cloud-1", "cloud-2")
PLACES = st.sampled_from(WAREHOUSES)
UNITS = st.integers(1, 4)
REASONS = st.sampled_from(["received", "returned"])
SECOND = timedelta(seconds=1)
MIN_SUSPENDED = timedelta(seconds=60)


@dataclass
class Plain:
    """What is known so far, added up anew for every question: no running total, no shortcut."""

    facts: dict[str, OfSku] = field(default_factory=dict)
    corrections: list[tuple[str, int, int]] = field(default_factory=list)  # warehouse, standing at ms, units

    def hear(self, fact: OfSku) -> None:
        self.facts.setdefault(fact.event_id, fact)

    def corrected(self, event: StockCalibrated) -> None:
        place = event.warehouse
        if event.reverses:
            undone = [one for one in self.corrections if one[0] == place and one[2] == -event.units]
            self.corrections.remove(undone[-1])
        else:
            ledger, cloud = self.count(place, "ledger"), self.count(place, "cloud")
            assert ledger is not None
            assert cloud is not None
            at = max(to_ms(cloud.occurred_at), to_ms(ledger.occurred_at) + 1)
            self.corrections.append((place, at, event.units))

    def all(self, kind: type[Any]) -> list[Any]:
        return [fact for fact in self.facts.values() if isinstance(fact, kind)]

    def count(self, warehouse: str, counter: str) -> StockCounted | None:
        mine = [c for c in self.all(StockCounted) if (c.warehouse, c.counter) == (warehouse, counter)]
        return max(mine, key=lambda c: (c.occurred_at, c.version, c.units), default=None)

    def on_hand_of(self, warehouse: str, counter: str) -> int | None:
        count = self.count(warehouse, counter)
        if count is None:
            return None
        moves = [m for m in self.all(StockMoved) if m.warehouse == warehouse]
        units = count.units + sum(m.units for m in moves if m.occurred_at > count.occurred_at)
        if counter == "ledger":
            at_ms = to_ms(count.occurred_at)
            units += sum(u for place, at, u in self.corrections if place == warehouse and at > at_ms)
        return units

    def on_hand(self) -> int | None:
        known = [units for place in WAREHOUSES if (units := self.on_hand_of(place, "ledger")) is not None]
        return sum(known) if known else None

    def deviations(self) -> dict[str, int]:
        found = {}
        for place in WAREHOUSES:
            ledger, cloud = self.on_hand_of(place, "ledger"), self.on_hand_of(place, "cloud")
            if ledger is not None and cloud is not None:
                found[place] = cloud - ledger
        return found

    def open(self) -> dict[str, tuple[datetime, int]]:
        """Order -> (reserved at, pieces still to leave)."""
        found = {}
        for order in sorted({fact.order_id for fact in self.all(OfOrder)}):
            said = [fact for fact in self.all(OfOrder) if fact.order_id == order]
            wanted = [fact for fact in said if isinstance(fact, StockReserved)]
            if not wanted:
                continue
            units = sum(fact.units for fact in wanted)
            units -= sum(fact.units for fact in said if isinstance(fact, StockReleased))
            left = sum(fact.units for fact in said if isinstance(fact, StockShipped))
            gone = sum(-m.units for m in self.all(StockMoved) if m.order_id == order and m.units < 0)
            units -= max(left, gone)
            if units > 0:
                found[order] = (wanted[0].occurred_at, units)
        return found

    def beyond(self) -> set[str]:
        """Serve the orders as they came; who is not served in full is beyond what is there."""
        left, found = self.on_hand(), set()
        if left is None:
            return set()
        for order, (_, units) in sorted(self.open().items(), key=lambda one: (one[1][0], one[0])):
            left -= units
            if left < 0:
                found.add(order)
        return found


class Stock(RuleBasedStateMachine):
    """Everything that can be told, in any order, twice, late; judged after each word."""

    policy = StockPolicy(storefronts=("tmall", "jd"))

    def __init__(self) -> None:
        super().__init__()
        self.sentinel, self.plain = Sentinel(self.policy), Plain()
        self.waiting: list[OfSku] = []
        self.said: list[OfSku] = []
        self.number = 0
        self.clock = START
        self.beyond: set[str] = set()
        self.alarmed: set[str] = set()

    def _next(self, *, back: int = 0) -> datetime:
        self.number += 1
        self.clock += SECOND * 7
        return self.clock - SECOND * back

    @rule(warehouse=PLACES, counter=st.sampled_from(["ledger", "cloud"]), units=st.integers(0, 12),
          back=st.sampled_from([0, 3, 7, 14, 35]), version=st.integers(0, 2))  # fmt: skip
    def count(self, warehouse: str, counter: str, units: int, back: int, version: int) -> None:
        self.waiting.append(counted(units, self._next(back=back), warehouse, counter, version))

    @rule(warehouse=PLACES, units=UNITS, back=st.integers(0, 60), reason=REASONS, same=st.booleans())
    def bring(self, warehouse: str, units: int, back: int, reason: str, same: bool) -> None:
        """Goods come; often in the very instant of a count."""
        at = self._next(back=back)
        counts = [f for f in (*self.said, *self.waiting) if isinstance(f, StockCounted)]
        if same and counts:
            at, warehouse = counts[-1].occurred_at, counts[-1].warehouse
        self.waiting.append(moved(units, at, f"in-{self.number}", warehouse, reason))

    @rule(units=UNITS, platform=st.sampled_from(PLATFORMS))
    def order(self, units: int, platform: str) -> None:
        at = self._next()
        self.waiting.append(of_order(StockReserved, f"o{self.number}", units, at, 1, platform=platform))

    @rule(data=st.data(), what=st.sampled_from(["ship", "move", "close"]), warehouse=PLACES)
    def go_on(self, data: st.DataObject, what: str, warehouse: str) -> None:
        orders = [f for f in (*self.said, *self.waiting) if isinstance(f, StockReserved)]
        if not orders:
            return
        one = data.draw(st.sampled_from(orders))
        steps = [
            f.step
            for f in (*self.said, *self.waiting)
            if isinstance(f, OfOrder) and f.order_id == one.order_id
        ]
        units, at, step = data.draw(st.integers(1, one.units)), self._next(), max(steps) + 1
        told: dict[str, Any] = {"platform": one.platform}
        if what == "move":
            fact: OfSku = moved(-units, at, f"out-{self.number}", warehouse, order=one.order_id)
        elif what == "ship":
            told |= {"waybill": f"W{self.number}", "warehouse": warehouse}
            fact = of_order(StockShipped, one.order_id, units, at, step, **told)
        else:
            fact = of_order(StockReleased, one.order_id, units, at, step, because="closed", **told)
        self.waiting.append(fact)

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def hear(self, data: st.DataObject) -> None:
        """Words of one order keep their order, as on one partition; all others come as they like."""
        at = data.draw(st.integers(0, len(self.waiting) - 1))
        fact = self.waiting[at]
        if isinstance(fact, OfOrder):
            fact = next(f for f in self.waiting if isinstance(f, OfOrder) and f.order_id == fact.order_id)
        self.waiting.remove(fact)
        self._put(fact)
        self.said.append(fact)

    @precondition(lambda self: self.said)
    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        self.wait(0)  # what is due by now happens without a word; the repeated one adds nothing
        before = self.sentinel.account
        self._put(data.draw(st.sampled_from(self.said)))
        assert self.sentinel.last == []
        assert self.sentinel.account.model_copy(update={"light": before.light}).reserved == before.reserved

    @rule(seconds=st.integers(1, 90))
    def wait(self, seconds: int) -> None:
        self.clock += SECOND * seconds
        first = len(self.sentinel.events)
        self.sentinel.waits_until(self.clock)
        self._follow(self.sentinel.events[first:])

    def _put(self, fact: OfSku) -> None:
        self.plain.hear(fact)
        self.sentinel.hears(fact, at=self.clock)
        self._follow(self.sentinel.last)

    def _follow(self, events: list[Any]) -> None:
        for event in events:
            match event:
                case StockCalibrated():
                    self.plain.corrected(event)
                case OrderOversold():
                    assert (event.order_id in self.beyond) is not event.up, "told what was known"
                    (self.beyond.add if event.up else self.beyond.discard)(event.order_id)

    @invariant()
    def pieces_are_conserved(self) -> None:
        state = self.sentinel.state
        if state is None:
            return
        for place in WAREHOUSES:
            held = state.places.get(place)
            told = (held.ledger_units, held.cloud_units) if held else (None, None)
            assert told == (self.plain.on_hand_of(place, "ledger"), self.plain.on_hand_of(place, "cloud")), (
                place
            )
        account, is_open = self.sentinel.account, self.plain.open()
        assert account.reserved == sum(units for _, units in is_open.values())
        assert sum(one.units for one in account.platforms) == account.reserved
        assert sum(one.orders for one in account.platforms) == len(is_open)
        assert account.on_hand == self.plain.on_hand()

    @invariant()
    def who_is_beyond_what_is_there_is_named_at_once(self) -> None:
        assert self.beyond == self.plain.beyond()
        flags = {e.order_id: e.up for e in self.sentinel.all(OrderFlagged)}
        assert {order for order, up in flags.items() if up} == self.beyond
        marks = [
            isinstance(event, ConditionSeen)
            for event in self.sentinel.events
            if isinstance(event, ConditionSeen | ConditionGone) and event.kind == "oversell"
        ]
        assert (bool(marks) and marks[-1]) == bool(self.beyond), "the anomaly is open exactly then"

    @invariant()
    def it_is_suspended_exactly_when_the_rules_say(self) -> None:
        state = self.sentinel.state
        if state is None:
            return
        account = self.sentinel.account
        far = {place for place, units in self.plain.deviations().items() if abs(units) > 5}
        due = {f"deviation:{place}" for place in far}
        if account.available is not None and account.available <= 0:
            due.add("sold_out")
        assert set(account.reasons) == due
        if due:
            assert account.suspended
        elif account.suspended:
            assert account.suspended_since is not None
            assert self.sentinel.now - account.suspended_since < MIN_SUSPENDED

    @invariant()
    def a_small_deviation_is_calibrated_unless_it_leaks(self) -> None:
        state = self.sentinel.state
        if state is None:
            return
        for place, units in self.plain.deviations().items():
            assert units == 0 or abs(units) > 5 or state.places[place].leaking

    @invariant()
    def the_windows_are_what_the_facts_say(self) -> None:
        state = self.sentinel.state
        if state is None:
            return
        for length, _ in self.policy.windows:
            assert state.windows.of(length) == self._windows(length)

    def _windows(self, length: int) -> dict[int, tuple[int, ...]]:
        found: dict[int, list[int]] = {}

        def add(name: str, at: datetime, units: int) -> None:
            row = found.setdefault(to_ms(at) // length * length, [0] * len(NAMES))
            number = NAMES.index(name)
            row[number] = max(row[number], units) if name == "deviation_max" else row[number] + units

        for fact in self.plain.facts.values():
            match fact:
                case StockReserved():
                    add("reserved", fact.occurred_at, fact.units)
                case StockReleased():
                    add("released", fact.occurred_at, fact.units)
                case StockCounted():
                    add("counts", fact.occurred_at, 1)
                case StockMoved() if fact.reason in ("outbound", "returned"):
                    add(fact.reason, fact.occurred_at, abs(fact.units))
        for event in self.sentinel.events:
            match event:
                case StockDeviated():
                    add("deviation_max", event.occurred_at, abs(event.deviation))
                case SkuSuspended():
                    add("suspensions", event.occurred_at, 1)
        return {start: tuple(row) for start, row in found.items()}


TestStock = Stock.TestCase
TestStock.settings = settings(max_examples=tries(80), stateful_step_count=40)
