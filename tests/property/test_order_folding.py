"""Laws of the order hub: the account depends on what was told, never on the order or number of tellings."""

from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.instants import to_ms
from pipeline.domain.order_account import describe_order
from pipeline.domain.order_hub import decide_order
from pipeline.domain.order_state import PROMISES, TIMES, OrderState
from schemas.base import LARGEST
from schemas.order import OrderReported
from schemas.vocabulary import Phase, Platform, Reporter, Verdict
from tests.builders import IMPORTED, ORDER, POLICY, START, Hub, after, file_row, order_fact
from tests.examples import tries

LAW = settings(max_examples=tries(120))
HOURS = st.sampled_from([0, 1, 2, 24, 47, 48, 49, 72, 96, 150])
"""Few and colliding: the same instants, versions and deadlines meet again and again."""
MOMENTS = HOURS.map(after)
MAYBE = st.none() | MOMENTS
UNITS = st.none() | st.integers(0, 3)
LINES = st.sampled_from(["", "a", "b"])
END = after(600)


@st.composite
def platform_reports(draw: st.DrawFn) -> OrderReported:
    said = draw(MOMENTS)
    version = draw(st.sampled_from([to_ms(said), to_ms(said), None]))
    return order_fact(
        Reporter.PLATFORM,
        said,
        observed_at=said + timedelta(seconds=draw(st.integers(0, 3))),
        version=version,
        phase=draw(st.none() | st.sampled_from(Phase)),
        shop=draw(st.sampled_from(["shop-a", "shop-b"])),
        units=draw(UNITS),
        ordered_at=draw(MAYBE),
        paid_at=draw(MAYBE),
        promised_ship_at=draw(MAYBE),
        promised_sign_at=draw(MAYBE),
        closed_at=draw(MAYBE),
        cannot_supply=draw(st.booleans()),
        policy_promise=draw(st.booleans()),
        cash_on_delivery=draw(st.booleans()),
        paid_fen=draw(UNITS),
        is_parent=draw(st.sampled_from([False, False, False, False, True])),
    )


@st.composite
def eyewitness_reports(draw: st.DrawFn) -> OrderReported:
    said = draw(MOMENTS)
    return order_fact(
        draw(st.sampled_from([Reporter.WMS, Reporter.CARRIER])),
        said,
        observed_at=said + timedelta(seconds=draw(st.integers(0, 3))),
        phase=draw(st.none() | st.sampled_from(Phase)),
        line=draw(LINES),
        units=draw(UNITS),
        outbound_at=draw(MAYBE),
        first_scan_at=draw(MAYBE),
        signed_at=draw(MAYBE),
    )


@st.composite
def bystander_reports(draw: st.DrawFn) -> OrderReported:
    said = draw(MOMENTS)
    return order_fact(
        draw(st.sampled_from([Reporter.ERP, Reporter.CS, Reporter.APP])),
        said,
        version_is_time=draw(st.booleans()),
        platform=draw(st.sampled_from([Platform.JD, Platform.PDD])),
        phase=draw(st.none() | st.sampled_from(Phase)),
        raw_code=draw(st.sampled_from(["30", "95"])),
    )


@st.composite
def file_rows(draw: st.DrawFn) -> OrderReported:
    versions = st.none() | st.sampled_from([1, to_ms(after(1)), to_ms(after(50))])
    return file_row(
        run=IMPORTED + timedelta(minutes=draw(st.integers(0, 3))),
        version=draw(versions),
        version_is_time=draw(st.booleans()),
        shop=draw(st.sampled_from(["olist", "shop-b"])),
        line=draw(LINES),
        phase=draw(st.none() | st.sampled_from(Phase)),
        paid_at=draw(MAYBE),
        promised_ship_at=draw(MAYBE),
        promised_sign_at=draw(MAYBE),
        outbound_at=draw(MAYBE),
        signed_at=draw(MAYBE),
        closed_at=draw(MAYBE),
        cannot_supply=draw(st.booleans()),
        paid_fen=draw(UNITS),
        as_of=draw(st.sampled_from([None, None, after(48), after(60)])),
    )


LIVE = st.lists(platform_reports() | eyewitness_reports() | bystander_reports(), min_size=1, max_size=7)
FILES = st.lists(file_rows(), min_size=1, max_size=5)
STORIES = LIVE | FILES | st.tuples(LIVE, FILES).map(lambda both: [*both[0], *both[1]])


def told(facts: list[OrderReported], now: datetime = END) -> Hub:
    return Hub().hears(*facts, now=now)


@st.composite
def retold(draw: st.DrawFn) -> tuple[list[OrderReported], list[OrderReported]]:
    """A story, and the same deliveries in any order, some of them repeated and received again later."""
    facts = draw(STORIES)
    again = draw(st.lists(st.sampled_from(facts), max_size=4))
    redelivered = [
        fact
        if fact.reporter is Reporter.FILE or not draw(st.booleans())
        else fact.model_copy(update={"observed_at": fact.observed_at + timedelta(seconds=2)})
        for fact in again
    ]
    return facts, draw(st.permutations([*facts, *redelivered]))


