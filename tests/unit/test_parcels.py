"""Links and tracks of waybills: what each order is told of its parcels, and what it is not told again."""

from datetime import timedelta

import pytest

from pipeline.domain.instants import to_ms
from pipeline.domain.outcome import Undecidable
from pipeline.domain.parcels import ParcelState
from schemas.vocabulary import Phase, Platform, TrackFlag
from tests.builders import PARCEL_POLICY, START, Linker, after, linked, tracked

RETENTION = timedelta(milliseconds=PARCEL_POLICY.retention_ms)
MS = timedelta(milliseconds=1)


def test_a_scan_that_comes_before_the_link_waits_and_is_told_when_the_link_comes() -> None:
    linker = Linker().hears(tracked(after(5), first_scan_at=after(3)))
    assert linker.events == []
    (told,) = linker.hears(linked(said=after(30))).events
    assert (told.order_id, told.waybill, told.platform, told.shop) == ("260301-1", "SF1", "tmall", "shop-a")
    assert (told.phase, told.first_scan_at, told.last_scan_at) == ("shipped", after(3), after(5))
    assert (told.carrier, told.mapping, told.version) == ("shunfeng", "kuaidi100@1", to_ms(after(5)))
    assert told.occurred_at == after(5), "the carrier's own time"
    assert told.observed_at == after(30) + timedelta(seconds=2), "before the link nobody could know"


def test_a_link_without_a_track_tells_of_a_parcel_that_nobody_has_scanned() -> None:
    (told,) = Linker().hears(linked()).events
    assert (told.phase, told.version, told.first_scan_at, told.signed_at) == (None, None, None, None)


def test_each_later_track_is_told_to_every_order_in_the_parcel() -> None:
    linker = Linker().hears(linked(order_id="A"), linked(order_id="B"), tracked(after(1)))
    assert [event.order_id for event in linker.events] == ["A", "B", "A", "B"]
    linker.hears(linked(order_id="C"))
    assert [event.order_id for event in linker.events[4:]] == ["C"], "the others know already"
    linker.hears(tracked(after(2), phase=Phase.SIGNED, signed_at=after(2)))
    assert [(event.order_id, event.signed_at) for event in linker.events[5:]] == [
        ("A", after(2)),
        ("B", after(2)),
        ("C", after(2)),
    ]


def test_an_order_of_three_parcels_hears_of_each_and_of_no_parcel_that_is_not_its_own() -> None:
    linker = Linker().hears(tracked(after(1), "P2", first_scan_at=after(1)))
    linker.hears(*(linked(waybill) for waybill in ("P1", "P2", "P3")))
    told = [(event.waybill, event.phase) for event in linker.events]
    assert told == [("P1", None), ("P2", "shipped"), ("P3", None)]
    linker.hears(tracked(after(2), "P3"), tracked(after(3), "strange"))
    assert [event.waybill for event in linker.events[3:]] == ["P3"]


def test_what_is_told_again_is_no_news() -> None:
    facts = [linked(), tracked(after(1)), tracked(after(5), phase=Phase.SIGNED, signed_at=after(5))]
    linker = Linker().hears(*facts)
    told = list(linker.events)
    again = [fact.model_copy(update={"observed_at": after(9)}) for fact in facts]
    assert linker.hears(*facts, *again).events == told


def test_of_several_times_for_one_parcel_the_first_scan_and_signature_count_and_the_last_scan() -> None:
    tracks = [
        tracked(after(9), first_scan_at=after(4), last_scan_at=after(9), signed_at=after(8)),
        tracked(after(7), first_scan_at=after(2), last_scan_at=after(7), signed_at=after(7)),
        tracked(after(8), last_scan_at=None),
    ]
    for story in (tracks, list(reversed(tracks))):
        told = Linker().hears(linked(), *story).events[-1]
        assert (told.first_scan_at, told.last_scan_at, told.signed_at) == (after(2), after(9), after(7))
        assert told.version == to_ms(after(9))


def test_the_newest_word_stands_whole_whatever_comes_late() -> None:
    newest = tracked(
        after(9),
        phase=Phase.SHIPPED,
        raw_code="501",
        flags=(TrackFlag.STATION, TrackFlag.PROBLEM),
        carrier="yuantong",
        mapping="kuaidi100@2",
    )
    late = tracked(after(2), phase=Phase.SIGNED, raw_code="301", flags=(TrackFlag.PROXY,))
    _, *told = Linker().hears(linked(), newest, late).events
    assert len(told) == 1, "an older track that adds no time is no news"
    assert (told[0].phase, told[0].raw_code, told[0].carrier) == ("shipped", "501", "yuantong")
    assert (told[0].mapping, told[0].flags) == ("kuaidi100@2", (TrackFlag.PROBLEM, TrackFlag.STATION))


