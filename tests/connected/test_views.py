"""The views of anomalies, locks, refunds, returns, credibility and the self-check, on the real store."""

import hashlib
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from pipeline.domain.milestones import RANK
from pipeline.domain.self_heal import as_ended, self_heal
from schemas.anomaly import AnomalyEnded, AnomalyOpened
from schemas.anomaly_life import AnomalyCorrected, AnomalyStanding, ConditionSeen, HandedOver
from schemas.order import ParcelReported, TicketReported
from schemas.promise import OrderPhaseChanged
from schemas.vocabulary import Phase, Reporter
from tests.builders import ORDER, order_fact, parcel_left, platform_says
from tests.connected.life_rows import (
    became,
    locked,
    refund,
    refund_affirmed,
    refund_doubt,
    return_told,
    shown,
    standing,
    standings,
    to_review,
    unlocked,
)
from tests.connected.shelf import HOUR, MS, NOW, Shelf, account, clock, head
from tests.one_case import Case

pytestmark = pytest.mark.connected

LENGTHS_MS = {"1h": 3_600_000, "24h": 86_400_000, "7d": 604_800_000, "30d": 2_592_000_000, "all": 10**15}


def told(what: type[Any], name: str, n: int, **more: Any) -> Any:
    base = head(f"{what.__name__} {name} {n}", anomaly_id=name, kind="stalled", subject="order:A")
    return what.model_validate(base | more)


def test_an_anomaly_stands_as_its_subject_says_with_what_was_announced_of_it(shelf: Shelf) -> None:
    shelf.put(
        told(AnomalyOpened, "one", 1, severity="warning", evidence={"waybill": "W"}),
        told(AnomalyEnded, "one", 2, end="healed", because="scanned"),
        told(AnomalyCorrected, "one", 3, end="withdrawn", corrects="healed", because="told late"),
        told(HandedOver, "two", 4, because="attempts_used_up", attempts=3),
        told(AnomalyOpened, "gone", 5, severity="warning", evidence={}),
        standings("order:A", standing("one"), standing("gone")),
        standings(
            "order:A",
            standing(
                "one", end="withdrawn", ended_at=NOW + HOUR, sightings=4, taken_by="li", handed_by="mei"
            ),
            standing("two", attempts=3),
        ),
        standings("refund:B|2|x", standing("three", kind="refund_mismatch")),
        standings("sku:K", standing("four", kind="oversell")),
    )
    rows = {row["anomaly_id"]: row for row in shelf.reader.query("SELECT * FROM v_anomalies")}
    assert rows.keys() == {"one", "two", "three", "four"}, "what was told otherwise is gone"
    one, two = rows["one"], rows["two"]
    assert (one["end"], one["because"], one["is_open"]) == ("withdrawn", "told late", False)
    assert (one["evidence"], one["sightings"], one["taken_by"]) == ({"waybill": "W"}, 4, "li")
    assert [rows[name]["handed_by"] for name in ("one", "two")] == ["mei", ""]
    shelf.reader.query(
        "INSERT INTO anomalies_current SELECT * REPLACE ([] AS handed_by, source_offset + 1 AS source_offset)"
        " FROM anomalies_current FINAL"
    )
    old = shelf.reader.query("SELECT anomaly_id, taken_by, handed_by FROM v_anomalies WHERE taken_by != ''")
    assert old == [{"anomaly_id": "one", "taken_by": "li", "handed_by": ""}], "as rows of before the column"
    assert (one["ended_at"], one["opened_at"], one["handed_over_at"]) == (NOW + HOUR, NOW, None)
    assert (two["is_open"], two["end"], two["because"], two["handed_over_at"]) == (True, "", "", NOW)
    assert (two["attempts"], two["heal_deadline_at"], two["ended_at"]) == (3, NOW + 2 * HOUR, None)
    assert [rows[name]["order_id"] for name in ("one", "three", "four")] == ["A", "B", ""]


def random_standing(random: Random, number: int) -> AnomalyStanding:
    """Instants lie on, just before and just after the limits of the windows and the clock."""
    limits = [NOW, NOW - HOUR, NOW - 24 * HOUR, NOW - 7 * 24 * HOUR, NOW - 30 * 24 * HOUR]

    def instant() -> datetime:
        return random.choice(limits) + random.choice((-MS, timedelta(0), MS, -5 * HOUR))

    detected, end = instant(), random.choice(["", "healed", "resolved", "failed", "cleared", "withdrawn"])
    deadline = random.choice([detected + 2 * HOUR, instant()])
    more: dict[str, Any] = {"end": end, "ended_at": instant()} if end else {}
    return standing(f"{number}", detected, heal_deadline_at=deadline, **more)


