"""The simulated day: what is told agrees with the answer sheet, checked without any judging code."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise

import pytest

from pipeline.cli.simulated_records import placed
from pipeline.domain.adapters import Unreadable
from pipeline.rules.adapters import shipped_adapters
from pipeline.simulator.catalogue import DAY_MS, HOUR_MS, MINUTE_MS
from pipeline.simulator.day import Day, plan_day
from pipeline.simulator.faults import SHARES
from pipeline.simulator.feed import RawEvent, raw_events
from pipeline.simulator.sheet import Sheet, answer_sheet
from schemas.base import Event
from schemas.inventory import SkuOrdered, StockCounted, StockMoved
from schemas.logistics import WaybillLinked, WaybillTracked
from schemas.order import OrderReported, RefundReported
from schemas.raw import RawHeaders
from schemas.topics import RAW_CLOCK
from schemas.vocabulary import Phase, Reporter

START = datetime(2026, 3, 1, 16, tzinfo=UTC)
ORDERS = 700
SEEDS = (1, 2)
ADAPTERS = shipped_adapters()

SHIPPING = {
    Phase.UNPAID: 0,
    Phase.TO_SHIP: 0,
    Phase.HOLD: 0,
    Phase.PART_SHIPPED: 1,
    Phase.SHIPPED: 1,
    Phase.SIGNED: 2,
    Phase.FINISHED: 2,
    Phase.CLOSED: 9,
}


@cache
def told(seed: int) -> tuple[RawEvent, ...]:
    return tuple(raw_events(seed, ORDERS, START))


@cache
def planned(seed: int) -> tuple[Day, Sheet]:
    day = plan_day(seed, ORDERS, START)
    return day, answer_sheet(day)


@cache
def facts(seed: int) -> tuple[Event, ...]:
    return tuple(_facts(told(seed)))


def _facts(events: tuple[RawEvent, ...]) -> Iterator[Event]:
    """What the adapters make of it: pushes through the gateway's door, pages as they are pulled."""
    for event in events:
        record = placed(event).record
        headers = RawHeaders.from_headers(record.headers)
        try:
            understood = ADAPTERS[headers.source].read(record.value or b"", headers)
        except Unreadable:
            assert event.key.startswith(b"POISON")
        else:
            assert not understood.refused
            assert not event.key.startswith(b"POISON")
            yield from understood.facts


@cache
def tracks(seed: int) -> dict[str, list[WaybillTracked]]:
    """Return the tracks of each order, joined by what the warehouse said is in which parcel."""
    orders = {f.waybill: f.order_id for f in facts(seed) if isinstance(f, WaybillLinked)}
    found: dict[str, list[WaybillTracked]] = defaultdict(list)
    for fact in facts(seed):
        if isinstance(fact, WaybillTracked):
            found[orders[fact.waybill]].append(fact)
    return found


def reports(seed: int) -> dict[str, list[OrderReported]]:
    """Return what was said of each order, each thing once, by the source's own time."""
    found: dict[str, dict[str, OrderReported]] = defaultdict(dict)
    for fact in facts(seed):
        if isinstance(fact, OrderReported):
            found[fact.order_id].setdefault(fact.event_id, fact)
    return {order: sorted(said.values(), key=lambda fact: fact.occurred_at) for order, said in found.items()}


def ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not() -> None:
    again = tuple(raw_events(1, ORDERS, START))
    assert again == told(1)
    assert {event.key for event in told(1)} & {event.key for event in told(2)} <= {
        key for key in (event.key for event in told(1)) if key.startswith(b"SKU") or len(key) == 1
    }


def test_events_come_in_the_order_of_arrival_and_some_come_twice() -> None:
    events = told(1)
    assert all(a.at <= b.at for a, b in pairwise(events))
    data = [event for event in events if event.partition is None]
    again = len(data) - len({(event.topic, event.key, event.value) for event in data})
    assert 0.005 < again / len(data) < 0.02


def test_the_clock_ticks_on_every_partition_until_every_deadline_has_passed() -> None:
    ticks = [event for event in told(1) if event.topic == RAW_CLOCK.name]
    assert Counter(event.partition for event in ticks).keys() == {0, 1, 2, 3}
    assert len(set(Counter(event.partition for event in ticks).values())) == 1
    last = max(event.at for event in told(1) if event.topic != RAW_CLOCK.name)
    owed = max(order.deadline or 0 for order in planned(1)[0].all_orders())
    assert ticks[-1].at > max(last, owed) + 48 * HOUR_MS


@pytest.mark.parametrize("seed", SEEDS)
def test_promises_told_are_the_promises_on_the_sheet(seed: int) -> None:
    assert {
        order: _verdict(said, tracks(seed)[order])
        for order, said in reports(seed).items()
        if not order.endswith("-none")
    } == planned(seed)[1].verdicts


