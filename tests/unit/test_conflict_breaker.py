"""The conflict circuit breaker: when an order locks, what opens it, who is asked to correct itself."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from pipeline.domain.conflict import ConflictPolicy, decide_conflict
from pipeline.domain.conflict.policy import EVERYTHING, SETTLE_MS
from pipeline.domain.instants import to_ms
from pipeline.domain.order_state import LINES_MOST
from pipeline.domain.outcome import Undecidable
from schemas.conflict import ConflictDecided, StatusDiffered
from schemas.vocabulary import Phase, Reporter, ShippingPhase
from tests.breaking import BREAKER_POLICY, Breaker, at, cs, decides, erp, says, wms
from tests.builders import ORDER
from tests.one_order import ticked

TO_SHIP, SHIPPED, SIGNED, CLOSED = Phase.TO_SHIP, Phase.SHIPPED, Phase.SIGNED, Phase.CLOSED
DAY = 86_400


def torn() -> Breaker:
    """The ERP knew of no shipping at 0 s, the warehouse shipped at 10 s."""
    return Breaker().hears(erp(TO_SHIP, 0), wms(SHIPPED, 10))


def locked() -> Breaker:
    return torn().waits_until(at(310, ms=1))


# The settle time


def test_an_order_locks_when_two_differ_for_more_than_300_s_from_the_newer_report() -> None:
    breaker = torn().waits_until(at(310))
    assert not breaker.is_locked, "exactly 300 s is not yet"
    breaker.waits_until(at(310, ms=1))
    assert breaker.is_locked
    assert (breaker.locks[0].occurred_at, breaker.locks[0].differs_since_at) == (at(310), at(10))
    assert breaker.locks[0].settle_ms == SETTLE_MS


@pytest.mark.parametrize("ms", [0, 1])
def test_a_tick_on_the_very_millisecond_decides_as_the_clock_does(ms: int) -> None:
    assert torn().hears(ticked(at(310, ms=ms))).is_locked == bool(ms)


def test_the_state_names_the_instant_to_look_again() -> None:
    assert torn().due_ms == to_ms(at(310))
    assert locked().due_ms is None, "a lock waits for words, not for time"


def test_agreement_at_exactly_300_s_is_in_time_and_a_millisecond_later_is_not() -> None:
    assert torn().hears(erp(SHIPPED, 310)).locks == []
    late = torn().hears(ticked(at(310, ms=1)), erp(SHIPPED, 310.001))
    assert [unlock.how for unlock in late.unlocks] == ["agreement"]


def test_a_difference_is_told_at_once_and_its_end_too() -> None:
    breaker = torn()
    assert (breaker.is_differing, breaker.told) == (True, ["status.differed"])
    breaker.hears(erp(SHIPPED, 60))
    assert (breaker.is_differing, breaker.told) == (False, ["status.differed", "status.differed"])
    assert [event.differing for event in breaker.events if isinstance(event, StatusDiffered)] == [True, False]


def test_two_are_enough_and_one_alone_agrees_with_itself() -> None:
    assert not Breaker().hears(erp(TO_SHIP, 0), now=at(DAY)).is_differing
    assert Breaker().hears(cs(TO_SHIP, 0), erp(SHIPPED, 1), now=at(302)).is_locked
    assert not Breaker().hears(cs(SHIPPED, 0), erp(SHIPPED, 1), now=at(DAY)).is_differing


def test_repeating_the_same_phase_does_not_restart_the_settle_time() -> None:
    breaker = torn().hears(wms(SHIPPED, 200), erp(TO_SHIP, 250), erp(Phase.HOLD, 260))
    assert not breaker.waits_until(at(310)).is_locked
    assert breaker.waits_until(at(310, ms=1)).is_locked


def test_another_phase_restarts_the_settle_time() -> None:
    breaker = Breaker().hears(erp(TO_SHIP, 0), cs(SHIPPED, 10), cs(SIGNED, 200))
    assert not breaker.waits_until(at(500)).is_locked
    assert breaker.waits_until(at(500, ms=1)).is_locked


@pytest.mark.parametrize(("newer", "settle_s"), [("erp", 100), ("cs", 900)])
def test_with_unequal_settle_times_the_newer_reports_reporter_sets_it(newer: str, settle_s: int) -> None:
    policy = ConflictPolicy(settle_ms={"erp": 100_000, "cs": 900_000})
    first, second = (cs, erp) if newer == "erp" else (erp, cs)
    breaker = Breaker(policy).hears(first(TO_SHIP, 0), second(SHIPPED, 10))
    assert not breaker.waits_until(at(10 + settle_s)).is_locked
    assert breaker.waits_until(at(10 + settle_s, ms=1)).is_locked


def test_said_in_the_same_instant_the_longer_settle_time_holds() -> None:
    policy = ConflictPolicy(settle_ms={"erp": 100_000, "cs": 900_000})
    for told in ([erp(TO_SHIP, 0), cs(SHIPPED, 0)], [cs(TO_SHIP, 0), erp(SHIPPED, 0)]):
        breaker = Breaker(policy).hears(*told)
        assert not breaker.waits_until(at(900)).is_locked
        assert breaker.waits_until(at(900, ms=1)).is_locked


def test_a_source_may_have_a_settle_time_of_its_own() -> None:
    policy = ConflictPolicy(settle_ms={"erp": 100_000, "erp:slow": 600_000})
    told = [cs(SHIPPED, 0), erp(TO_SHIP, 10, mapping="slow@3")]
    assert Breaker(policy).hears(*told).due_ms == to_ms(at(610))


def test_a_word_stamped_in_the_future_locks_nothing_before_its_time() -> None:
    breaker = torn().hears(says(Reporter.CS, TO_SHIP, 5000, observed_at=at(20)))
    assert not breaker.waits_until(at(310)).is_locked
    assert breaker.waits_until(at(310, ms=1)).is_locked


# What a reporter says


def test_the_older_word_that_arrives_late_does_not_count() -> None:
    breaker = Breaker().hears(erp(SHIPPED, 20), wms(SHIPPED, 10), erp(TO_SHIP, 5, observed_at=at(30)))
    assert not breaker.is_differing


def test_an_unknown_code_is_parked_and_the_last_known_word_stands() -> None:
    assert torn().hears(erp(Phase.UNKNOWN, 20)).is_differing
    assert not Breaker().hears(erp(SHIPPED, 0), wms(SHIPPED, 1), erp(Phase.UNKNOWN, 20)).is_differing


@pytest.mark.parametrize("reporter", [Reporter.PLATFORM, Reporter.CARRIER, Reporter.APP, Reporter.FILE])
def test_nobody_but_the_three_is_compared(reporter: Reporter) -> None:
    breaker = Breaker().hears(erp(TO_SHIP, 0), says(reporter, SIGNED, 1), now=at(DAY))
    assert breaker.events == []


def test_the_warehouse_has_shipped_with_its_first_parcel() -> None:
    told = [erp(SHIPPED, 0), wms(TO_SHIP, 0, "A"), wms(TO_SHIP, 0, "B")]
    assert Breaker().hears(*told).is_differing
    assert not Breaker().hears(*told, wms(SHIPPED, 5, "B")).is_differing


def test_a_closed_parcel_counts_as_absent() -> None:
    told = [erp(TO_SHIP, 0), wms(SHIPPED, 1, "A"), wms(TO_SHIP, 1, "B"), wms(CLOSED, 9, "A")]
    assert not Breaker().hears(*told, now=at(DAY)).is_differing
    assert not Breaker().hears(erp(TO_SHIP, 0), wms(SHIPPED, 1), wms(CLOSED, 9), now=at(DAY)).is_differing


def test_a_cancelled_order_that_the_warehouse_still_packs_is_a_conflict_until_it_drops_the_parcel() -> None:
    breaker = Breaker().hears(wms(TO_SHIP, 0), erp(CLOSED, 10), now=at(311))
    assert breaker.is_locked
    assert [unlock.how for unlock in breaker.hears(wms(CLOSED, 400)).unlocks] == ["agreement"]


def test_a_parcel_without_ordered_units_says_nothing() -> None:
    assert not Breaker().hears(erp(TO_SHIP, 0), wms(SHIPPED, 1, units=0), now=at(DAY)).is_differing
    assert Breaker().hears(erp(TO_SHIP, 0), wms(SHIPPED, 1, units=1), now=at(DAY)).is_locked


def test_the_warehouse_never_says_signed() -> None:
    assert not Breaker().hears(erp(SHIPPED, 0), wms(Phase.FINISHED, 1), now=at(DAY)).is_differing


@pytest.mark.parametrize(
    ("beyond", "counts_as"),
    [(SIGNED, SHIPPED), (Phase.FINISHED, SHIPPED), (CLOSED, SHIPPED)],
)
def test_a_phase_beyond_ones_range_counts_as_its_highest(beyond: Phase, counts_as: Phase) -> None:
    assert not Breaker().hears(wms(counts_as, 0), cs(beyond, 1), now=at(DAY)).is_differing
    assert Breaker().hears(wms(TO_SHIP, 0), cs(beyond, 1), now=at(DAY)).is_locked


def test_ranges_are_data_of_each_reporter_or_source() -> None:
    shipped_at_most = frozenset({ShippingPhase.NOT_SHIPPED, ShippingPhase.SHIPPED})
    told = [erp(SHIPPED, 0), cs(SIGNED, 1)]
    assert Breaker().hears(*told).is_differing
    assert not Breaker(ConflictPolicy(ranges={"erp": shipped_at_most})).hears(*told).is_differing
    told = [erp(SHIPPED, 0, mapping="jushuitan@1"), cs(SIGNED, 1)]
    assert not Breaker().hears(*told).is_differing, "its status table knows no signature"


def test_a_range_without_not_shipped_is_refused() -> None:
    with pytest.raises(ValueError, match="range of erp: add not_shipped"):
        ConflictPolicy(ranges={"erp": EVERYTHING - {ShippingPhase.NOT_SHIPPED}})


def test_a_phase_compared_as_the_same_does_not_restart_the_settle_time() -> None:
    breaker = Breaker().hears(wms(TO_SHIP, 0), erp(SHIPPED, 10), erp(SIGNED, 200))
    assert breaker.waits_until(at(310, ms=1)).is_locked, "to a warehouse signed is shipped"


def test_one_parcel_too_many_is_refused_with_a_way_to_mend_it() -> None:
    breaker = Breaker().hears(*(wms(TO_SHIP, 0, f"W{n}") for n in range(LINES_MOST)))
    with pytest.raises(Undecidable, match="wms tells of more than 500 lines or parcels; check which field"):
        breaker.hears(wms(TO_SHIP, 0, "one more"))


# The lock and its evidence


def test_a_lock_carries_each_reporters_phase_code_time_and_mapping() -> None:
    evidence = locked().locks[0].evidence
    assert [(s.reporter, s.phase, s.raw_code, s.mapping, s.since_at, s.said_at) for s in evidence] == [
        ("erp", "not_shipped", "erp-to_ship", "test@1", at(0), at(0)),
        ("wms", "shipped", "wms-shipped", "test@1", at(10), at(10)),
    ]


def test_the_evidence_tells_when_a_phase_began_and_when_it_was_last_said() -> None:
    breaker = torn().hears(erp(Phase.HOLD, 100), now=at(311))
    spoken = breaker.locks[0].evidence[0]
    assert (spoken.since_at, spoken.said_at, spoken.raw_code) == (at(0), at(100), "erp-hold")


def test_a_lock_does_not_open_while_any_two_differ() -> None:
    breaker = locked().hears(cs(SHIPPED, 400), cs(SIGNED, 500), wms(SHIPPED, 600), now=at(30 * DAY))
    assert breaker.is_locked
    assert breaker.unlocks == []


def test_a_lock_opens_when_all_that_spoke_agree_and_that_is_self_healed() -> None:
    breaker = locked().hears(cs(TO_SHIP, 390), erp(SHIPPED, 400))
    assert breaker.is_locked, "customer service differs still"
    breaker.hears(cs(SHIPPED, 410))
    assert (breaker.is_locked, breaker.unlocks[0].how) == (False, "agreement")
    assert breaker.unlocks[0].conflict_id == breaker.locks[0].conflict_id


def test_a_second_conflict_is_another_one() -> None:
    breaker = locked().hears(erp(SHIPPED, 400), cs(CLOSED, 500), now=at(801))
    assert breaker.is_locked
    assert len({lock.conflict_id for lock in breaker.locks}) == 2


def test_a_locked_order_is_never_forgotten_and_a_settled_one_is_after_the_retention() -> None:
    assert locked().waits_until(at(400 * DAY)).is_locked
    breaker = locked().hears(erp(SHIPPED, 400))
    last = at(400) + timedelta(milliseconds=BREAKER_POLICY.retention_ms)
    assert breaker.waits_until(last).state is not None
    assert breaker.waits_until(last + timedelta(milliseconds=1)).state is None


def test_the_shop_is_named_as_the_platform_does() -> None:
    told = [erp(TO_SHIP, 0, shop="017"), says(Reporter.PLATFORM, TO_SHIP, 1, shop="flagship")]
    assert Breaker().hears(*told, wms(SHIPPED, 10, shop="wh"), now=at(311)).locks[0].shop == "flagship"


# Told late


def test_an_agreement_told_late_that_disproves_the_conflict_withdraws_it() -> None:
    breaker = locked().hears(erp(SHIPPED, 200, observed_at=at(500)))
    assert [unlock.how for unlock in breaker.unlocks] == ["withdrawn"]


def test_an_agreement_told_late_that_came_too_late_heals_it() -> None:
    breaker = locked().hears(erp(SHIPPED, 310.001, observed_at=at(500)))
    assert [unlock.how for unlock in breaker.unlocks] == ["agreement"]
    assert [u.how for u in locked().hears(erp(SHIPPED, 310, observed_at=at(500))).unlocks] == ["withdrawn"]


def test_a_conflict_that_healed_and_is_disproved_later_is_corrected_to_withdrawn_once() -> None:
    breaker = locked().hears(erp(SHIPPED, 400))
    late = erp(SHIPPED, 200, observed_at=at(500))
    breaker.hears(late, late)
    assert [(unlock.how, unlock.corrects) for unlock in breaker.unlocks] == [
        ("agreement", None),
        ("withdrawn", "agreement"),
    ]
    assert len({unlock.conflict_id for unlock in breaker.unlocks}) == 1


def test_an_earlier_conflict_does_not_vouch_for_a_later_one() -> None:
    breaker = locked().hears(erp(SHIPPED, 400), cs(TO_SHIP, 1000), now=at(1301))
    breaker.hears(cs(SHIPPED, 1100, observed_at=at(1400)))
    assert [unlock.how for unlock in breaker.unlocks] == ["agreement", "withdrawn"]


# A supervisor's decision


def test_a_decision_opens_the_lock_and_asks_the_losers_to_correct_themselves() -> None:
    breaker = locked().hears(cs(TO_SHIP, 350), decides(Reporter.WMS, 600))
    assert breaker.told == [
        "status.differed",
        "order.locked",
        "order.unlocked:decision",
        "status.differed",
        "correction.requested",
        "correction.requested",
    ]
    unlock = breaker.unlocks[0]
    assert (unlock.decided_by, unlock.command_id, unlock.why) == ("li.wei", "c-1", "asked the warehouse")
    assert [(c.reporter, c.said, c.right, c.right_phase) for c in breaker.corrections] == [
        ("erp", "not_shipped", "wms", "shipped"),
        ("cs", "not_shipped", "wms", "shipped"),
    ]


def test_a_decision_before_the_settle_time_is_over_ends_the_difference() -> None:
    breaker = torn().hears(decides(Reporter.ERP, 20), now=at(DAY))
    assert (breaker.is_differing, breaker.locks) == (False, [])
    assert [correction.reporter for correction in breaker.corrections] == ["wms"]


def test_a_decision_delivered_twice_changes_nothing() -> None:
    breaker = locked().hears(decides(Reporter.WMS, 600))
    state, events = breaker.state, len(breaker.events)
    breaker.hears(decides(Reporter.WMS, 600))
    assert (breaker.state, len(breaker.events)) == (state, events)


def test_of_two_decisions_the_one_made_last_counts_in_whatever_order_they_arrive() -> None:
    first, last = decides(Reporter.WMS, 600), decides(Reporter.ERP, 700, "c-2")
    for told in ([first, last], [last, first]):
        breaker = locked().hears(*told)
        assert breaker.corrections[-1].reporter == "wms"
        assert not breaker.is_differing


def test_after_a_decision_the_old_contradiction_does_not_lock_again() -> None:
    breaker = locked().hears(
        decides(Reporter.WMS, 600), erp(TO_SHIP, 700), wms(SHIPPED, 800), now=at(30 * DAY)
    )
    assert (breaker.is_locked, breaker.is_differing, len(breaker.locks)) == (False, False, 1)


def test_a_decision_settles_what_the_losers_said_among_themselves_too() -> None:
    breaker = locked().hears(cs(SIGNED, 350), decides(Reporter.WMS, 600), now=at(DAY))
    assert (breaker.is_differing, len(breaker.locks)) == (False, 1)


def test_after_a_decision_another_reporter_that_repeats_what_was_right_does_not_lock_again() -> None:
    breaker = locked().hears(decides(Reporter.WMS, 600), cs(SHIPPED, 700), now=at(DAY))
    assert (breaker.is_differing, len(breaker.locks)) == (False, 1)


def test_after_a_decision_a_new_word_counts_anew() -> None:
    breaker = locked().hears(decides(Reporter.WMS, 600), cs(CLOSED, 700))
    assert breaker.is_differing
    assert not breaker.waits_until(at(1000)).is_locked
    assert breaker.waits_until(at(1000, ms=1)).is_locked


def test_a_loser_that_changes_its_word_to_another_wrong_one_counts_anew() -> None:
    breaker = Breaker().hears(erp(TO_SHIP, 0), cs(SHIPPED, 10), now=at(311)).hears(decides(Reporter.CS, 600))
    assert breaker.hears(erp(SIGNED, 700), now=at(1001)).is_locked


def test_a_word_that_nobody_had_heard_at_the_decision_counts_anew() -> None:
    breaker = locked().hears(decides(Reporter.WMS, 600), cs(TO_SHIP, 500, observed_at=at(700)))
    assert breaker.is_differing, "the supervisor did not know of it"


def test_a_lock_that_opened_by_decision_stays_open_when_the_loser_agrees() -> None:
    breaker = locked().hears(decides(Reporter.WMS, 600), erp(SHIPPED, 700))
    assert [unlock.how for unlock in breaker.unlocks] == ["decision"]


def test_a_decision_told_before_the_words_it_was_made_on_settles_them_too() -> None:
    breaker = Breaker().hears(decides(Reporter.WMS, 600), erp(TO_SHIP, 0), wms(SHIPPED, 10), now=at(DAY))
    assert (breaker.is_differing, breaker.locks) == (False, [])
    assert [correction.reporter for correction in breaker.corrections] == ["erp"]


def test_a_decision_for_a_reporter_that_never_spoke_settles_nothing() -> None:
    assert locked().hears(decides(Reporter.CS, 600)).is_locked


def test_a_decision_names_one_of_the_three_a_person_and_a_reason() -> None:
    good = decides(Reporter.WMS, 600).model_dump()
    for bad in ({"right": "carrier"}, {"decided_by": ""}, {"why": ""}, {"command_id": ""}):
        with pytest.raises(ValidationError):
            ConflictDecided.model_validate({**good, **bad})


def test_no_fact_and_no_state_is_nothing() -> None:
    assert decide_conflict(None, None, ORDER, 0, BREAKER_POLICY).state is None
    assert decide_conflict(None, ticked(at(0)), ORDER, 0, BREAKER_POLICY).state is None
