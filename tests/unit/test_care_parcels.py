"""Parcels that nobody scans, parcels that stand still, and signatures that the customer does not know of."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pipeline.domain.care import CarePolicy
from pipeline.domain.care.business_days import DATES_MOST, BusinessDays
from pipeline.domain.care.state import TICKETS_MOST
from pipeline.domain.instants import EARLIEST_MS, LATEST_MS, from_ms, to_ms
from pipeline.domain.order_state import LINES_MOST
from pipeline.domain.outcome import Undecidable
from schemas.care import LateFirstScan, SignedNotReceived, Stalled
from schemas.order import OrderReported, ParcelReported, TicketReported
from schemas.vocabulary import Phase, TrackFlag
from tests.builders import START, after, order_fact, parcel_left, platform_says
from tests.caring import Care, account, carrier_says, scanned, ticket
from tests.one_order import ticked

MS = timedelta(milliseconds=1)
DAY = timedelta(days=1)
ZONE = ZoneInfo("Asia/Shanghai")


def left(hours: float = 0, waybill: str = "SF1") -> Care:
    return Care().hears(parcel_left(after(hours), waybill))


# Late first scan


def test_a_parcel_is_late_when_no_carrier_has_scanned_it_for_more_than_24_h() -> None:
    care = left().waits_until(after(24))
    assert care.told(LateFirstScan) == [], "exactly 24 h is not yet"
    care.waits_until(after(24, ms=1))
    alarm = care.last(LateFirstScan)
    assert (alarm.end, alarm.waybill, alarm.since_at, alarm.worst) == (None, "SF1", START, "SF1")


@pytest.mark.parametrize("ms", [0, 1])
def test_a_fact_on_the_very_millisecond_finds_the_same_as_the_clock(ms: int) -> None:
    assert left().hears(ticket(after(24, ms=ms))).told(LateFirstScan) == ["opened"] * ms
    assert Care().hears(scanned(after(0)), ticket(after(48, ms=ms))).told(Stalled) == ["opened"] * ms


@pytest.mark.parametrize(
    ("seen", "told"),
    [(after(24, ms=1), ["opened", "healed"]), (after(24), ["opened", "withdrawn"])],
)
def test_a_scan_ends_the_watch_and_one_in_time_that_is_told_late_withdraws_it(
    seen: datetime, told: list[str]
) -> None:
    assert left().waits_until(after(30)).hears(scanned(seen)).told(LateFirstScan) == told


def test_a_scan_in_time_raises_nothing() -> None:
    assert left().hears(scanned(after(24)), now=after(40)).told(LateFirstScan) == []


def test_a_waybill_number_is_no_scan() -> None:
    care = left().hears(carrier_says(after(1), Phase.TO_SHIP), now=after(24, ms=1))
    assert care.told(LateFirstScan) == ["opened"]


def test_of_several_outbound_times_the_first_counts() -> None:
    care = Care().hears(parcel_left(after(5)), parcel_left(after(0), said=after(6)))
    assert care.waits_until(after(24, ms=1)).told(LateFirstScan) == ["opened"]


def test_the_order_shows_the_parcel_that_waits_longest() -> None:
    care = left().hears(parcel_left(after(1), "SF2"), now=after(30))
    assert [e.worst for e in care.events if isinstance(e, LateFirstScan)] == ["SF1", "SF1"]
    care.hears(scanned(after(31)))
    assert (care.last(LateFirstScan).waybill, care.last(LateFirstScan).worst) == ("SF1", "SF2")
    care.hears(scanned(after(32), waybill="SF2"))
    assert care.last(LateFirstScan).worst == ""


def revoked() -> OrderReported:
    return parcel_left(after(26), said=after(26), phase=Phase.CLOSED)


@pytest.mark.parametrize(
    "closing",
    [
        revoked(),
        carrier_says(after(26), Phase.CLOSED),
        account(platform_says(Phase.CLOSED, after(26), closed_at=after(26)), now=after(26)),
        carrier_says(after(26), Phase.SIGNED),
    ],
    ids=["the warehouse revokes it", "the carrier closes it", "the order is closed", "signed, no time told"],
)
def test_closing_or_signing_ends_the_watch_for_the_first_scan(closing: ParcelReported) -> None:
    assert left().hears(ticked(after(25)), closing).told(LateFirstScan) == ["opened", "cleared"]


def test_a_parcel_without_a_waybill_is_scanned_when_any_is() -> None:
    care = Care().hears(parcel_left(after(0), ""), now=after(25))
    assert care.hears(scanned(after(26))).told(LateFirstScan) == ["opened", "healed"]


# Stalled


def test_a_parcel_stalls_when_nobody_scans_it_for_more_than_48_h() -> None:
    care = Care().hears(scanned(after(0), after(5)), now=after(53))
    assert care.told(Stalled) == [], "exactly 48 h is not yet"
    care.waits_until(after(53, ms=1))
    alarm = care.last(Stalled)
    assert (alarm.end, alarm.waybill, alarm.since_at, alarm.carrier_says) == (None, "SF1", after(5), False)


def test_before_its_first_scan_a_parcel_does_not_stall() -> None:
    care = left().hears(carrier_says(after(1), Phase.SHIPPED, flags=(TrackFlag.STALLED,)), now=after(99))
    assert (care.told(Stalled), care.told(LateFirstScan)) == ([], ["opened"])


@pytest.mark.parametrize(
    ("seen", "told"),
    [(after(48, ms=1), ["opened", "healed"]), (after(48), ["opened", "withdrawn"])],
)
def test_the_next_scan_ends_a_stall(seen: datetime, told: list[str]) -> None:
    care = Care().hears(scanned(after(0)), now=after(60))
    assert care.hears(scanned(after(0), seen)).told(Stalled) == told


def test_a_parcel_may_stall_again() -> None:
    care = Care().hears(scanned(after(0)), now=after(60)).hears(scanned(after(0), after(61)))
    assert care.waits_until(after(109, ms=1)).told(Stalled) == ["opened", "healed", "opened"]


def test_the_carriers_word_is_enough_and_repeating_it_raises_nothing_more() -> None:
    flags = (TrackFlag.STALLED,)
    told = [scanned(after(0)), *(scanned(after(0), version=to_ms(after(h)), flags=flags) for h in (9, 10))]
    care = Care().hears(*told, now=after(72))
    assert (care.told(Stalled), care.last(Stalled).carrier_says) == (["opened"], True)
    assert care.hears(scanned(after(0), after(73))).told(Stalled) == ["opened", "healed"]


@pytest.mark.parametrize("flags", [(TrackFlag.STATION,), (TrackFlag.STATION, TrackFlag.STALLED)])
def test_a_parcel_at_a_station_is_pushed_no_more_and_does_not_stall(flags: tuple[TrackFlag, ...]) -> None:
    assert Care().hears(scanned(after(0), after(5), flags=flags), now=after(999)).told(Stalled) == []


@pytest.mark.parametrize(
    ("word", "end"),
    [
        (scanned(after(0), version=to_ms(after(60)), phase=Phase.CLOSED), "cleared"),
        (account(platform_says(Phase.CLOSED, after(60), closed_at=after(60)), now=after(60)), "cleared"),
        (scanned(after(0), after(60), phase=Phase.SIGNED, signed_at=after(60)), "healed"),
    ],
    ids=["closed", "the order is closed", "signed"],
)
def test_closing_or_signing_ends_the_watch_over_a_stalled_parcel(word: ParcelReported, end: str) -> None:
    care = Care().hears(scanned(after(0)), now=after(50)).hears(word, now=after(999))
    assert care.told(Stalled) == ["opened", end]


@pytest.mark.parametrize("phase", [Phase.SIGNED, Phase.FINISHED, Phase.CLOSED])
def test_a_parcel_that_is_done_does_not_stall(phase: Phase) -> None:
    assert Care().hears(scanned(after(0), after(5), phase=phase), now=after(999)).told(Stalled) == []


def test_an_unknown_code_takes_no_known_words_place() -> None:
    told = [
        scanned(after(0), after(5), phase=Phase.SIGNED, signed_at=None),
        carrier_says(after(6), Phase.UNKNOWN, flags=(TrackFlag.STALLED,)),
    ]
    assert Care().hears(*told, now=after(999)).told(Stalled) == []


# Signed, not received


def signed(hours: float, **told: object) -> ParcelReported:
    return scanned(after(0), after(hours), phase=Phase.SIGNED, signed_at=after(hours), **told)


def missing(hours: float, **told: object) -> TicketReported:
    return ticket(after(hours), topic="not_received", **told)


def test_a_signature_and_an_open_complaint_that_nothing_came_raise_an_alarm_in_either_order() -> None:
    for told in ([signed(30), missing(31)], [missing(31), signed(30)]):
        care = Care().hears(*told)
        alarm = care.last(SignedNotReceived)
        assert (alarm.waybills, alarm.tickets, alarm.since_at) == (("SF1",), ("T-1",), after(31))


@pytest.mark.parametrize("told", [{"topic": "late"}, {"complaint": False}, {"open": False}])
def test_another_topic_a_question_or_a_closed_ticket_raises_nothing(told: dict[str, object]) -> None:
    word = ticket(after(31), **{"topic": "not_received", **told})
    assert Care().hears(signed(30), word).told(SignedNotReceived) == []


def test_a_ticket_closed_before_the_signature_raises_nothing() -> None:
    care = Care().hears(missing(20), missing(29, open=False), signed(30))
    assert care.told(SignedNotReceived) == []


@pytest.mark.parametrize(("closed", "end"), [(29.9, "withdrawn"), (30, "resolved"), (40, "resolved")])
def test_closing_the_ticket_resolves_it_and_a_closing_before_the_signature_withdraws_it(
    closed: float, end: str
) -> None:
    care = Care().hears(missing(20), signed(30)).hears(missing(closed, open=False))
    assert care.told(SignedNotReceived) == ["opened", end]


def test_it_lasts_until_the_last_ticket_is_closed() -> None:
    care = Care().hears(signed(30), missing(31), missing(32, ticket_id="T-2"), missing(40, open=False))
    assert care.told(SignedNotReceived) == ["opened"]
    care.hears(missing(41, ticket_id="T-2", open=False))
    assert care.told(SignedNotReceived) == ["opened", "resolved"]


def test_a_locker_is_no_signature() -> None:
    at_station = scanned(after(0), after(30), flags=(TrackFlag.STATION,))
    assert Care().hears(at_station, missing(31)).told(SignedNotReceived) == []


def test_a_signature_that_the_carrier_takes_back_withdraws_it() -> None:
    word = carrier_says(after(30), Phase.SIGNED)
    care = Care().hears(word, missing(31), carrier_says(after(32), Phase.SHIPPED))
    assert care.told(SignedNotReceived) == ["opened", "withdrawn"]


# Bounds


def test_one_parcel_or_ticket_too_many_is_refused_with_a_way_to_mend_it() -> None:
    care = Care().hears(*(parcel_left(after(0), f"W{n}") for n in range(LINES_MOST)))
    for fact in (parcel_left(after(0), "one more"), scanned(after(0), waybill="one more")):
        with pytest.raises(Undecidable, match="more than 500 parcels are told of; check which field"):
            care.hears(fact)
    care = Care().hears(*(ticket(after(0), f"T{n}") for n in range(TICKETS_MOST)))
    with pytest.raises(Undecidable, match="more than 200 tickets; check which field"):
        care.hears(ticket(after(0), "one more"))


def test_who_is_no_warehouse_tells_of_no_parcel() -> None:
    assert Care().hears(order_fact("erp", after(0), outbound_at=after(0), phase=Phase.SHIPPED)).state is None  # type: ignore[arg-type]


# Business days


def shanghai(day: int, hour: float) -> int:
    return to_ms(datetime(2026, 10, day, tzinfo=ZONE) + timedelta(hours=hour))


@pytest.mark.parametrize(
    ("closed", "start", "hours", "end"),
    [
        ((), shanghai(1, 10), 24, shanghai(2, 10)),
        ((2,), shanghai(1, 10), 24, shanghai(3, 10)),
        ((2, 3), shanghai(1, 10), 24, shanghai(4, 10)),
        ((1,), shanghai(1, 10), 24, shanghai(3, 0)),
        ((2,), shanghai(1, 10), 14, shanghai(2, 0)),
        ((5,), shanghai(1, 10), 24, shanghai(2, 10)),
        ((2, 4), shanghai(1, 12), 48, shanghai(5, 12)),
    ],
)
def test_closed_dates_do_not_count(closed: tuple[int, ...], start: int, hours: int, end: int) -> None:
    days = BusinessDays(frozenset(date(2026, 10, day) for day in closed), ZONE)
    assert from_ms(days.after(start, hours * 3_600_000)) == from_ms(end)


@pytest.mark.parametrize(
    ("day", "hour", "end_day", "end_hour"),
    [
        (1, 10, 2, 10),  # Thursday to Friday: no weekend between
        (2, 10, 5, 10),  # over the weekend
        (3, 10, 6, 0),  # on the weekend: all of Monday counts
        (2, 0, 3, 0),  # to the very end of Friday
        (9, 10, 11, 10),  # Saturday 10 October counts after all, Sunday 11 too
        (12, 10, 14, 10),  # Tuesday 13 October does not count though its weekday does
    ],
)
def test_closed_weekdays_do_not_count_but_for_the_dates_that_are_open(
    day: int, hour: float, end_day: int, end_hour: float
) -> None:
    opened = frozenset({date(2026, 10, 10), date(2026, 10, 11)})
    days = BusinessDays(frozenset({date(2026, 10, 13)}), ZONE, frozenset({5, 6}), opened)
    length = 24 * 3_600_000 if day != 9 else 48 * 3_600_000
    assert from_ms(days.after(shanghai(day, hour), length)) == from_ms(shanghai(end_day, end_hour))


@pytest.mark.parametrize("at_ms", [LATEST_MS, LATEST_MS + 10**12, EARLIEST_MS, EARLIEST_MS - 10**12])
def test_no_time_is_too_far_for_a_calendar(at_ms: int) -> None:
    days = BusinessDays(frozenset(), ZONE, frozenset({6}))
    assert days.after(at_ms, 86_400_000) >= at_ms + 86_400_000


def test_only_a_policy_that_asks_for_it_leaves_days_out() -> None:
    holiday = BusinessDays(frozenset({date(2026, 3, 2)}), ZONE)
    care = Care(CarePolicy(business_days=holiday)).hears(parcel_left(START), now=START + 2 * DAY)
    assert care.told(LateFirstScan) == []
    assert care.waits_until(START + 2 * DAY + MS).told(LateFirstScan) == ["opened"]


def test_too_many_closed_dates_are_refused() -> None:
    first = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(ValueError, match="name at most 400"):
        BusinessDays(frozenset((first + n * DAY).date() for n in range(DATES_MOST + 1)), ZONE)
