"""Builds what the refund centre says; every id derives from what brought it about, so a replay repeats it."""

from typing import Any, NamedTuple

from pipeline.domain.instants import from_ms
from pipeline.domain.refunds.rules import Hit, Rule
from pipeline.domain.refunds.state import Case
from schemas.base import derived_id
from schemas.refund import (
    ConfirmationAsked,
    RefundAffirmed,
    RefundDoubted,
    RefundMatched,
    RefundMismatched,
    RefundSent,
    RefundVerified,
    doubt_subject,
    mismatch_subject,
)
from schemas.vocabulary import AnomalyEnd, Platform, RefundVerdict


class Teller(NamedTuple):
    """Speaks of one refund. `turn` tells apart what one cause, the key's own clock, brings about in turn."""

    order_id: str
    refund_id: str
    cause_id: str
    turn: str
    observed_ms: int
    now_ms: int
    rules_version: str

    def _head(self, what: str, case: Case) -> dict[str, Any]:  # fields of Event, which validates them
        content = f"{what}|{self.refund_id}|{case.version}"
        return self._dated(derived_id(self.cause_id, f"{content}|{self.turn}"), case)

    def _once(self, what: str, case: Case) -> dict[str, Any]:  # likewise
        """The head of a command: its id is the same whatever brings it about."""
        return self._dated(derived_id(self.order_id, f"{what}|{self.refund_id}|{case.version}"), case)

    def _dated(self, event_id: str, case: Case) -> dict[str, Any]:  # likewise
        return {
            "event_id": event_id,
            "cause_id": self.cause_id,
            "occurred_at": from_ms(self.now_ms),
            "observed_at": from_ms(self.observed_ms),
            "order_id": self.order_id,
            "refund_id": self.refund_id,
            "shop": case.word.shop,
        }

    def verified(self, case: Case, hit: Hit) -> RefundVerified:
        """The verdict that is new."""
        rule, word = hit.rule, case.word
        previous = case.verdict if case.verdict not in ("", rule.verdict) else None
        return RefundVerified(
            **self._head(f"refund.verified|{rule.verdict}|{rule.id}|{word.done}", case),
            platform=Platform(word.platform),
            version=case.version,
            verdict=rule.verdict,
            previous=RefundVerdict(previous) if previous else None,
            rule=rule.id,
            rules_version=self.rules_version,
            mapping=word.mapping,
            reason_zh=rule.zh,
            reason_en=rule.en,
            facts=hit.facts,
            amount_fen=word.amount_fen,
            done=word.done,
            requested_at=from_ms(case.first_ms),
        )

    def asked(self, case: Case, hit: Hit) -> ConfirmationAsked:
        """The question to customer service."""
        return ConfirmationAsked(
            **self._once("confirmation.asked", case),
            refund_version=case.version,
            amount_fen=case.word.amount_fen,
            rule=hit.rule.id,
            rules_version=self.rules_version,
            facts=hit.facts,
        )

    def sent(self, case: Case, rule: Rule) -> RefundSent:
        """The command to finance."""
        return RefundSent(
            **self._once("refund.sent", case),
            platform=Platform(case.word.platform),
            refund_version=case.version,
            replaces=case.sent,
            amount_fen=case.word.amount_fen,
            rule=rule.id,
            rules_version=self.rules_version,
        )

    def mismatched(self, case: Case, reason: str, others_fen: int, paid_fen: int | None) -> RefundMismatched:
        """The refund does not fit its order."""
        return RefundMismatched(
            **self._head(f"refund.mismatched|{reason}", case),
            subject=mismatch_subject(self.order_id, self.refund_id),
            refund_version=case.version,
            reason=reason,
            amount_fen=case.word.amount_fen,
            others_fen=others_fen,
            paid_fen=paid_fen,
        )

    def matched(self, case: Case, end: AnomalyEnd, because: str) -> RefundMatched:
        """The mismatch is over."""
        return RefundMatched(
            **self._head("refund.matched", case),
            subject=mismatch_subject(self.order_id, self.refund_id),
            end=end,
            because=because,
        )

    def doubted(self, case: Case, sent: int, hit: Hit) -> RefundDoubted:
        """A refund that was sent should not have been."""
        return RefundDoubted(
            **self._head(f"refund.doubted|{hit.rule.id}", case),
            subject=doubt_subject(self.order_id, self.refund_id),
            refund_version=sent,
            rule=hit.rule.id,
            verdict=hit.rule.verdict,
            rules_version=self.rules_version,
            facts=hit.facts,
        )

    def affirmed(self, case: Case) -> RefundAffirmed:
        """The doubt is over."""
        end = AnomalyEnd.CLEARED if case.word.done else AnomalyEnd.WITHDRAWN
        return RefundAffirmed(
            **self._head("refund.affirmed", case),
            subject=doubt_subject(self.order_id, self.refund_id),
            end=end,
        )
