"""A cloud warehouse that falls silent is one anomaly of the warehouse, told by its own account alone."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.anomaly_life import decide_anomaly_life
from pipeline.domain.anomaly_state import LifePolicy, LifeState, all_anomalies
from pipeline.domain.instants import to_ms
from pipeline.domain.outcome import Undecidable
from pipeline.domain.policy import HOUR_MS
from pipeline.domain.stock import StockPolicy, StockState, decide_kept, describe_kept, read_kept, write_kept
from pipeline.domain.stock.policy import Thresholds
from schemas.anomaly_life import ConditionGone, ConditionSeen
from schemas.base import Event
from schemas.inventory import StockCounted, WarehouseSpoke
from schemas.stock import SkuAccount
from tests.builders import START, after
from tests.stock_builders import counted, moved

CLOUD = "cloud-1"
SUBJECT = f"warehouse:{CLOUD}"
SPEAKS = StockPolicy(speaks_every_ms={CLOUD: HOUR_MS})
MOMENT = timedelta(milliseconds=1)


@dataclass
class House:
    """Every account of the sentinel, by key; what it tells itself comes back, findings reach their keeper."""

    policy: StockPolicy = SPEAKS
    kept: dict[str, Any] = field(default_factory=dict)
    due: dict[str, int | None] = field(default_factory=dict)
    found: list[Event] = field(default_factory=list)
    life: LifeState | None = None

    def hears(self, *facts: Event, at: datetime | None = None) -> "House":
        for fact in facts:
            self._decide(str(getattr(fact, fact.KEY)), fact, at or fact.observed_at)
        return self

    def waits_until(self, now: datetime) -> "House":
        for key, due_ms in list(self.due.items()):
            if due_ms is not None and due_ms < to_ms(now):
                self._decide(key, None, now)
        return self

    def _decide(self, key: str, fact: Any, now: datetime) -> None:
        outcome = decide_kept(self.kept.get(key), fact, key, to_ms(now), self.policy)
        state = outcome.state
        assert state is None or read_kept(write_kept(state)) == state, "a restart must change nothing"
        self.kept[key], self.due[key] = state, outcome.due_ms
        for event in outcome.events:
            if isinstance(event, WarehouseSpoke):
                self.hears(event, at=now)
            elif isinstance(event, ConditionSeen | ConditionGone) and event.subject == SUBJECT:
                self.found.append(event)
                said = decide_anomaly_life(self.life, event, SUBJECT, to_ms(now), LifePolicy())
                self.life = said.state

    def account(self, sku: str, now: datetime) -> SkuAccount:
        told = describe_kept(self.kept[sku], sku, to_ms(now), policy=self.policy)
        assert told is not None
        return told

    @property
    def anomalies(self) -> list[tuple[str, str]]:
        """Kind and end ("": open) of each anomaly of the warehouse."""
        return [(kind, one.end) for kind, one in all_anomalies(self.life or LifeState(), SUBJECT)]


def count(
    sku: str, at: datetime, warehouse: str = CLOUD, counter: str = "cloud", **more: Any
) -> StockCounted:
    told = counted(10, at, warehouse, counter)
    return told.model_copy(update={"sku": sku, "event_id": f"{sku}|{told.event_id}", **more})


def test_more_than_three_intervals_without_a_count_are_one_anomaly_of_the_warehouse_not_of_each_sku() -> None:
    house = House().hears(*(count(f"SKU-{n}", START) for n in range(5)))
    house.waits_until(after(3))
    assert house.anomalies == [], "exactly three times is not yet"
    house.waits_until(after(3, ms=1))
    assert house.anomalies == [("warehouse_silent", "")]
    assert len(house.found) == 1
    assert house.account("SKU-3", after(4)).places[0].silent, "each of its SKUs says that its count aged"
    assert house.waits_until(after(9)).waits_until(after(99)).found == house.found, "said once"


def test_it_ends_when_the_warehouse_counts_anything_and_no_account_of_a_sku_can_undo_that() -> None:
    house = House().hears(count("GONE", START), count("SKU-1", START)).waits_until(after(4))
    house.hears(count("SKU-1", after(5)))
    assert house.anomalies == [("warehouse_silent", "cleared")]
    house.waits_until(after(6))
    assert house.account("GONE", after(6)).places[0].silent, "nobody counts it any more"
    assert house.account("SKU-1", after(6)).places[0].silent is False
    assert house.anomalies == [("warehouse_silent", "cleared")]


def test_a_sku_that_is_no_longer_counted_tells_nothing_about_its_warehouse() -> None:
    house = House().hears(count("GONE", START))
    for hour in range(1, 9):
        house.hears(count("SKU-1", after(hour))).waits_until(after(hour))
    assert house.account("GONE", after(8)).places[0].silent
    assert house.found == []


def test_a_count_by_the_ledger_or_of_another_warehouse_is_not_its_word() -> None:
    house = House().hears(count("SKU-1", START)).waits_until(after(4))
    house.hears(count("SKU-1", after(5), counter="ledger"), count("SKU-1", after(5), "cloud-2"))
    assert house.anomalies == [("warehouse_silent", "")]
    assert "warehouse:cloud-2" not in house.kept


def test_it_spoke_when_its_count_came_in_however_old_the_count_was() -> None:
    house = House().hears(count("SKU-1", START, observed_at=after(2))).waits_until(after(5))
    assert house.found == []
    assert house.waits_until(after(5, ms=1)).anomalies == [("warehouse_silent", "")]


def test_a_word_from_before_the_silence_withdraws_it_and_another_silence_is_another_anomaly() -> None:
    house = House().hears(count("SKU-1", START)).waits_until(after(6))
    house.hears(count("SKU-2", after(2)), at=after(6))
    assert house.anomalies == [("warehouse_silent", "withdrawn"), ("warehouse_silent", "")]
    house.hears(count("SKU-3", after(1)), at=after(6))
    assert len(house.found) == 3, "what is older than the last word changes nothing"
    assert [one.observed_at for one in house.found] == [
        after(3) + MOMENT, after(3) + MOMENT, after(5) + MOMENT
    ]  # fmt: skip


def test_who_declares_nothing_is_never_silent_and_who_withdraws_the_promise_no_longer_is() -> None:
    assert House(StockPolicy()).hears(count("SKU-1", START)).due.keys() == {"SKU-1"}
    house = House().hears(count("SKU-1", START)).waits_until(after(4))
    house.policy = StockPolicy()
    house.waits_until(after(8))
    assert house.anomalies == [("warehouse_silent", "cleared")]
    assert house.kept[SUBJECT] is None


def test_a_sku_that_is_called_like_a_warehouse_is_refused_and_so_is_the_reverse() -> None:
    house = House().hears(count("SKU-1", START))
    with pytest.raises(Undecidable, match="no SKU may be called so"):
        house.hears(count(SUBJECT, after(1)))
    house = House(StockPolicy()).hears(count(SUBJECT, START))
    assert isinstance(house.kept[SUBJECT], StockState)
    house.policy = SPEAKS
    with pytest.raises(Undecidable, match="no warehouse may be called so"):
        house.hears(count("SKU-1", after(1)))


@given(
    hours=st.lists(st.integers(0, 24), min_size=1, max_size=8),
    looks=st.lists(st.integers(0, 30), max_size=12),
    skus=st.lists(st.sampled_from(["A", "B", "C"]), min_size=8, max_size=8),
)
def test_whoever_counts_and_however_often_the_clock_is_looked_at_the_story_is_the_same(
    hours: list[int], looks: list[int], skus: list[str]
) -> None:
    """Words come in order; silence is where more than three hours lie between two of them."""
    told, house = sorted(set(hours)), House()
    for hour in range(31):
        if hour in told:
            house.hears(count(skus[told.index(hour)], after(hour)))
        if hour in looks or hour == 30:
            house.waits_until(after(hour, ms=1))
    expected = [(a, b) for a, b in zip(told, [*told[1:], 99], strict=True) if b - a > 3]
    seen = [one.observed_at for one in house.found if isinstance(one, ConditionSeen)]
    assert seen == [after(a + 3) + MOMENT for a, _ in expected]
    assert house.anomalies == [("warehouse_silent", "" if b == 99 else "cleared") for _, b in expected]


@pytest.mark.parametrize("counter", ["ledger", None])
def test_a_count_stays_aged_until_the_warehouse_itself_counts_the_sku(counter: str | None) -> None:
    """Else stock of a silent warehouse could be sold although the policy holds it back."""
    policy = StockPolicy(defaults=Thresholds(hold_back_silent=True), speaks_every_ms={CLOUD: HOUR_MS})
    house = House(policy).hears(count("SKU-1", START), count("SKU-1", START, counter="ledger"))
    other = moved(-1, after(2), "M1", CLOUD).model_copy(update={"sku": "SKU-1"})
    house.hears(other if counter is None else count("SKU-1", after(2), counter=counter))
    house.waits_until(after(4))
    (place,) = house.account("SKU-1", after(4)).places
    assert (place.silent, place.held_back) == (True, True)
    assert house.account("SKU-1", after(4)).on_hand is None, "nothing else is known of it"
    house.hears(moved(-1, after(5), "M2", CLOUD).model_copy(update={"sku": "SKU-1"}))
    assert house.account("SKU-1", after(5)).places[0].silent
    house.hears(count("SKU-1", after(6)))
    assert house.account("SKU-1", after(6)).places[0].silent is False