@pytest.mark.parametrize("later_first", [False, True])
def test_of_two_words_in_one_instant_the_one_further_on_its_way_stands(later_first: bool) -> None:
    words = [tracked(after(4), phase=Phase.TO_SHIP), tracked(after(4), phase=Phase.SHIPPED)]
    told = Linker().hears(linked(), *(reversed(words) if later_first else words)).events[-1]
    assert told.phase is Phase.SHIPPED


@pytest.mark.parametrize("known_first", [False, True])
def test_an_unknown_code_never_takes_the_place_of_a_known_one_but_its_times_count(known_first: bool) -> None:
    known = tracked(after(2), raw_code="0")
    unknown = tracked(after(6), phase=Phase.UNKNOWN, raw_code="777", last_scan_at=after(6))
    story = [known, unknown] if known_first else [unknown, known]
    told = Linker().hears(linked(), *story).events[-1]
    assert (told.phase, told.raw_code, told.version) == ("shipped", "0", to_ms(after(2)))
    assert told.last_scan_at == after(6)


def test_an_unknown_code_is_told_as_unknown_while_nothing_else_is_known() -> None:
    _, told = Linker().hears(linked(), tracked(after(2), phase=Phase.UNKNOWN, raw_code="777")).events
    assert (told.phase, told.raw_code) == ("unknown", "777")


def test_a_track_without_an_entry_never_takes_the_place_of_one_with_entries() -> None:
    empty = tracked(after(9), phase=Phase.TO_SHIP, version=None, last_scan_at=None)
    _, first = Linker().hears(linked(), empty).events
    assert (first.phase, first.version, first.occurred_at) == ("to_ship", None, first.observed_at)
    _, only = Linker().hears(linked(), tracked(after(2)), empty).events
    assert only.phase is Phase.SHIPPED


def test_a_waybill_is_compared_as_it_stands() -> None:
    (told,) = Linker().hears(linked("sf1"), tracked(after(1), "SF1")).events
    assert (told.waybill, told.phase) == ("sf1", None), "the track is of another waybill"


def test_a_shop_with_a_platform_goes_before_one_without_in_any_order() -> None:
    links = [linked(platform=Platform.OTHER, shop="z"), linked(platform=Platform.JD, shop="b")]
    for story in (links, list(reversed(links))):
        told = Linker().hears(tracked(after(1)), *story).events[-1]
        assert (told.platform, told.shop) == ("jd", "b")


def test_a_parcel_may_hold_as_many_orders_as_the_policy_says_and_not_one_more() -> None:
    most = PARCEL_POLICY.orders_most
    linker = Linker().hears(*(linked(order_id=f"A-{number}") for number in range(most)))
    with pytest.raises(Undecidable, match=f"SF1: more than {most} orders .* which field of the source"):
        linker.hears(linked(order_id="one more"))
    linker.hears(linked(order_id="A-0"), tracked(after(1)))
    assert len(linker.events) == 2 * most, "who is in it stays in it"


def test_a_parcel_is_forgotten_only_after_its_retention_without_a_word() -> None:
    linker = Linker().hears(tracked(after(1)))
    due_ms = linker.states["SF1"].due_ms
    assert due_ms == to_ms(after(1) + RETENTION), "on the very instant it is still waited for"
    linker.decides("SF1", None, to_ms(after(1) + RETENTION))
    (told,) = linker.hears(linked(said=after(1) + RETENTION)).events
    assert told.phase is Phase.SHIPPED
    linker.decides("SF1", None, to_ms(after(1) + RETENTION + MS))
    assert linker.states["SF1"].due_ms == to_ms(after(1) + 2 * RETENTION), "a word since: waited for anew"
    linker.decides("SF1", None, to_ms(after(1) + 2 * RETENTION + MS))
    assert linker.states == {}


def test_a_word_does_not_move_what_is_due_until_it_has_passed() -> None:
    """One entry a waybill waits in the heap of deadlines, not one a scan."""
    linker = Linker().hears(tracked(after(1)), tracked(after(20)), linked(said=after(30)))
    assert linker.states["SF1"].due_ms == to_ms(after(1) + RETENTION)
    assert linker.states["SF1"].heard_ms == to_ms(after(30))


def test_a_state_survives_its_bytes() -> None:
    states = [
        Linker().hears(linked()).states["SF1"],
        Linker().hears(tracked(START)).states["SF1"],
        Linker().hears(linked(), linked(order_id="B"), tracked(START, signed_at=START)).states["SF1"],
    ]
    for state in states:
        assert ParcelState.from_bytes(state.to_bytes()) == state


def test_the_last_word_told_has_one_id_however_it_came_about() -> None:
    facts = [linked(), tracked(after(1)), tracked(after(5), first_scan_at=after(1))]
    ends = {
        Linker().hears(*story).events[-1].event_id for story in (facts, facts[::-1], facts[1:] + facts[:1])
    }
    assert len(ends) == 1
