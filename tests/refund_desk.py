"""A refund centre of one order, and the facts it hears: tests say only what matters to them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pipeline.domain.instants import from_ms, to_ms
from pipeline.domain.policy import RefundPolicy
from pipeline.domain.refunds import Fact, RefundState, Rules, Standing, decide_refunds
from pipeline.domain.refunds.evidence import evidence
from pipeline.domain.refunds.hearing import received_ms
from pipeline.rules.refunds import shipped_refund_rules
from schemas.base import Event, derived_id
from schemas.order import InvoiceReported, OrderReported, ParcelReported, RefundReported
from schemas.promise import OrderAccount
from schemas.refund import ConfirmationAnswered, ConfirmationAsked, GoodsCounted, RefundSent, RefundVerified
from schemas.vocabulary import (
    Phase,
    Platform,
    Proof,
    RefundStandard,
    Reporter,
    ShippingPhase,
    TrackFlag,
    Verdict,
)
from tests.builders import ORDER, START, after, platform_says

POLICY = RefundPolicy()
RULES = shipped_refund_rules()
PAID_FEN = 10_000


def _head(what: str, at: datetime, *told: object) -> dict[str, Any]:
    cause = f"{what}|{at}|{told}"
    return {
        "event_id": derived_id(cause, what),
        "cause_id": cause[:64],
        "occurred_at": at,
        "observed_at": at,
        "order_id": ORDER,
    }


def refund(at: datetime = START, refund_id: str = "R1", **told: Any) -> RefundReported:
    """A request, refundable by its codes for half of what was paid; `version` is its time unless told."""
    what: dict[str, Any] = {
        "standard": RefundStandard.REFUNDABLE,
        "amount_fen": PAID_FEN // 2,
        "version": to_ms(at),
        "raw_codes": {"status": "x"},
        "mapping": "test@1",
        "platform": Platform.TMALL,
        "shop": "shop-a",
        **told,
    }
    return RefundReported(
        **_head("refund", at, refund_id, sorted(map(str, what.items()))), refund_id=refund_id, **what
    )


def account(at: datetime = START, **told: Any) -> OrderAccount:
    """The hub's account of the order; by itself it is shipped and paid. `at` is when it was told."""
    what: dict[str, Any] = {
        "platform": Platform.TMALL,
        "shop": "shop-a",
        "phase": ShippingPhase.SHIPPED,
        "platform_phase": Phase.SHIPPED,
        "is_open": True,
        "verdict": Verdict.OPEN,
        "rule": "not_due",
        "paid_fen": PAID_FEN,
        **told,
    }
    return OrderAccount(**_head("account", at, sorted(map(str, what.items()))), **what)


def gift(has_gift: bool = True, at: datetime = START) -> OrderReported:
    """The platform tells whether a gift is among the lines."""
    return platform_says(said=at, has_gift=has_gift)


def invoice(at: datetime = START, invoice_id: str = "I1", *, red: bool = False) -> InvoiceReported:
    """An invoice was issued, or taken back."""
    return InvoiceReported(
        **_head("invoice", at, invoice_id, red),
        shop="shop-a",
        invoice_id=invoice_id,
        red_lettered=red,
        mapping="test@1",
        version=to_ms(at),
    )


def parcel(at: datetime = START, waybill: str = "SF1", *flags: TrackFlag, **told: Any) -> ParcelReported:
    """The carrier's word of one parcel."""
    return ParcelReported(
        **_head("parcel", at, waybill, flags, told),
        platform=Platform.TMALL,
        shop="shop-a",
        waybill=waybill,
        mapping="test@1",
        flags=flags,
        version=to_ms(at),
        **{"phase": Phase.SHIPPED, **told},
    )


def standing(at: datetime, **told: bool) -> Standing:
    """The breaker's word: locked, differing, or both."""
    return Standing(f"standing|{at}|{told}", to_ms(at), **told)


def counted(at: datetime, refund_id: str = "R1") -> GoodsCounted:
    """The warehouse counted what came back."""
    return GoodsCounted(**_head("counted", at, refund_id), refund_id=refund_id)


def answered(answer: str, version: datetime, at: datetime, refund_id: str = "R1") -> ConfirmationAnswered:
    """Customer service answers for one version."""
    return ConfirmationAnswered(
        **_head("answered", at, refund_id, version, answer),
        refund_id=refund_id,
        refund_version=to_ms(version),
        answer=answer,
        who="li",
    )


@dataclass
class Desk:
    """The refund centre of one order; `now` is the event clock, which only ever moves forward."""

    rules: Rules = RULES
    policy: RefundPolicy = POLICY
    now: datetime = START
    state: RefundState | None = None
    due_ms: int | None = None
    events: list[Event] = field(default_factory=list)

    def hears(self, *facts: Fact, now: datetime | None = None) -> "Desk":
        """Put facts to the decision, each at the clock it moves on to."""
        for fact in facts:
            self.now = max(self.now, from_ms(received_ms(fact)))
            self._decide(fact)
            self.waits_until(self.now)
        return self if now is None else self.waits_until(now)

    def waits_until(self, now: datetime) -> "Desk":
        """Move the clock on, asking again at every deadline it passes, as the runtime does."""
        self.now = max(self.now, now)
        for _ in range(50):
            if self.due_ms is None or self.due_ms >= to_ms(self.now) or self.state is None:
                return self
            self._decide(None)
        raise AssertionError("a deadline that has passed comes again and again")

    def waits(self, **how_long: float) -> "Desk":
        """Wait so long from now."""
        return self.waits_until(self.now + timedelta(**how_long))

    def _decide(self, fact: Fact | None) -> None:
        outcome = decide_refunds(self.state, fact, ORDER, to_ms(self.now), self.policy, rules=self.rules)
        if outcome.state is not None:
            assert RefundState.from_bytes(outcome.state.to_bytes()) == outcome.state
        self.state, self.due_ms = outcome.state, outcome.due_ms
        self.events += outcome.events

    def verdict(self, refund_id: str = "R1") -> tuple[str, str]:
        """Verdict and rule of one refund; ("", "") before the first."""
        assert self.state is not None
        case = self.state.cases[refund_id]
        return case.verdict, case.rule

    def facts(self, refund_id: str) -> dict[str, object]:
        """What the refund is judged by now."""
        assert self.state is not None
        return dict(evidence(self.state, refund_id, to_ms(self.now), self.policy))

    def told(self, *kinds: str) -> list[Event]:
        """The events of these types, in order."""
        return [event for event in self.events if getattr(event, "type", "") in kinds]

    @property
    def verified(self) -> list[RefundVerified]:
        """The verdicts that were announced, in order."""
        return [event for event in self.events if isinstance(event, RefundVerified)]

    @property
    def sent(self) -> list[RefundSent]:
        """The commands to finance, in order."""
        return [event for event in self.events if isinstance(event, RefundSent)]

    @property
    def asked(self) -> list[ConfirmationAsked]:
        """The questions to customer service, in order."""
        return [event for event in self.events if isinstance(event, ConfirmationAsked)]


__all__ = [
    "ORDER",
    "PAID_FEN",
    "START",
    "Desk",
    "Proof",
    "Reporter",
    "account",
    "after",
    "answered",
    "counted",
    "gift",
    "invoice",
    "parcel",
    "refund",
    "standing",
]