def _verdict(said: list[OrderReported], tracked: list[WaybillTracked]) -> str:
    """A plain reading of domain.md sections 1 and 14, apart from both the plan and the hub."""
    words = [fact for fact in said if fact.reporter is Reporter.PLATFORM and fact.phase is not Phase.UNKNOWN]
    closed = next((ms(fact.occurred_at) for fact in words if fact.phase is Phase.CLOSED), None)
    owed = []
    left: dict[str, int] = {}
    units: dict[str, int] = {}
    for fact in said:
        if fact.reporter is Reporter.WMS and fact.outbound_at is not None:
            left[fact.line], units[fact.line] = ms(fact.outbound_at), fact.units or 0
    complete = max(left.values()) if sum(units.values()) == words[0].units else None
    ship = _ship_deadline(words)
    if ship is not None:
        owed.append((ship, complete))
    sign = next((ms(fact.promised_sign_at) for fact in words if fact.promised_sign_at), None)
    if sign is not None:
        signed = {fact.waybill: ms(fact.signed_at) for fact in tracked if fact.signed_at is not None}
        owed.append((sign, max(signed.values()) if signed and signed.keys() == left.keys() else None))
    live = [(due, done) for due, done in owed if not (done is None and closed is not None and closed <= due)]
    if not live:
        return "none"
    return "kept" if all(done is not None and done <= due for due, done in live) else "broken"


def _ship_deadline(words: list[OrderReported]) -> int | None:
    due = None
    for fact in words:
        if fact.promised_ship_at is not None and (due is None or ms(fact.occurred_at) <= due):
            due = ms(fact.promised_ship_at)
    if due is not None or not words[0].policy_promise:
        return due
    paid = next((ms(fact.paid_at) for fact in words if fact.paid_at), None)
    held = [number for number, fact in enumerate(words) if fact.phase is Phase.HOLD]
    begins = ms(words[held[-1] + 1].occurred_at) if held else paid
    return None if begins is None else begins + 48 * HOUR_MS


@pytest.mark.parametrize("seed", SEEDS)
def test_only_planted_orders_contradict_for_longer_than_300_seconds(seed: int) -> None:
    sheet = planned(seed)[1]
    longest = {order: _longest_difference_ms(said) for order, said in reports(seed).items()}
    assert {order for order, ms_ in longest.items() if ms_ > 300_000} == sheet.subjects("conflict")
    near = {order for order, ms_ in longest.items() if 200_000 < ms_ <= 300_000}
    assert near == sheet.subjects("conflict_near_miss")


def _longest_difference_ms(said: list[OrderReported]) -> int:
    """How long ERP, WMS (which never says signed) and CS differ; to the end if they never agree again."""
    words: dict[Reporter, int] = {}
    parcels: dict[str, int] = {}
    since, longest = None, 0
    for fact in said:
        now = ms(fact.occurred_at)
        if fact.reporter is Reporter.WMS and fact.phase is not None:
            parcels[fact.line] = SHIPPING[fact.phase]
            words[Reporter.WMS] = max(parcels.values())
        elif fact.reporter in (Reporter.ERP, Reporter.CS) and fact.phase is not None:
            words[fact.reporter] = SHIPPING[fact.phase]
        differs = _differ(words)
        if differs and since is None:
            since = now
        elif not differs and since is not None:
            longest, since = max(longest, now - since), None
    return longest if since is None else 99 * DAY_MS


def _differ(words: dict[Reporter, int]) -> bool:
    said = list(words.items())
    for number, (one, phase) in enumerate(said):
        for other, theirs in said[number + 1 :]:
            capped = Reporter.WMS in (one, other)
            pair = [min(p, 1) if capped and p == 2 else p for p in (phase, theirs)]
            if pair[0] != pair[1]:
                return True
    return False


@pytest.mark.parametrize("seed", SEEDS)
def test_cloud_counts_differ_from_the_ledger_only_where_planted(seed: int) -> None:
    sheet = planned(seed)[1]
    ledger: dict[tuple[str, str], tuple[int, int]] = {}
    moves: dict[tuple[str, str], dict[str, tuple[int, int]]] = defaultdict(dict)
    for fact in facts(seed):
        if isinstance(fact, StockMoved):
            moves[fact.sku, fact.warehouse][fact.movement_id] = (ms(fact.occurred_at), fact.units)
        elif isinstance(fact, StockCounted) and fact.counter == "ledger":
            ledger[fact.sku, fact.warehouse] = (ms(fact.occurred_at), fact.units)
    differing: dict[str, set[int]] = defaultdict(set)
    for fact in facts(seed):
        if isinstance(fact, StockCounted) and fact.counter == "cloud":
            pair, at = (fact.sku, fact.warehouse), ms(fact.occurred_at)
            began, units = ledger[pair]
            units += sum(moved for when, moved in moves[pair].values() if began < when <= at)
            if fact.units != units:
                differing["|".join(pair)].add(fact.units - units)
    wanted = {
        planted["subject"]: {planted["detail"]["deviation_units"]}
        for kind in ("stock_deviation", "stock_drift_small")
        for planted in sheet.kinds[kind]
    }
    assert differing == wanted
    assert {5, 6} <= {abs(next(iter(units))) for units in wanted.values()}


