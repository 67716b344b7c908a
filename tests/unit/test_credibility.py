"""What the customer's app shows against what we say: told when they differ for longer than the grace."""

from dataclasses import replace
from datetime import datetime, timedelta
from struct import Struct
from typing import Any

import pytest

from pipeline.cli.policies import case_policies
from pipeline.domain.instants import to_ms
from pipeline.domain.order_case import OrderCase, OrderJudges
from pipeline.domain.order_case.credibility import CredibilityPolicy, decide_credibility
from pipeline.settings import Settings
from schemas.anomaly_life import ConditionGone, ConditionSeen
from schemas.order import OrderReported
from schemas.vocabulary import AnomalyEnd, AnomalyKind, Phase, Reporter
from tests.builders import ORDER, START, after, order_fact, parcel_left, platform_says
from tests.caring import scanned
from tests.one_case import CASE_POLICIES, Case

MISMATCH = AnomalyKind.CREDIBILITY_MISMATCH
MS, S, GRACE, SETTLE = (timedelta(milliseconds=ms) for ms in (1, 1_000, 60_000, 300_000))
AHEAD = timedelta(minutes=30)
LEFT = after(1)


def shows(phase: Phase, said: datetime, **told: Any) -> OrderReported:
    """The app begins to say so, and tells us at once."""
    return order_fact(
        Reporter.APP, said, **{"phase": phase, "raw_code": f"app {phase}", "observed_at": said, **told}
    )


def ordered(**told: Any) -> OrderReported:
    return platform_says(observed_at=START, paid_at=START, promised_ship_at=after(48), **told)


def left(**told: Any) -> OrderReported:
    return parcel_left(LEFT, **{"observed_at": LEFT, **told})


def calm() -> Case:
    """The app and we say: to ship."""
    return Case().hears(ordered(), shows(Phase.TO_SHIP, START + 10 * S))


def seen(case: Case) -> list[ConditionSeen]:
    return [event for event in case.all(ConditionSeen) if event.kind is MISMATCH]


def ends(case: Case) -> list[AnomalyEnd]:
    return [event.how for event in case.all(ConditionGone) if event.kind is MISMATCH]


def test_an_app_that_does_not_follow_is_told_after_the_wait_and_on_the_last_instant_not_yet() -> None:
    """No further report is needed: the clock alone passes the limit."""
    case = calm().hears(left(), now=LEFT + SETTLE)
    assert seen(case) == []
    (told,) = seen(case.waits_until(LEFT + SETTLE + MS))
    assert (told.severity, told.subject, told.occurred_at) == ("warning", "order:260301-1", LEFT)
    assert told.observed_at == LEFT + SETTLE
    assert told.evidence == {
        "order_id": "260301-1",
        "app_phase": "not_shipped",
        "app_code": "app to_ship",
        "app_since_at": (START + 10 * S).isoformat(),
        "phase": "shipped",
        "phase_since_at": LEFT.isoformat(),
        "differs_since_at": LEFT.isoformat(),
    }
    assert len(seen(case.waits_until(after(40)))) == 1, "told once"


def test_asked_too_soon_nothing_is_told() -> None:
    state = calm().hears(left()).state
    assert state is not None
    assert state.credibility is not None
    told, limit = [], to_ms(LEFT + SETTLE)
    for now_ms in (limit - 1, limit, limit + 1):
        outcome = decide_credibility(state.credibility, None, ORDER, now_ms, CredibilityPolicy())
        told.append(len(outcome.events))
    assert told == [0, 0, 1]


def test_an_app_that_follows_within_the_grace_is_never_told() -> None:
    case = calm().hears(left(), shows(Phase.SHIPPED, LEFT + GRACE), now=after(40))
    assert (seen(case), ends(case)) == ([], [])
    assert case.state is not None
    assert case.state.credibility is None