def test_the_self_heal_rate_is_the_pure_function_on_random_anomalies(shelf: Shelf) -> None:
    random = Random(20261111)
    anomalies = [random_standing(random, number) for number in range(600)]
    east, west = anomalies[:400], anomalies[400:]
    shelf.put(
        clock(NOW),
        account("A", "open"),
        account("B", "open", shop="west"),
        standings("order:A", *east),
        standings("order:B", *west[:100]),
        standings("code:jd|status|MOON", *west[100:]),
    )
    query = "SELECT window, shop, healed, anomalies, self_heal FROM v_csdi"
    found = {(row["window"], row["shop"]): row for row in shelf.reader.query(query)}
    for shop, those in {"": anomalies, "east": east, "west": west[:100]}.items():
        for window, length_ms in LENGTHS_MS.items():
            expected = self_heal(map(as_ended, those), _ms(NOW), length_ms)
            row = found[window, shop]
            assert (row["healed"], row["anomalies"]) == expected, (window, shop)
            assert row["self_heal"] == (None if expected.rate is None else pytest.approx(expected.rate))


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def test_an_open_anomaly_counts_after_its_heal_deadline_and_a_withdrawn_one_never(shelf: Shelf) -> None:
    long_ago = NOW - 5 * HOUR
    shelf.put(
        clock(NOW),
        standings(
            "order:A",
            standing("on the instant", long_ago, heal_deadline_at=NOW),
            standing("withdrawn", long_ago, heal_deadline_at=NOW - MS, end="withdrawn", ended_at=NOW - MS),
            standing("cleared", long_ago, heal_deadline_at=NOW - MS, end="cleared", ended_at=NOW - MS),
        ),
    )
    query = "SELECT healed, anomalies, self_heal FROM v_csdi WHERE window = '24h' AND shop = ''"
    assert shelf.one(query) == {"healed": 0, "anomalies": 0, "self_heal": None}, "no data, not zero"
    shelf.put(clock(NOW + MS))
    assert shelf.one(query) == {"healed": 0, "anomalies": 1, "self_heal": 0.0}


def place(order_id: str, hour: datetime) -> int:
    name = f"{order_id}|{hour:%Y-%m-%dT%HZ}"
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")


def test_the_hourly_sample_is_the_one_that_anybody_can_recompute(shelf: Shelf) -> None:
    orders = {f"order {n}": n % 7 != 0 for n in range(450)}
    early = NOW - 2 * HOUR + MS
    for name, honest in orders.items():
        shop = "west" if name.endswith("3") else "east"
        shelf.events += [
            shown(name, "to_ship" if honest else "shipped", early, shop=shop),
            became(name, "not_shipped", early, shop),
        ]
    shelf.put(clock(NOW + 30 * MS), *shelf.taken_events())
    shelf.compare_phases()
    for hour in (NOW - HOUR, NOW):
        sample = sorted(orders, key=lambda name: place(name, hour))[:200]
        row = shelf.one(f"SELECT * FROM v_credibility WHERE shop = '' AND hour_at = '{hour:%F %T}'")
        assert (row["sampled"], row["sampled_equal"]) == (200, sum(orders[name] for name in sample))
        assert (row["compared"], row["compared_equal"]) == (450, sum(orders.values()))
        assert row["credibility"] == pytest.approx(row["sampled_equal"] / 200)
        west = shelf.one(f"SELECT * FROM v_credibility WHERE shop = 'west' AND hour_at = '{hour:%F %T}'")
        of_west = [name for name in sample if name.endswith("3")]
        assert (west["sampled"], west["compared"]) == (len(of_west), 45)
        assert west["sampled_equal"] == sum(orders[name] for name in of_west)
    csdi = shelf.one(
        "SELECT sampled, sampled_equal, credibility FROM v_csdi WHERE window = '24h' AND shop = ''"
    )
    assert csdi["sampled"] == 400
    assert csdi["credibility"] == pytest.approx(csdi["sampled_equal"] / 400)
    places = shelf.reader.query("SELECT hour_at, order_id, place FROM v_credibility_orders")
    assert all(row["place"] == place(row["order_id"], row["hour_at"]) for row in places)
    assert len(places) == 900


