"""The refund centre's decision: hear a report, judge every refund of the order again, say what is new."""

from collections.abc import Callable
from typing import Final

from pipeline.domain.outcome import Outcome
from pipeline.domain.policy import RefundPolicy
from pipeline.domain.refunds.hearing import Fact, concerns, hear, received_ms
from pipeline.domain.refunds.judging import SETTLED, Bench, Judged, judge, reconsider
from pipeline.domain.refunds.rules import Rules
from pipeline.domain.refunds.state import RefundState
from pipeline.domain.refunds.telling import Teller
from schemas.base import Event

Step = Callable[[RefundState, str, Bench, Teller], Judged]
STEPS: Final[tuple[Step, ...]] = (judge, reconsider)
"""All refunds are judged first: whether an earlier sending was right depends on what else is sent now."""


def decide_refunds(
    state: RefundState | None, fact: Fact | None, key: str, now_ms: int, policy: RefundPolicy, *, rules: Rules
) -> Outcome[RefundState]:
    """Take one fact about an order, or (None) the passing of time, at `now_ms` of the event clock.

    Every refund of the order is judged by all that is known (domain.md sections 3 and 14). Raises
    Undecidable for a fact that the order cannot hold.
    """
    if fact is not None and not concerns(fact):
        return Outcome(state, (), state.due_ms if state else None, is_news=False)
    if fact is None and state is None:
        return Outcome(None)
    before = state or RefundState()
    after = before if fact is None else hear(before, fact, key, now_ms)
    bench = Bench(rules, policy, now_ms)
    events: list[Event] = []
    dues: list[int] = []
    for step in STEPS:
        for refund_id in sorted(after.cases):
            teller = _teller(before, fact, key, refund_id, bench)
            judged = step(after, refund_id, bench, teller)
            after = after._replace(cases={**after.cases, refund_id: judged.case})
            events += judged.events
            dues += [] if judged.due_ms is None else [judged.due_ms]
    if all(case.verdict in SETTLED for case in after.cases.values()):
        forgotten_ms = after.heard_ms + policy.retention_ms
        if fact is None and not events and now_ms > forgotten_ms:
            return Outcome(None)
        dues.append(forgotten_ms)
    due = min(dues, default=None)
    return Outcome(after._replace(due_ms=due), tuple(events), due, is_news=bool(events))


def _teller(before: RefundState, fact: Fact | None, key: str, refund_id: str, bench: Bench) -> Teller:
    """What the clock brings about derives from the deadline it passed, everything else from its fact."""
    if fact is None:
        now_ms = bench.now_ms
        return Teller(key, refund_id, key, f"due {before.due_ms}", now_ms, now_ms, bench.rules.version)
    return Teller(key, refund_id, fact.event_id, "", received_ms(fact), bench.now_ms, bench.rules.version)