@pytest.mark.parametrize("seed", SEEDS)
def test_only_planted_articles_are_asked_for_beyond_their_stock(seed: int) -> None:
    sheet = planned(seed)[1]
    log: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    seen = set()
    for fact in facts(seed):
        if fact.event_id in seen:
            continue
        seen.add(fact.event_id)
        came = isinstance(fact, StockMoved) and fact.units > 0
        if came or (isinstance(fact, StockCounted) and fact.counter == "ledger"):
            log[fact.sku].append((ms(fact.occurred_at), fact.units, ""))
        elif isinstance(fact, SkuOrdered):  # reserved when placed; what leaves was reserved before
            log[fact.sku].append((ms(fact.occurred_at), -fact.units, fact.order_id))
    beyond = {}
    for sku, entries in log.items():
        left, orders = 0, []
        for _, units, order in sorted(entries, key=lambda entry: entry[0]):
            left += units
            if left < 0 and order:
                orders.append(order)
        if orders:
            beyond[sku] = orders
    assert beyond == {planted["subject"]: planted["detail"]["beyond"] for planted in sheet.kinds["oversell"]}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_app_lags_more_than_a_minute_only_where_planted(seed: int) -> None:
    lagging = set()
    for order, said in reports(seed).items():
        shown = [fact for fact in said if fact.reporter is Reporter.APP and fact.phase is Phase.SHIPPED]
        left = [fact.outbound_at for fact in said if fact.outbound_at is not None]
        if left and shown[0].occurred_at > min(left) and ms(shown[0].occurred_at) > ms(min(left)) + MINUTE_MS:
            lagging.add(order)
    assert lagging == planned(seed)[1].subjects("app_mismatch")


def test_every_refund_told_is_on_the_sheet_once_with_its_rule() -> None:
    sheet = planned(1)[1]
    asked = {fact.refund_id for fact in facts(1) if isinstance(fact, RefundReported)}
    kinds = [kind for kind in sheet.kinds if kind.startswith("refund_")]
    listed = Counter(subject for kind in kinds for subject in sheet.subjects(kind))
    assert asked == set(listed)
    assert set(listed.values()) == {1}
    assert len(kinds) == 7


def test_unknown_codes_and_poison_are_told_as_planted() -> None:
    sheet = planned(1)[1]
    unknown = {
        fact.order_id for fact in facts(1) if isinstance(fact, OrderReported) and fact.phase is Phase.UNKNOWN
    } | {order for order, told_ in tracks(1).items() if any(t.phase is Phase.UNKNOWN for t in told_)}
    assert unknown == sheet.subjects("unknown_code")
    poison = {event.key.decode() for event in told(1) if event.key.startswith(b"POISON")}
    assert poison == sheet.subjects("poison")


def test_every_kind_of_fault_is_planted() -> None:
    day, _ = planned(1)
    assert set(SHARES) == set(day.faults.values())
    assert len(day.faults) < 0.6 * ORDERS


def test_a_promise_kept_on_the_second_reaches_us_on_the_second() -> None:
    sheet = planned(1)[1]
    for planted in sheet.kinds["kept_on_the_second"]:
        detail = planted["detail"]
        assert detail["outbound"] == detail["deadline"]
        (first, *_) = [
            fact for fact in reports(1)[planted["subject"]] if fact.outbound_at is not None and fact.line
        ]
        assert ms(first.observed_at) == detail["deadline"]
        assert sheet.verdicts[planted["subject"]] == "kept"


def test_most_orders_of_the_evening_spike_come_from_the_live_stream() -> None:
    day = planned(1)[0]
    live = [order for order in day.all_orders() if day.curve.is_live(order.ordered - day.start_ms)]
    assert len(live) > 0.2 * ORDERS
    assert sum(order.front.source == "douyin" for order in live) > 0.75 * len(live)


def test_a_fraction_of_an_order_is_no_day() -> None:
    with pytest.raises(ValueError, match="1 to"):
        plan_day(1, 0, START)
    assert sum(answer_sheet(plan_day(1, 1, START)).promise.values()) == 1
