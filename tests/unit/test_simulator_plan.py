"""The simulated day: what is told agrees with the answer sheet, checked without any judging code."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from pydantic import TypeAdapter

from pipeline.cli.simulated_records import placed
from pipeline.domain.outcome import Undecidable
from pipeline.domain.raw_sources import RawReader
from pipeline.rules.adapters import shipped_adapters
from pipeline.simulator.answers import ANSWERS
from pipeline.simulator.catalogue import DAY_MS, HOUR_MS, MINUTE_MS
from pipeline.simulator.day import POISON_PAYLOADS, Day, plan_day
from pipeline.simulator.faults import SHARES
from pipeline.simulator.feed import RawEvent, raw_events
from pipeline.simulator.model import Order
from pipeline.simulator.refunds import RETURNS, refund_of
from pipeline.simulator.sheet import Sheet, answer_sheet
from pipeline.simulator.story import tell
from schemas.anomaly_life import Taken
from schemas.base import Event
from schemas.conflict import ConflictDecided
from schemas.instruction import Command
from schemas.inventory import StockCounted, StockMoved
from schemas.logistics import WaybillLinked, WaybillTracked
from schemas.order import OrderReported, RefundReported
from schemas.raw import RawHeaders
from schemas.refund import ConfirmationAnswered
from schemas.returns import QualityReportsTold, ReturnStep, StepConfirmed, StockTold, step_command_id
from schemas.topics import RAW_CLOCK
from schemas.vocabulary import Phase, Reporter

START = datetime(2026, 3, 1, 16, tzinfo=UTC)
ORDERS = 700
SEEDS = (1, 2)
READER = RawReader(shipped_adapters())
COMMAND: TypeAdapter[Any] = TypeAdapter(Command)  # the union that Command names

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
        try:
            reading = READER.read(record.value or b"", tuple(record.headers))
        except Undecidable:
            assert event.key.startswith(b"POISON")
        else:
            assert not reading.refused
            assert not event.key.startswith(b"POISON")
            yield from reading.facts


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
        elif isinstance(fact, OrderReported) and fact.ordered_at and fact.order_id not in seen:
            seen.add(fact.order_id)  # reserved when placed; what leaves was reserved before
            for sku, units in (fact.goods or {}).items():
                log[sku].append((ms(fact.ordered_at), -units, fact.order_id))
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
def test_the_app_differs_for_more_than_a_minute_only_where_planted(seed: int) -> None:
    """In whatever phase: the ordinary day lets the app follow every change within the grace."""
    day, sheet = planned(seed)
    said = reports(seed)
    longest = {order.order_id: _app_differs_ms(order, said[order.order_id]) for order in day.all_orders()}
    assert {order for order, ms_ in longest.items() if ms_ > MINUTE_MS} == sheet.subjects("app_mismatch")
    assert max(ms_ for ms_ in longest.values() if ms_ <= MINUTE_MS) > 45_000


def _app_differs_ms(order: Order, said: list[OrderReported]) -> int:
    """How long the app shows another phase than the plan has, from its first word on."""
    shown = [(ms(fact.occurred_at), SHIPPING[fact.phase]) for fact in said
             if fact.reporter is Reporter.APP and fact.phase is not None]  # fmt: skip
    happens = [(order.outbound, 1), (order.all_signed, 2), (order.closed, 9)]
    ours = [(at, phase) for at, phase in happens if at is not None]
    longest, since = 0, None
    for at in sorted({at for at, _ in (*shown, *ours) if at >= shown[0][0]}):
        app = max((when, phase) for when, phase in shown if when <= at)[1]
        back_end = max((phase for when, phase in ours if when <= at), default=0)
        if app == back_end and since is not None:
            longest, since = max(longest, at - since), None
        elif app != back_end and since is None:
            since = at
    return longest if since is None else 99 * DAY_MS


def test_every_refund_told_is_on_the_sheet_once_with_its_rule() -> None:
    sheet = planned(1)[1]
    asked = {fact.refund_id for fact in facts(1) if isinstance(fact, RefundReported)}
    kinds = [kind for kind in sheet.kinds if kind.startswith("refund_")]
    listed = Counter(subject for kind in kinds for subject in sheet.subjects(kind))
    assert asked == set(listed)
    assert set(listed.values()) == {1}
    assert len(kinds) == 7


@pytest.mark.parametrize("seed", SEEDS)
def test_only_a_planted_return_sends_goods_back(seed: int) -> None:
    returned = {
        fact.refund_id for fact in facts(seed) if isinstance(fact, RefundReported) and fact.returns_goods
    }
    assert returned == planned(seed)[1].subjects("return_request")


@pytest.mark.parametrize("seed", SEEDS)
def test_every_platform_but_jd_says_that_a_gift_is_in_an_order(seed: int) -> None:
    orders = {order.order_id: order for order in planned(seed)[0].all_orders()}
    for order_id, said in reports(seed).items():
        words = {fact.has_gift for fact in said if fact.reporter is Reporter.PLATFORM}
        order = orders[order_id]
        expected = None if order.front.source == "jd" else any(line.gift for line in order.lines)
        assert {bool(word) for word in words} == {bool(expected)}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_second_confirmation_is_planted_only_where_the_gift_is_told(seed: int) -> None:
    day = planned(seed)[0]
    asked = [order for order in day.all_orders() if order.fault.startswith("refund_cs_")]
    assert {order.fault for order in asked} == {"refund_cs_confirm", "refund_cs_yes", "refund_cs_no"}
    assert not [order for order in asked if order.front.source == "jd"]


def of_kind(seed: int, kind: type[Event]) -> list[Any]:  # events of that kind
    """Return what was told of one kind, each thing once, as it was first told."""
    found = {fact.event_id: fact for fact in reversed(facts(seed)) if isinstance(fact, kind)}
    return list(reversed(found.values()))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_planned_answer_is_given_to_the_version_that_was_asked_about(seed: int) -> None:
    day, sheet = planned(seed)
    versions = {fact.refund_id: fact.version for fact in of_kind(seed, RefundReported)}
    answers = {fact.refund_id: fact for fact in of_kind(seed, ConfirmationAnswered)}
    expected = {f"R{o.order_id}": o.fault for o in day.all_orders() if o.fault in ANSWERS}
    assert answers.keys() == expected.keys()
    assert {answer.answer for answer in answers.values()} == {"yes", "no"}
    for refund_id, answer in answers.items():
        assert answer.refund_version == versions[refund_id]
        assert answer.answer == ANSWERS[expected[refund_id]]
        rule = "refund_finance" if answer.answer == "yes" else "refund_not_refundable"
        assert refund_id in sheet.subjects(rule)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_supervisor_decides_an_hour_after_the_lock_and_the_erp_then_follows(seed: int) -> None:
    sheet = planned(seed)[1]
    decided = {fact.order_id: fact for fact in of_kind(seed, ConflictDecided)}
    assert decided.keys() == sheet.subjects("conflict_decided")
    assert decided.keys() < sheet.subjects("conflict")
    for order_id, decision in decided.items():
        said = reports(seed)[order_id]
        left = min(fact.outbound_at for fact in said if fact.outbound_at is not None)
        assert decision.occurred_at - left == timedelta(seconds=300, hours=1)
        erp = [fact for fact in said if fact.reporter is Reporter.ERP and SHIPPING[fact.phase or Phase.HOLD]]
        assert erp[0].occurred_at > decision.occurred_at


def test_every_return_has_its_steps_confirmed_but_for_the_one_that_is_planted() -> None:
    """Of a larger day, so that each step is lacking somewhere; only its returns are told."""
    day = plan_day(1, 6_000, START)
    sheet = answer_sheet(day)
    over: dict[str, set[ReturnStep]] = {}
    for number, fault in day.faults.items():
        if fault in RETURNS:
            order, rng = day.planned(number)
            asked = refund_of(order)
            assert asked is not None
            said = [COMMAND.validate_json(s.document) for s in tell(rng, order) if s.source == "command"]
            over[asked.refund_id] = _steps_over(said, asked.at)
    assert over.keys() == sheet.subjects("return_request")
    lacking = {f"{refund}|{step}" for refund, steps in over.items() for step in set(ReturnStep) - steps}
    assert lacking == sheet.subjects("return_step_handed_over")
    assert {one.split("|")[1] for one in lacking} == set(ReturnStep)
    assert {refund for refund, steps in over.items() if len(steps) == 4} == sheet.subjects("return_done")


def _steps_over(said: list[Any], asked_ms: int) -> set[ReturnStep]:  # events about one return
    """The steps that are confirmed, and the one for which there is nothing to do."""
    over = set()
    for one in said:
        match one:
            case StepConfirmed():
                assert one.command_id == step_command_id(one.order_id, one.refund_id, one.step)
                over.add(one.step)
            case StockTold() if not any(level.units < level.safety_units for level in one.levels):
                over.add(ReturnStep.NOTIFY_RESTOCK)
            case QualityReportsTold():
                ages = [asked_ms - ms(report.reported_at) for report in one.reports]
                assert any(age <= 30 * DAY_MS for age in ages)
                assert any(age > 30 * DAY_MS for age in ages)
    return over


@pytest.mark.parametrize("seed", SEEDS)
def test_a_person_takes_some_promises_that_were_never_kept(seed: int) -> None:
    sheet = planned(seed)[1]
    assert {fact.subject for fact in of_kind(seed, Taken)} == {f"order:{o}" for o in sheet.subjects("taken")}
    assert sheet.subjects("taken") <= sheet.subjects("never_shipped")


def test_what_is_commanded_comes_by_its_own_topic_and_after_what_it_answers() -> None:
    commands = [event for event in told(1) if event.headers.source == "command"]
    assert {event.topic for event in commands} == {"raw.command.v1"}
    first = {
        fact.refund_id: fact.observed_at for fact in reversed(facts(1)) if isinstance(fact, RefundReported)
    }
    for answer in of_kind(1, ConfirmationAnswered) + of_kind(1, StepConfirmed):
        assert answer.observed_at > first[answer.refund_id]


def test_unknown_codes_and_poison_are_told_as_planted() -> None:
    sheet = planned(1)[1]
    unknown = {
        fact.order_id for fact in facts(1) if isinstance(fact, OrderReported) and fact.phase is Phase.UNKNOWN
    } | {order for order, told_ in tracks(1).items() if any(t.phase is Phase.UNKNOWN for t in told_)}
    assert unknown == sheet.subjects("unknown_code")
    poison = {event.key.decode() for event in told(1) if event.key.startswith(b"POISON")}
    assert poison == sheet.subjects("poison")


@pytest.mark.parametrize(("source", "api", "document"), [payload[:3] for payload in POISON_PAYLOADS])
def test_no_planted_poison_can_be_read(source: str, api: str, document: bytes) -> None:
    headers = RawHeaders(source, "", MINUTE_MS, "poison", api=api).to_headers()
    with pytest.raises(Undecidable):
        READER.read(document, tuple(headers))


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