def test_an_app_that_follows_within_the_grace_is_not_told_though_its_word_is_on_its_way_for_minutes() -> None:
    word = shows(Phase.SHIPPED, LEFT + GRACE, observed_at=LEFT + SETTLE)
    case = calm().hears(left(), now=LEFT + SETTLE).hears(word)
    assert (seen(case.waits_until(after(40))), ends(case)) == ([], [])


def test_an_app_that_follows_after_the_grace_and_before_we_tell_is_told_with_its_end() -> None:
    case = calm().hears(left(), shows(Phase.SHIPPED, LEFT + GRACE + MS))
    (told,) = seen(case)
    assert (told.occurred_at, told.observed_at) == (LEFT, LEFT + GRACE + MS)
    assert ends(case.waits_until(after(40))) == [AnomalyEnd.HEALED]
    assert len(seen(case)) == 1


def test_an_app_that_follows_late_heals_it() -> None:
    case = calm().hears(left(), shows(Phase.SHIPPED, after(6)))
    assert (len(seen(case)), ends(case)) == (1, [AnomalyEnd.HEALED])
    (gone,) = [event for event in case.all(ConditionGone) if event.kind is MISMATCH]
    assert gone.because == "both say shipped again"
    assert (gone.occurred_at, gone.observed_at) == (after(6), after(6))
    assert len(seen(case.waits_until(after(40)))) == 1


@pytest.mark.parametrize(
    ("late", "end"),
    [(GRACE, AnomalyEnd.WITHDRAWN), (GRACE + MS, AnomalyEnd.HEALED)],
)
def test_what_a_report_told_late_shows_to_have_been_in_time_is_withdrawn(
    late: timedelta, end: AnomalyEnd
) -> None:
    word = shows(Phase.SHIPPED, LEFT + late, observed_at=after(3))
    case = calm().hears(left(), now=after(2)).hears(word)
    assert (len(seen(case)), ends(case)) == (1, [end])


def test_an_app_that_is_ahead_is_told_too() -> None:
    """Our own word may be on its way for longer: half an hour, as far as topics are read apart."""
    case = calm().hears(shows(Phase.SHIPPED, LEFT), now=LEFT + AHEAD)
    assert seen(case) == []
    assert seen(case.waits_until(LEFT + AHEAD + MS))[0].evidence["app_phase"] == "shipped"
    case.hears(parcel_left(after(3), observed_at=after(3)))
    assert ends(case) == [AnomalyEnd.HEALED]


def test_a_report_of_ours_that_comes_late_is_no_fault_of_the_app() -> None:
    """The wait counts from when we knew: the app is told of it in the same minute as we are."""
    known = after(5)
    case = calm().waits_until(known).hears(left(observed_at=known))
    case.waits_until(known + SETTLE)
    assert seen(case) == []
    assert len(seen(case.waits_until(known + SETTLE + MS))) == 1
    case.hears(shows(Phase.SHIPPED, LEFT + 30 * S, observed_at=known + 2 * SETTLE))
    assert ends(case) == [AnomalyEnd.WITHDRAWN]


def test_without_a_word_of_the_app_or_of_ours_nothing_is_compared() -> None:
    assert seen(Case().hears(ordered(), left(), now=after(40))) == []
    assert seen(Case().hears(shows(Phase.SHIPPED, LEFT), now=after(40))) == []


def test_what_the_app_said_first_is_compared_as_soon_as_we_speak() -> None:
    case = Case().hears(shows(Phase.SHIPPED, LEFT), platform_says(said=after(2), observed_at=after(2)))
    assert seen(case.waits_until(after(2) + AHEAD)) == []
    assert len(seen(case.waits_until(after(2) + AHEAD + MS))) == 1


def test_the_same_word_again_and_another_wrong_one_do_not_begin_the_wait_anew() -> None:
    again, other = shows(Phase.TO_SHIP, LEFT + 30 * S), shows(Phase.CLOSED, LEFT + 40 * S)
    case = calm().hears(left(), again, other, again, now=LEFT + SETTLE + MS)
    (told,) = seen(case)
    assert told.evidence["app_phase"] == "closed"