def compared(shelf: Shelf, hour: datetime = NOW) -> dict[str, bool]:
    query = f"SELECT order_id, equal FROM v_credibility_orders WHERE hour_at = '{hour:%F %T}'"
    return {row["order_id"]: row["equal"] for row in shelf.reader.query(query)}


def test_the_app_may_show_for_sixty_seconds_what_was_true_before(shelf: Shelf) -> None:
    minute = timedelta(seconds=60)
    for name, shipped_at in {
        "a minute ago": NOW - minute,
        "less": NOW - minute + MS,
        "not yet": NOW + MS,
    }.items():
        shelf.events += [
            became(name, "not_shipped", NOW - 5 * HOUR),
            became(name, "shipped", shipped_at),
            shown(name, "to_ship", NOW - 5 * HOUR),
        ]
    shelf.put(
        clock(NOW),
        *shelf.taken_events(),
        became("ahead", "not_shipped", NOW - HOUR),
        shown("ahead", "shipped", NOW),
        became("only we", "not_shipped", NOW - HOUR),
        shown("only the app", "shipped", NOW - HOUR),
        became("app unknown", "not_shipped", NOW - HOUR),
        shown("app unknown", "unknown", NOW - HOUR),
        became("just begun", "not_shipped", NOW + MS),
        shown("just begun", "to_ship", NOW + MS),
        # The hub tells no phase of an order that has not left: its first word is that it left.
        became("first left", "shipped", NOW - minute + MS),
        shown("first left", "to_ship", NOW - HOUR),
        became("left long ago", "shipped", NOW - minute),
        shown("left long ago", "to_ship", NOW - HOUR),
    )
    assert compared(shelf) == {
        "a minute ago": False,
        "less": True,
        "not yet": True,
        "ahead": False,
        "first left": True,
        "left long ago": False,
    }


def test_an_order_that_has_not_left_is_compared_when_somebody_spoke_whose_word_moves_our_phase(
    shelf: Shelf,
) -> None:
    early, placed = NOW - 5 * HOUR, NOW - 4 * HOUR
    case = Case(now=early)
    bystanders = [
        order_fact(Reporter.APP, early, phase=Phase.SIGNED),
        order_fact(Reporter.ERP, early, phase=Phase.TO_SHIP),
        order_fact(Reporter.CS, early, phase=Phase.TO_SHIP),
    ]
    case.hears(*bystanders)
    shelf.put(clock(NOW), *bystanders, case.account, *case.events)
    assert compared(shelf) == {}
    packing = order_fact(Reporter.WMS, early, phase=Phase.TO_SHIP)
    case.hears(packing)
    shelf.put(packing, case.account)
    assert compared(shelf, early) == {ORDER: False}, "nobody told when it was placed"
    bought = platform_says(said=placed, ordered_at=placed, paid_at=placed)
    case.hears(bought).waits_until(NOW)
    assert case.all(OrderPhaseChanged) == [], "the hub tells no phase of an order that has not left"
    assert [seen.kind for seen in case.all(ConditionSeen)] == ["credibility_mismatch"]
    shelf.put(bought, case.account, *case.events)
    assert compared(shelf, early) == {}, "it was not placed yet"
    assert compared(shelf, placed) == compared(shelf) == {ORDER: False}
    shelf.compare_phases()
    query = "SELECT sampled, credibility FROM v_csdi WHERE window = '24h' AND shop = ''"
    assert shelf.one(query) == {"sampled": 5, "credibility": 0.0}
    gone = parcel_left(NOW - HOUR)
    case.hears(gone)
    shelf.put(gone, case.account, *case.events)
    query = f"SELECT hour_at, phase FROM v_credibility_orders WHERE order_id = '{ORDER}' ORDER BY hour_at"
    told = [row["phase"] for row in shelf.reader.query(query)]
    assert told == ["not_shipped"] * 3 + ["shipped"] * 2, "the hours before it left stay compared"


def test_late_words_correct_a_past_hour_and_older_ones_do_not_count(shelf: Shelf) -> None:
    shelf.put(
        clock(NOW),
        became("A", "not_shipped", NOW - 5 * HOUR),
        became("A", "shipped", NOW - 3 * HOUR),
        shown("A", "to_ship", NOW - 4 * HOUR, version=7),
        shown("A", "shipped", NOW - 4 * HOUR, version=6),
    )
    assert compared(shelf) == {"A": False}
    shelf.put(became("A", "not_shipped", NOW - 5 * HOUR + MS))
    assert compared(shelf) == {"A": True}, "the phase that was decided last stands from its own instant on"


