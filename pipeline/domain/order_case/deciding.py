"""Puts one fact about an order to each of its judges in turn; each hears what those before it decided."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

from pipeline.domain.care import decide_care
from pipeline.domain.conflict import decide_conflict
from pipeline.domain.desk import decide_desk
from pipeline.domain.order_account import beside, describe_order
from pipeline.domain.order_case import hearing
from pipeline.domain.order_case.address import watch_address
from pipeline.domain.order_case.credibility import decide_credibility
from pipeline.domain.order_case.noticing import findings
from pipeline.domain.order_case.policies import JUDGES, CasePolicies
from pipeline.domain.order_case.state import (
    ADDRESS,
    BREAKER,
    CARE,
    CREDIBILITY,
    DESK,
    HUB,
    REFUNDS,
    RESERVING,
    RETURNS,
    Last,
    OrderCase,
)
from pipeline.domain.order_hub import decide_order
from pipeline.domain.outcome import Outcome
from pipeline.domain.refunds import decide_refunds
from pipeline.domain.reserving import decide_reserving
from pipeline.domain.returns import decide_return
from schemas.conflict import StatusDiffered
from schemas.instruction import OrderFact
from schemas.order import OrderReported
from schemas.promise import OrderAccount

Hears = Callable[[hearing.Turn, OrderFact | None], Sequence[Any]]
"""What a judge must be told because of a fact, given what was decided before it in this turn."""
KNOWS_THE_ORDER: Final = (HUB, BREAKER)
"""By whose word others decide."""
Decide = Callable[[Any, Any, str, int], Outcome[Any]]  # Any: each judge has a state and facts of its own


class Judge(NamedTuple):
    """One judge: what it hears, and how it decides."""

    hears: Hears
    decide: Decide


class OrderJudges:
    """The judges of an order, in the order in which they are asked, with what they decide by."""

    def __init__(self, policies: CasePolicies) -> None:
        self.order_policy = policies.order
        refunds = partial(decide_refunds, policy=policies.refunds, rules=policies.refund_rules)
        every = {
            HUB: Judge(hearing.for_hub, partial(decide_order, policy=policies.order)),
            BREAKER: Judge(hearing.for_breaker, partial(decide_conflict, policy=policies.conflict)),
            CARE: Judge(hearing.for_care, partial(decide_care, policy=policies.care)),
            REFUNDS: Judge(hearing.for_refunds, refunds),
            RETURNS: Judge(hearing.for_returns, partial(decide_return, policy=policies.returns)),
            DESK: Judge(hearing.for_desk, partial(decide_desk, policy=policies.desk)),
            RESERVING: Judge(hearing.for_reserving, partial(decide_reserving, policy=policies.reserving)),
            CREDIBILITY: Judge(
                hearing.for_credibility, partial(decide_credibility, policy=policies.credibility)
            ),
        }
        names = ("hub", *JUDGES)
        self.asked = [(n, judge) for n, judge in every.items() if n == HUB or names[n] in policies.judges]
        self.watches_addresses = "address" in policies.judges

    def decide(
        self, case: OrderCase | None, fact: OrderFact | None, key: str, now_ms: int
    ) -> Outcome[OrderCase]:
        """Take one fact about an order, or (None) the passing of time, at `now_ms` of the event clock.

        What the clock has passed is decided by every judge before the fact is heard by any: a lock whose
        time has come stands before the refund that comes with it. Raises Undecidable for a fact that a judge
        cannot hold; then no judge has heard it.
        """
        before = case or OrderCase()
        turn = hearing.Turn(before, key, now_ms, self.order_policy)
        if fact is not None:
            turn.spoken_ms = now_ms
        if fact is None or turn.is_any_due():
            self._ask(turn, None)
        if fact is not None:
            self._ask(turn, fact)
        after = turn.case
        if after.hub is None and _is_forgotten(after):
            return Outcome(None, tuple(turn.told), is_news=False)
        is_news = turn.is_news and after.hub is not None
        return Outcome(after, tuple(turn.told), after.due_ms, is_news)

    def describe(self, case: OrderCase, key: str, now_ms: int, view: object = None) -> OrderAccount | None:
        """Return the order's current account, see describe_order; None where the hub knows nothing of it."""
        if case.hub is None:
            return None
        last = case.last
        if last is not None and last.account is not None and last.hub is case.hub:
            return last.account
        return describe_order(case.hub, key, now_ms, self.order_policy, last and last.view)

    def _ask(self, turn: hearing.Turn, fact: OrderFact | None) -> None:
        """One round: the hub and the breaker first, then those who act on what the two say."""
        turn.said = []
        first = len(turn.told)
        for number, judge in self.asked:
            for heard in judge.hears(turn, fact):
                self._put(turn, number, judge.decide, heard)
            if fact is None and turn.is_due(number):
                self._put(turn, number, judge.decide, None)
        if len(turn.told) > first:
            turn.told += findings(turn.told[first:], turn.case, turn.key, turn.now_ms)
        if self.watches_addresses and type(fact) is OrderReported and fact.receiver is not None:
            address, noticed = watch_address(turn.states[ADDRESS], fact, turn.key, turn.now_ms)
            turn.states[ADDRESS] = address
            turn.told += noticed

    def _put(self, turn: hearing.Turn, number: int, decide: Decide, heard: Any) -> None:
        outcome = decide(turn.states[number], heard, turn.key, turn.now_ms)
        if heard is None and outcome.state is None and turn.states[number] is not None:
            kept_ms = self._kept_ms(turn, number)
            if turn.now_ms <= kept_ms:
                turn.dues[number] = kept_ms
                return
        turn.states[number], turn.dues[number] = outcome.state, outcome.due_ms
        if outcome.events:
            turn.said += outcome.events
            turn.told += [event for event in outcome.events if type(event) is not StatusDiffered]
        if number == HUB:
            turn.is_news |= outcome.is_news
            if outcome.state is None:
                turn.last = None
            self._tell_account(turn, outcome)

    def _kept_ms(self, turn: hearing.Turn, number: int) -> int:
        """Until when a judge may not forget the order: what it heard may be old, but it heard of it just now;
        and while the hub or the breaker knows the order, the others must not take it for a new one.
        """
        retention_ms = self.order_policy.retention_ms
        silent_ms = turn.spoken_ms + retention_ms
        if number in KNOWS_THE_ORDER or all(turn.states[one] is None for one in KNOWS_THE_ORDER):
            return silent_ms
        due_ms = max(turn.dues[one] or 0 for one in KNOWS_THE_ORDER)
        return max(silent_ms, due_ms if due_ms >= turn.now_ms else turn.now_ms + retention_ms)

    def _tell_account(self, turn: hearing.Turn, outcome: Outcome[Any]) -> None:
        """The others hear the order's account where the hub judged anew and found something else."""
        last, state, view = turn.last, outcome.state, outcome.view
        if view is None or state is None:
            return
        more = beside(state)
        if last and last.view == view and last.beside == more:
            return
        account = describe_order(state, turn.key, turn.now_ms, self.order_policy, view)
        turn.last = Last(view, more, state, account)
        turn.said.append(account)


def _is_forgotten(case: OrderCase) -> bool:
    """No judge knows the order any more; a good address alone, which nobody waits for, keeps none."""
    address = case.address
    knowing = len(case.judges) - case.judges.count(None)
    return knowing == 0 or (knowing == 1 and address is not None and not address.wrong)
