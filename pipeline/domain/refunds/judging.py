"""Judges one refund by all that is known of its order, and says what is new about it."""

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from pipeline.domain.policy import RefundPolicy
from pipeline.domain.refunds.catalogue import Facts
from pipeline.domain.refunds.evidence import afterthought, evidence, others_fen
from pipeline.domain.refunds.rules import Hit, Rules
from pipeline.domain.refunds.state import Case, RefundState
from pipeline.domain.refunds.telling import Teller
from schemas.base import Event
from schemas.vocabulary import AnomalyEnd, RefundStandard, RefundVerdict

MISMATCH: Final = "refund_mismatch"
"""The rule whose verdict is an anomaly as well (domain.md section 3)."""
NO_ORDER: Final = "no_order"
EXCEEDS_PAID: Final = "exceeds_paid"
SETTLED: Final = frozenset({RefundVerdict.FINANCE, RefundVerdict.NOT_REFUNDABLE})
"""A report may change these verdicts; time alone does not."""


@dataclass(frozen=True, slots=True)
class Bench:
    """By what is judged: the rules, the policy, the instant (milliseconds since 1970 UTC)."""

    rules: Rules
    policy: RefundPolicy
    now_ms: int


class Judged(NamedTuple):
    """One refund, judged: the case as it is now, what is said, when time alone may change it."""

    case: Case
    events: tuple[Event, ...] = ()
    due_ms: int | None = None


def judge(state: RefundState, refund_id: str, bench: Bench, teller: Teller) -> Judged:
    """Judge one refund. Straight to finance is final until a newer version, or until the money is out.

    A refundable case whose order may still come gets no verdict yet, unless it is held.
    """
    case = state.cases[refund_id]
    if case.is_final and not case.word.done:
        return Judged(case)
    facts = evidence(state, refund_id, bench.now_ms, bench.policy)
    hit = bench.rules.judge(facts, bench.now_ms)
    if _must_wait(facts, hit):
        return Judged(case, due_ms=case.first_ms + bench.policy.order_wait_ms)
    reason = _reason(facts) if hit.rule.id == MISMATCH else ""
    matched, mismatch = _fitted(state, case, reason, hit, teller)
    told: list[Any] = [case.version, str(hit.rule.verdict), hit.rule.id, case.word.done, reason]
    events = [teller.verified(case, hit)] if told != case.told else []
    after, acts = _acted(case, hit, bench.now_ms, teller)
    due = None
    if hit.rule.verdict not in SETTLED:
        due = bench.rules.due_ms(state.signed_ms, bench.now_ms)
    return Judged(after._replace(told=told, mismatch=mismatch), (*events, *matched, *acts), due)


def _must_wait(facts: Facts, hit: Hit) -> bool:
    is_refundable = facts["standard"] == RefundStandard.REFUNDABLE
    return is_refundable and facts["order_known"] is None and hit.rule.verdict is not RefundVerdict.HOLD


def _reason(facts: Facts) -> str:
    return EXCEEDS_PAID if facts["order_known"] else NO_ORDER


def _acted(case: Case, hit: Hit, now_ms: int, teller: Teller) -> tuple[Case, tuple[Event, ...]]:
    """Ask customer service once per version, or send to finance: what was sent is final, so once as well."""
    match hit.rule.verdict:
        case RefundVerdict.CS_CONFIRM if case.asked != case.version:
            return case._replace(asked=case.version), (teller.asked(case, hit),)
        case RefundVerdict.FINANCE:
            sent = case._replace(sent=case.version, sent_ms=now_ms, sent_fen=case.word.amount_fen)
            return sent, (teller.sent(case, hit.rule),)
    return case, ()


def _fitted(
    state: RefundState, case: Case, reason: str, hit: Hit, teller: Teller
) -> tuple[tuple[Event, ...], list[Any]]:
    """Open the mismatch, or end it: withdrawn where a report shows that it never was one, else cleared."""
    events: list[Event] = []
    if case.mismatch and case.mismatch[0] != reason:
        end = AnomalyEnd.WITHDRAWN if _never_was(state, case) else AnomalyEnd.CLEARED
        events.append(teller.matched(case, end, hit.rule.id))
    if not reason:
        return tuple(events), []
    if not case.mismatch or case.mismatch[0] != reason:
        others = others_fen(state, teller.refund_id)
        events.append(teller.mismatched(case, reason, others, state.paid_fen))
        return tuple(events), [reason, case.version, state.paid_fen]
    return tuple(events), case.mismatch


def _never_was(state: RefundState, case: Case) -> bool:
    reason, version, paid_fen = case.mismatch
    if reason == NO_ORDER:
        return state.paid_fen is not None
    return bool(case.version == version and state.paid_fen != paid_fen)


def reconsider(state: RefundState, refund_id: str, bench: Bench, teller: Teller) -> Judged:
    """Tell a person of a sent refund that by what is known now would not have been sent; reverse nothing.

    A newer version that customer service has yet to confirm does not make the sending of the last one wrong.
    """
    case = state.cases[refund_id]
    if case.sent is None:
        return Judged(case)
    hit = bench.rules.judge(afterthought(state, refund_id, bench.policy), case.sent_ms)
    is_asked_again = hit.rule.verdict is RefundVerdict.CS_CONFIRM and case.sent != case.version
    is_right = hit.rule.verdict is RefundVerdict.FINANCE or case.word.done or is_asked_again
    doubt = "" if is_right else hit.rule.id
    if doubt == case.doubt:
        return Judged(case)
    said = teller.doubted(case, case.sent, hit) if doubt else teller.affirmed(case)
    return Judged(case._replace(doubt=doubt), (said,))
