"""Laws of the parcel linker: what orders are told last depends on what was said, never on its order."""

from collections import defaultdict
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.instants import to_ms
from pipeline.domain.parcels import ParcelState, decide_parcel
from schemas.base import LARGEST
from schemas.logistics import WaybillFact, WaybillLinked, WaybillTracked
from schemas.order import OrderReported, ParcelReported
from schemas.vocabulary import Phase, Platform, Reporter, TrackFlag
from tests.builders import (
    PARCEL_POLICY,
    Hub,
    Linker,
    after,
    heard,
    linked,
    order_fact,
    parcel_left,
    platform_says,
    tracked,
)
from tests.examples import tries

LAW = settings(max_examples=tries(150))
HOURS = st.sampled_from([0, 1, 2, 3])
"""Few and colliding: the same instants and versions meet again and again."""
MOMENTS = HOURS.map(after)
MAYBE = st.none() | MOMENTS
WAYBILLS = st.sampled_from(["P1", "P2", "P3"])
ORDERS = st.sampled_from(["A", "B", "C"])
SECONDS = st.integers(0, 3).map(lambda count: timedelta(seconds=count))


@st.composite
def links(draw: st.DrawFn) -> WaybillLinked:
    said = draw(MOMENTS)
    return linked(
        draw(WAYBILLS),
        draw(ORDERS),
        said,
        platform=draw(st.sampled_from([Platform.OTHER, Platform.JD, Platform.TMALL])),
        shop=draw(st.sampled_from(["shop-a", "shop-b"])),
        observed_at=said + draw(SECONDS),
    )


@st.composite
def tracks(draw: st.DrawFn) -> WaybillTracked:
    newest = draw(MOMENTS)
    return tracked(
        newest,
        draw(WAYBILLS),
        draw(st.sampled_from(Phase)),
        raw_code=draw(st.sampled_from(["0", "1", "301"])),
        mapping=draw(st.sampled_from(["kuaidi100@1", "kdniao@1"])),
        carrier=draw(st.sampled_from(["", "shunfeng"])),
        flags=tuple(draw(st.lists(st.sampled_from([TrackFlag.STATION, TrackFlag.PROXY]), max_size=2))),
        version=draw(st.sampled_from([to_ms(newest), to_ms(newest), None])),
        first_scan_at=draw(MAYBE),
        last_scan_at=draw(MAYBE),
        signed_at=draw(MAYBE),
        observed_at=newest + draw(SECONDS),
    )


@st.composite
def others(draw: st.DrawFn) -> OrderReported:
    """What the platform, the warehouse or another carrier's adapter says of an order meanwhile."""
    at = draw(MOMENTS)
    match draw(st.sampled_from(["platform", "warehouse", "carrier"])):
        case "platform":
            return platform_says(said=at, promised_ship_at=after(2), promised_sign_at=draw(MAYBE))
        case "warehouse":
            return parcel_left(at, draw(WAYBILLS), draw(st.none() | st.integers(0, 2)))
        case _:
            told = {"phase": draw(st.sampled_from(Phase)), "first_scan_at": draw(MAYBE)}
            return order_fact(Reporter.CARRIER, at, line=draw(WAYBILLS), **told)


STORIES = st.lists(links() | tracks(), min_size=1, max_size=10)


@st.composite
def retold(draw: st.DrawFn, facts: list[WaybillFact]) -> list[WaybillFact]:
    """The same deliveries in any order, some of them repeated and received again later."""
    again = draw(st.lists(st.sampled_from(facts), max_size=4))
    later = [fact.model_copy(update={"observed_at": fact.observed_at + draw(SECONDS)}) for fact in again]
    return draw(st.permutations([*facts, *later]))


@LAW
@given(STORIES, st.data())
def test_any_order_and_any_repetition_ends_in_the_same_last_word_per_order_and_parcel(
    facts: list[WaybillFact], data: st.DataObject
) -> None:
    assert Linker().hears(*facts).last == Linker().hears(*data.draw(retold(facts))).last


@LAW
@given(STORIES, st.lists(others(), max_size=3), st.data())
def test_the_hub_gives_the_same_account_whatever_way_the_linker_came_to_its_last_words(
    facts: list[WaybillFact], reports: list[OrderReported], data: st.DataObject
) -> None:
    one, other = Linker().hears(*facts), Linker().hears(*data.draw(retold(facts)))
    for order, told in by_order(one).items():
        again = by_order(other)[order]
        mixed = data.draw(st.permutations([*told, *reports]))
        shuffled = data.draw(st.permutations([*again, *again[:2], *reports]))
        assert hub(mixed).account == hub(shuffled).account
        decided = [(state.verdict, state.phase) for state in (hub(mixed).state, hub(shuffled).state) if state]
        assert decided[0] == decided[1]


def by_order(linker: Linker) -> dict[str, list[ParcelReported]]:
    told = defaultdict(list)
    for event in linker.events:
        told[event.order_id].append(event)
    return told


def hub(facts: list[OrderReported | ParcelReported]) -> Hub:
    return heard(facts, now=after(500))


@LAW
@given(STORIES)
def test_every_event_is_news_and_what_was_said_is_not_said_again(facts: list[WaybillFact]) -> None:
    linker = Linker()
    last: dict[tuple[str, str], ParcelReported] = {}
    for fact in facts:
        told = len(linker.events)
        linker.hears(fact)
        for event in linker.events[told:]:
            place = (event.order_id, event.waybill)
            before = last.get(place)
            last[place] = event
            assert before is None or (before != event and before.event_id != event.event_id)
    told = len(linker.events)
    assert len(linker.hears(*facts).events) == told


@LAW
@given(STORIES)
def test_every_order_in_a_parcel_and_nobody_else_has_heard_of_it(facts: list[WaybillFact]) -> None:
    expected = {(fact.order_id, fact.waybill) for fact in facts if isinstance(fact, WaybillLinked)}
    assert Linker().hears(*facts).last.keys() == expected


WILD = st.datetimes(timezones=st.timezones())


@st.composite
def wild_tracks(draw: st.DrawFn) -> WaybillTracked:
    times = {name: draw(st.none() | WILD) for name in ("first_scan_at", "last_scan_at", "signed_at")}
    return tracked(
        draw(WILD),
        "P1",
        draw(st.sampled_from(Phase)),
        observed_at=draw(WILD),
        version=draw(st.none() | st.integers(-LARGEST, LARGEST)),
        carrier=draw(st.text(max_size=5)),
        raw_code=draw(st.text(max_size=5)),
        **times,
    )


@LAW
@given(st.lists(wild_tracks(), min_size=1, max_size=4), st.integers(0, 2**45))
def test_no_valid_track_stops_the_linker_or_the_hub(facts: list[WaybillTracked], now_ms: int) -> None:
    state: ParcelState | None = None
    for fact in [linked("P1"), *facts]:
        outcome = decide_parcel(state, fact, "P1", now_ms, PARCEL_POLICY)
        assert outcome.state is not None
        state = ParcelState.from_bytes(outcome.state.to_bytes())
        for event in outcome.events:
            assert isinstance(event, ParcelReported)
            event.to_bytes()
            assert Hub().hears(event).account.to_bytes()
