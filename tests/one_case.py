"""One order before all its judges, for tests: facts in, decisions out, the clock moved by hand."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from pipeline.domain.desk import DeskPolicy
from pipeline.domain.instants import to_ms
from pipeline.domain.order_case import CasePolicies, OrderCase, OrderJudges
from pipeline.domain.order_case.state import Last
from pipeline.domain.outcome import Outcome
from pipeline.rules.desk import shipped_desk_rules
from pipeline.rules.refunds import shipped_refund_rules
from schemas.base import Event
from schemas.promise import OrderAccount
from tests.builders import ORDER
from tests.one_order import OneOrder

K = TypeVar("K", bound=Event)


@cache
def case_policies() -> CasePolicies:
    """The shipped rules and every default."""
    return CasePolicies(refund_rules=shipped_refund_rules(), desk=DeskPolicy(shipped_desk_rules()))


CASE_POLICIES = case_policies()
JUDGES = OrderJudges(CASE_POLICIES)


@dataclass
class Case(OneOrder[CasePolicies, Any, OrderCase]):
    """One order; `events` is what all judges decided, in order."""

    policy: CasePolicies = CASE_POLICIES
    judges: OrderJudges = JUDGES
    last: Last | None = None
    """What a worker keeps in memory between two facts; None: it has just been started anew."""

    def decide(self, fact: Any) -> Outcome[OrderCase]:
        before = None if self.state is None else self.state._replace(last=self.last)
        outcome = self.judges.decide(before, fact, ORDER, to_ms(self.now))
        if outcome.state is None:
            self.last = None
            return outcome
        self.last = outcome.state.at_rest().last
        return outcome._replace(state=outcome.state._replace(last=None))

    def all(self, kind: type[K]) -> list[K]:
        """The events of one type."""
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def told(self) -> list[str]:
        """The types of everything decided, in order."""
        return [event.type for event in self.events]  # type: ignore[attr-defined]

    @property
    def account(self) -> OrderAccount:
        assert self.state is not None
        account = JUDGES.describe(self.state, ORDER, to_ms(self.now))
        assert account is not None
        return account

    def at(self, now: datetime) -> "Case":
        """Move the clock on."""
        return self.waits_until(now)