@LAW
@given(retold())
def test_any_order_and_any_repetition_ends_in_one_account(
    stories: tuple[list[OrderReported], list[OrderReported]],
) -> None:
    first, second = (told(facts) for facts in stories)
    assert first.account == second.account
    assert first.state is not None
    assert second.state is not None
    assert (first.state.verdict, first.state.phase) == (second.state.verdict, second.state.phase)


@LAW
@given(STORIES, st.data())
def test_a_replayed_beginning_changes_nothing_and_announces_nothing(
    facts: list[OrderReported], data: st.DataObject
) -> None:
    hub = told(facts)
    account, events = hub.account, len(hub.events)
    prefix = facts[: data.draw(st.integers(1, len(facts)))]
    hub.hears(*prefix)
    assert hub.account == account
    assert len(hub.events) == events


@LAW
@given(STORIES, MOMENTS)
def test_the_state_survives_its_bytes(facts: list[OrderReported], now: datetime) -> None:
    state = told(facts, now).state
    assert state is not None
    again = OrderState.from_bytes(state.to_bytes())
    assert again == state
    assert describe_order(again, ORDER, to_ms(now), POLICY) == describe_order(
        state, ORDER, to_ms(now), POLICY
    )


@LAW
@given(STORIES)
def test_every_change_of_verdict_is_announced_once_and_in_a_chain(facts: list[OrderReported]) -> None:
    hub = told(facts)
    verdicts = [Verdict.NONE, *(event.verdict for event in hub.judged)]  # an order begins with nothing owed
    assert all(before != now for before, now in pairwise(verdicts))
    assert hub.state is not None
    assert verdicts[-1] == hub.state.verdict == hub.account.verdict
    for earlier, event in pairwise(hub.judged):
        if earlier.verdict in (Verdict.KEPT, Verdict.BROKEN):
            assert event.corrects == earlier.verdict
        if earlier.verdict is Verdict.OPEN:
            assert event.corrects is None


@LAW
@given(STORIES, MOMENTS, MOMENTS)
def test_time_alone_only_breaks_what_is_open(
    facts: list[OrderReported], now: datetime, later: datetime
) -> None:
    hub = told(facts, now)
    state = hub.state
    assert state is not None
    outcome = decide_order(state, None, ORDER, to_ms(max(hub.now, later)), POLICY)
    assert outcome.state is not None, "nothing is forgotten within days"
    moved = (state.verdict, outcome.state.verdict)
    assert moved[0] == moved[1] or moved == ("open", "broken")
    assert outcome.state.phase == state.phase


@LAW
@given(STORIES, MOMENTS)
def test_an_account_agrees_with_itself(facts: list[OrderReported], now: datetime) -> None:
    account = told(facts, now).account
    if account.verdict is Verdict.KEPT:
        assert not account.is_open
        assert account.settled_at is not None
    if account.verdict is Verdict.BROKEN:
        assert account.settled_at == account.deadline_at
        assert account.rule.rpartition("_")[2] in {"late", "overdue"}
    if account.verdict is Verdict.OPEN:
        assert account.is_open
        assert account.deadline_at is not None
        assert account.settled_at is None
    if account.verdict is Verdict.NONE:
        assert account.deadline_at is None
        assert not account.is_open


WILD = st.datetimes(timezones=st.timezones()) | st.sampled_from(
    [datetime.min.replace(tzinfo=START.tzinfo), datetime.max.replace(tzinfo=START.tzinfo)]
)
NUMBERS = st.none() | st.integers(0, LARGEST)


@st.composite
def wild_reports(draw: st.DrawFn) -> OrderReported:
    moments = {name: draw(st.none() | WILD) for name in (*TIMES, *PROMISES, "judged_at", "as_of")}
    return order_fact(
        draw(st.sampled_from(Reporter)),
        draw(WILD),
        observed_at=draw(WILD),
        version=draw(st.none() | st.integers(-LARGEST, LARGEST)),
        version_is_time=draw(st.booleans()),
        line=draw(LINES | st.text(max_size=5)),
        phase=draw(st.none() | st.sampled_from(Phase)),
        units=draw(NUMBERS),
        paid_fen=draw(NUMBERS),
        policy_promise=draw(st.booleans()),
        cash_on_delivery=draw(st.booleans()),
        **moments,
    )


@LAW
@given(st.lists(wild_reports(), min_size=1, max_size=5), st.integers(0, 2**45))
def test_no_valid_fact_stops_the_hub(facts: list[OrderReported], now_ms: int) -> None:
    state: OrderState | None = None
    for fact in facts:
        state = decide_order(state, fact, ORDER, now_ms, POLICY).state
        assert state is not None
        state = OrderState.from_bytes(state.to_bytes())
        describe_order(state, ORDER, now_ms, POLICY).to_bytes()