def test_the_words_of_the_app_are_ranked_as_everybodys(shelf: Shelf) -> None:
    for phase, rank in RANK.items():
        shelf.events += [became(phase, rank, NOW - HOUR), shown(phase, phase, NOW - HOUR)]
    shelf.put(clock(NOW), *shelf.taken_events())
    assert compared(shelf) == dict.fromkeys(RANK, True)
    rows = shelf.reader.query("SELECT order_id, app_phase FROM v_credibility_orders")
    assert {row["order_id"]: row["app_phase"] for row in rows} == RANK
    assert RANK.keys() == set(Phase) - {Phase.UNKNOWN}


def test_what_is_over_is_compared_until_a_day_of_silence(shelf: Shelf) -> None:
    for name, ended_at in {"a day ago": NOW - 24 * HOUR, "less": NOW - 24 * HOUR + MS}.items():
        shelf.events += [became(name, "signed", ended_at), shown(name, "closed", ended_at)]
    shelf.put(
        clock(NOW),
        *shelf.taken_events(),
        became("not over for the app", "signed", NOW - 90 * HOUR),
        shown("not over for the app", "shipped", NOW - 90 * HOUR),
    )
    assert compared(shelf) == {"less": False, "not over for the app": False}


def test_stored_hours_follow_the_clock_and_late_words(shelf: Shelf) -> None:
    shelf.compare_phases()
    assert shelf.reader.query("SELECT * FROM v_credibility") == [], "nobody spoke yet"
    before = NOW - 60 * HOUR - timedelta(seconds=60)
    shelf.put(clock(NOW), became("A", "shipped", before), shown("A", "to_ship", before))
    for _ in range(2):
        shelf.compare_phases()
    counts = "count() AS hours, sum(compared) AS n, sum(compared_equal) AS same"
    query = f"SELECT {counts} FROM v_credibility WHERE shop = ''"
    assert shelf.one(query) == {"hours": 62, "n": 61, "same": 0}
    shelf.put(became("A", "not_shipped", NOW - 60 * HOUR + MS))
    shelf.compare_phases()
    assert shelf.one(query)["same"] == 2, "the two newest hours at once"
    shelf.put(clock(NOW + HOUR))
    shelf.compare_phases()
    assert shelf.one(query) == {"hours": 63, "n": 62, "same": 24}, "a day of them with the next hour"


def test_an_order_is_locked_while_one_of_its_conflicts_stands(shelf: Shelf) -> None:
    shelf.put(
        locked("A", "first"),
        unlocked("A", "first"),
        locked("A", "second", NOW + HOUR),
        unlocked("A", "first", "withdrawn"),
        locked("B", "third"),
        unlocked("B", "third"),
    )
    (row,) = shelf.reader.query("SELECT * FROM v_orders_locked")
    assert (row["order_id"], row["conflict_id"], row["locked_at"]) == ("A", "second", NOW + HOUR)
    assert [(one["reporter"], one["phase"], one["since_at"]) for one in row["evidence"]] == [
        ("erp", "shipped", NOW),
        ("wms", "signed", NOW),
    ]


def test_acts_stay_listed_until_a_later_report_makes_them_right(shelf: Shelf) -> None:
    shelf.put(
        to_review("1"),
        to_review("2"),
        to_review("2", end="withdrawn", because="it was broken after all"),
        *refund_doubt("r1"),
        *refund_doubt("r2"),
        refund_affirmed("r2"),
    )
    rows = shelf.reader.query("SELECT * FROM v_acts_to_review ORDER BY act")
    assert [(row["act"], row["act_id"], row["why"], row["done_at"], row["amount_fen"]) for row in rows] == [
        ("coupon", "coupon 1", "promise_not_broken", NOW - HOUR, None),
        ("refund", "r1", "refund_mismatch", NOW - HOUR, 500),
    ]
    assert (rows[1]["verdict"], rows[1]["facts"]) == ("manual", {"paid_fen": "1"})