def test_an_older_word_changes_nothing() -> None:
    case = calm().hears(left(), shows(Phase.SHIPPED, LEFT + 5 * S), shows(Phase.TO_SHIP, LEFT - MS))
    assert seen(case.waits_until(after(40))) == []


def test_what_differs_again_is_told_again() -> None:
    case = calm().hears(left(), shows(Phase.SHIPPED, after(2)))
    case.hears(scanned(after(3)), scanned(after(3), after(9), signed_at=after(9), phase=Phase.SIGNED))
    case.waits_until(after(10)).hears(shows(Phase.SIGNED, after(11)))
    assert len({told.event_id for told in seen(case)}) == 2
    assert ends(case) == [AnomalyEnd.HEALED, AnomalyEnd.HEALED]


def test_a_closing_without_a_time_counts_from_when_the_platform_said_it() -> None:
    closing = platform_says(Phase.CLOSED, after(2), observed_at=after(2), paid_at=START)
    case = calm().hears(closing, now=after(2) + SETTLE + MS)
    assert seen(case)[0].occurred_at == after(2)
    case.hears(shows(Phase.CLOSED, after(2) + 40 * S, observed_at=after(3)))
    assert ends(case) == [AnomalyEnd.WITHDRAWN]


def test_it_is_over_when_the_order_is_forgotten() -> None:
    case = calm().hears(platform_says(Phase.CLOSED, after(2), observed_at=after(2), paid_at=START))
    case.waits_until(after(3))
    assert ends(case) == []
    for days in range(1, 100, 9):
        case.waits_until(after(24 * days))
    assert ends(case) == [AnomalyEnd.CLEARED]
    assert case.state is None


def test_another_grace_and_another_wait_and_no_judge() -> None:
    for grace_s, settle_s, limit in ((60, 0, GRACE), (0, 60, GRACE), (600, 300, 10 * GRACE)):
        settings = Settings(credibility_grace_s=grace_s, credibility_settle_s=settle_s, _env_file=None)  # type: ignore[call-arg]
        case = Case(judges=OrderJudges(case_policies(settings)))
        case.hears(ordered(), shows(Phase.TO_SHIP, START + S), left(), now=LEFT + limit)
        assert seen(case) == []
        assert len(seen(case.waits_until(LEFT + limit + MS))) == 1
    settings = Settings(credibility_settle_s=9_000, step_s=0, _env_file=None)  # type: ignore[call-arg]
    assert case_policies(settings).credibility == CredibilityPolicy(60_000, 9_000_000, 9_000_000)
    assert case_policies(Settings(_env_file=None)).credibility == CredibilityPolicy()  # type: ignore[call-arg]
    nobody = OrderJudges(replace(CASE_POLICIES, judges=CASE_POLICIES.judges - {"credibility"}))
    facts = (ordered(), shows(Phase.TO_SHIP, START + S), left())
    assert seen(Case(judges=nobody).hears(*facts, now=after(40))) == []


def test_a_case_stored_before_the_app_was_watched_is_read_and_watched_from_its_next_word_on() -> None:
    """As its bytes were: eight lengths, eight dues and the instant it was last spoken of."""
    judges = OrderJudges(replace(CASE_POLICIES, judges=CASE_POLICIES.judges - {"credibility"}))
    state = Case(judges=judges).hears(ordered(), shows(Phase.TO_SHIP, START + S), left()).state
    assert state is not None
    parts = [b"" if held is None else held.to_bytes() for held in state.judges[:8]]
    dues = [-1 if due is None else due for due in state.dues[:8]]
    raw = b"".join((Struct(">8I9q").pack(*map(len, parts), *dues, state.spoken_ms), *parts))
    assert OrderCase.from_bytes(raw) == state
    assert state.due_ms is not None
    case = Case(state=OrderCase.from_bytes(raw), due_ms=state.due_ms, now=after(2))
    case.hears(shows(Phase.TO_SHIP, after(2)), now=after(2) + SETTLE + MS)
    assert len(seen(case)) == 1
    assert to_ms(seen(case)[0].occurred_at) == to_ms(after(2))