def test_a_refund_shows_the_verdict_that_stands_and_when_it_was_settled(shelf: Shelf) -> None:
    shelf.put(
        refund("1", "hold", NOW),
        refund("1", "finance", NOW + 93 * 1000 * MS),
        refund("1", "not_refundable", NOW + HOUR, done=True),
        refund("2", "manual"),
    )
    one, two = shelf.reader.query("SELECT * FROM v_refunds ORDER BY refund_id")
    assert (one["verdict"], one["done"], one["decision_s"], one["by_hand"]) == (
        "not_refundable",
        True,
        7200,
        False,
    )
    assert one["settled_at"] == NOW + timedelta(seconds=93), "when the money could leave, not when it had"
    assert (two["verdict"], two["settled_at"], two["by_hand"], two["facts"]) == (
        "manual",
        None,
        True,
        {"a": "1"},
    )


def test_a_return_shows_the_state_of_each_step(shelf: Shelf) -> None:
    shelf.put(*return_told("r"))
    row = shelf.one("SELECT * FROM v_returns")
    assert row["begun_at"] == NOW
    assert row["freeze_commission"] == "confirmed", "confirmed after a person was asked"
    assert row["attach_quality_reports"] == "handed_over"
    assert row["push_return_address"] == "waiting"
    assert row["notify_restock"] == "commanded"
    assert row["settled_steps"] == 1
    assert row["handed_over"] == {"attach_quality_reports": "no_quality_reports_told"}
    assert row["attempts"] == {"freeze_commission": 1, "notify_restock": 2}


def test_the_timeline_of_an_order_holds_what_was_decided_and_commanded(shelf: Shelf) -> None:
    shelf.put(
        locked("A", "k"), to_review("1"), refund("f", "hold"), *refund_doubt("f"), *return_told("f")[:5]
    )
    rows = shelf.reader.query("SELECT what, detail, mapping FROM v_order_timeline WHERE order_id = 'A'")
    details = {row["what"]: row["detail"] for row in rows}
    assert details["act.to_review"] == "coupon coupon 1: promise_not_broken"
    assert details["refund.verified"] == "refund f, hold: why"
    assert details["refund.doubted"] == "refund f, would be manual"
    assert details["return.step_handed_over"] == "refund f, freeze_commission, unconfirmed"
    assert '"amount_fen":500' in details["refund.sent"]
    assert {"order.locked", "return.begun", "return.notify_restock"} <= details.keys()


def lights(shelf: Shelf) -> dict[str, str]:
    return {row["item"]: row["light"] for row in shelf.reader.query("SELECT item, light FROM v_self_check")}


def test_the_self_check_has_four_rows_and_no_data_in_an_empty_store(shelf: Shelf) -> None:
    items = ("inventory_sync", "tracking", "refunds", "exceptions")
    assert lights(shelf) == dict.fromkeys(items, "no_data")
    shelf.put(clock(NOW))
    assert lights(shelf) == dict.fromkeys(items, "no_data")


def scanned(order_id: str, at: datetime, signed_at: datetime | None = None) -> ParcelReported:
    base = head(
        f"parcel {order_id} {signed_at}", occurred_at=at, order_id=order_id, platform="jd", shop="east"
    )
    told_of = {"mapping": "k@1", "waybill": f"W {order_id}", "phase": "shipped", "first_scan_at": at}
    return ParcelReported.model_validate(base | told_of | {"signed_at": signed_at})


def test_an_app_behind_the_carrier_for_more_than_two_hours_is_lag(shelf: Shelf) -> None:
    for number in range(50):
        name = f"in time {number}"
        shelf.events += [scanned(name, NOW - 5 * HOUR), shown(name, "shipped", NOW - 5 * HOUR + 60_000 * MS)]
    shelf.put(clock(NOW), *shelf.taken_events())
    assert lights(shelf)["tracking"] == "healthy"
    shelf.put(scanned("two hours", NOW - 5 * HOUR), shown("two hours", "shipped", NOW - 3 * HOUR))
    assert lights(shelf)["tracking"] == "sub_healthy", "behind, but not for more than two hours"
    late = NOW - 3 * HOUR + 1000 * MS
    shelf.put(scanned("more", NOW - 5 * HOUR), shown("more", "shipped", late))
    assert lights(shelf)["tracking"] == "sub_healthy", "1 of 52 is less than 2 %"
    shelf.put(
        scanned("silent", NOW - 4 * HOUR, NOW - 3 * HOUR),
        shown("silent", "shipped", NOW - 4 * HOUR),
    )
    assert lights(shelf)["tracking"] == "danger", "2 of 53 are not"


def test_an_app_that_is_behind_counts_until_a_day_after_it_caught_up(shelf: Shelf) -> None:
    def figures() -> tuple[float, float, str]:
        row = shelf.one("SELECT figures, light FROM v_self_check WHERE item = 'tracking'")
        return row["figures"]["orders"], row["figures"]["orders_lagging_over_2h"], row["light"]

    day, early = 24 * HOUR, NOW - 31 * HOUR
    shelf.put(
        clock(NOW),
        scanned("in time", NOW - 5 * HOUR),
        shown("in time", "shipped", NOW - 5 * HOUR),
        scanned("in time, long ago", NOW - 30 * HOUR, NOW - 25 * HOUR),
        shown("in time, long ago", "signed", NOW - 25 * HOUR),
        scanned("a day ago", NOW - 30 * HOUR, NOW - 29 * HOUR),
        shown("a day ago", "signed", NOW - day),
    )
    assert figures() == (1, 0, "healthy")
    shelf.put(scanned("less", NOW - 30 * HOUR, NOW - 29 * HOUR), shown("less", "signed", NOW - day + MS))
    assert figures() == (2, 1, "danger"), "it was behind within the last day"
    shelf.put(scanned("unseen", NOW - 30 * HOUR), shown("unseen", "to_ship", early))
    assert figures() == (3, 2, "danger"), "the app still says that it did not leave"
    shelf.put(scanned("unsigned", NOW - 30 * HOUR, NOW - 25 * HOUR), shown("unsigned", "shipped", early))
    assert figures() == (4, 3, "danger"), "the app still says that it is under way"
    shelf.put(scanned("under way", NOW - 30 * HOUR), shown("under way", "shipped", NOW - 30 * HOUR))
    assert figures() == (4, 3, "danger"), "nothing is behind, and nothing happened"


def test_a_signed_order_that_was_not_received_is_danger(shelf: Shelf) -> None:
    shelf.put(
        clock(NOW),
        standings(
            "order:A", standing("lie", NOW - HOUR, kind="signed_not_received", end="withdrawn", ended_at=NOW)
        ),
    )
    assert lights(shelf)["tracking"] == "no_data", "withdrawn: it never was"
    shelf.put(standings("order:A", standing("lie", NOW - HOUR, kind="signed_not_received")))
    assert lights(shelf)["tracking"] == "danger"


def test_refunds_are_healthy_at_ninety_five_percent_within_two_hours(shelf: Shelf) -> None:
    asked = NOW - 5 * HOUR
    in_time = [refund(f"{n}", "finance", asked + 2 * HOUR, requested_at=asked) for n in range(19)]
    shelf.put(clock(NOW), *in_time, refund("late", "finance", asked + 2 * HOUR + MS, requested_at=asked))
    assert lights(shelf)["refunds"] == "healthy", "19 of 20"
    shelf.put(refund("pending", "pending", asked, requested_at=asked))
    assert lights(shelf)["refunds"] == "healthy", "it waits for the buyer, not for us"
    shelf.put(refund("waits", "hold", asked, requested_at=asked))
    assert lights(shelf)["refunds"] == "danger", "19 of 21, and 2 h on average"


def test_a_refund_compared_by_hand_is_sub_healthy_if_all_is_quick(shelf: Shelf) -> None:
    asked = NOW - HOUR
    quarter = 900_000 * MS
    by_hand = [
        refund("h", "manual", asked, requested_at=asked),
        refund("h", "finance", asked + quarter, requested_at=asked),
    ]
    shelf.put(clock(NOW), *by_hand)
    assert lights(shelf)["refunds"] == "sub_healthy", "15 minutes on average"
    shelf.put(refund("slow", "finance", asked + quarter + MS, requested_at=asked))
    assert lights(shelf)["refunds"] == "danger"


def complaint(order_id: str, at: datetime) -> TicketReported:
    base = head(f"ticket {order_id}", occurred_at=at, order_id=order_id, shop="east", ticket_id=order_id)
    return TicketReported.model_validate(
        base | {"mapping": "cs@1", "topic": "late", "complaint": True, "open": True}
    )


def test_four_of_five_exceptions_found_before_the_customer_complains_are_healthy(shelf: Shelf) -> None:
    found = [standings(f"order:{n}", standing(f"{n}", NOW - 2 * HOUR)) for n in range(4)]
    shelf.put(clock(NOW), *found, complaint("0", NOW - 2 * HOUR), complaint("9", NOW - HOUR))
    assert lights(shelf)["exceptions"] == "healthy"
    shelf.put(complaint("1", NOW - 2 * HOUR - MS))
    assert lights(shelf)["exceptions"] == "danger", "told by the customer before we noticed"
