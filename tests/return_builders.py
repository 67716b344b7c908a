"""One order's returns for tests: its facts with defaults, and a judge that hears them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pipeline.domain.instants import to_ms
from pipeline.domain.return_state import ReturnState
from pipeline.domain.returns import ReturnInput, ReturnPolicy, decide_return
from pipeline.domain.warehouses import Warehouse, Warehouses
from schemas.base import Event, derived_id
from schemas.order import OrderReported, Receiver, RefundReported
from schemas.returns import (
    QualityReport,
    QualityReportsTold,
    ReturnStep,
    StepCommand,
    StepConfirmed,
    StepHandedOver,
    StepSettled,
    StockLevel,
    StockTold,
    step_command_id,
)
from schemas.vocabulary import AddressQuality, Phase, Platform, RefundStandard
from tests.builders import ORDER, START, platform_says

WAREHOUSES = Warehouses(
    (
        Warehouse("hangzhou", "浙江省", "杭州市"),
        Warehouse("ningbo", "浙江省", "宁波市"),
        Warehouse("shanghai", "上海市", "上海市"),
    ),
    {"shop-a": "ningbo"},
)
POLICY = ReturnPolicy(WAREHOUSES)
REFUND = "R1"
DAY = timedelta(days=1)
MS = timedelta(milliseconds=1)


def said_at(at: datetime, name: str) -> dict[str, Any]:
    return {"event_id": derived_id(name, "test"), "cause_id": name, "occurred_at": at, "observed_at": at}


def asked(at: datetime = START, refund_id: str = REFUND, *, goods: bool | None = True) -> RefundReported:
    return RefundReported(
        **said_at(at, f"refund|{refund_id}|{at}|{goods}"),
        order_id=ORDER,
        platform=Platform.TMALL,
        shop="shop-a",
        refund_id=refund_id,
        mapping="test@1",
        raw_codes={"status": "WAIT_SELLER_AGREE"},
        standard=RefundStandard.PENDING,
        returns_goods=goods,
        amount_fen=100,
        version=to_ms(at),
    )


def lives_in(province: str, city: str, at: datetime = START) -> OrderReported:
    receiver = Receiver(province=province, city=city, quality=AddressQuality.MASKED)
    return platform_says(Phase.TO_SHIP, at, receiver=receiver)


def reports(*days_old: timedelta, refund_id: str = REFUND, at: datetime = START) -> QualityReportsTold:
    told = [
        QualityReport(sku="oak", report_id=f"q{number}", reported_at=START - age)
        for number, age in enumerate(days_old)
    ]
    return QualityReportsTold(
        **said_at(at, f"reports|{refund_id}|{days_old}"),
        order_id=ORDER,
        refund_id=refund_id,
        reports=tuple(told),
    )


def stock(units: int, safety: int = 10, refund_id: str = REFUND, at: datetime = START) -> StockTold:
    return StockTold(
        **said_at(at, f"stock|{refund_id}|{units}|{safety}"),
        order_id=ORDER,
        refund_id=refund_id,
        levels=(StockLevel(sku="oak", units=units, safety_units=safety),),
    )


def confirmed(step: ReturnStep, at: datetime = START, refund_id: str = REFUND) -> StepConfirmed:
    return StepConfirmed(
        **said_at(at, f"confirmed|{refund_id}|{step}"),
        order_id=ORDER,
        refund_id=refund_id,
        step=step,
        command_id=step_command_id(ORDER, refund_id, step),
    )


@dataclass
class Returns:
    """The judge of one order's returns; every state goes through its bytes."""

    policy: ReturnPolicy = POLICY
    now: datetime = START
    state: ReturnState | None = None
    due_ms: int | None = None
    events: list[Event] = field(default_factory=list)

    def hears(self, *facts: ReturnInput, now: datetime | None = None) -> "Returns":
        for fact in facts:
            self.now = max(self.now, min(fact.occurred_at, fact.observed_at), now or START)
            self._decide(fact)
        return self

    def waits(self, long: timedelta) -> "Returns":
        """Move the clock on, asking at every instant just after a due one, as a ticking clock does."""
        until = self.now + long
        while self.state is not None and self.due_ms is not None and self.due_ms < to_ms(until):
            self.now = max(self.now, START + timedelta(milliseconds=self.due_ms + 1 - to_ms(START)))
            self._decide(None)
        self.now = until
        return self

    def _decide(self, fact: ReturnInput | None) -> None:
        outcome = decide_return(self.state, fact, ORDER, to_ms(self.now), self.policy)
        self.state = outcome.state and ReturnState.from_bytes(outcome.state.to_bytes())
        assert self.state == outcome.state
        self.due_ms = outcome.due_ms
        self.events += outcome.events

    def of(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def attempts(self) -> list[tuple[str, int]]:
        return [(event.type.partition(".")[2], event.attempt) for event in self.of(StepCommand)]

    @property
    def settled(self) -> dict[str, str]:
        return {str(event.step): event.how for event in self.of(StepSettled)}

    @property
    def handed_over(self) -> dict[str, str]:
        return {str(event.step): event.because for event in self.of(StepHandedOver)}


def heard(facts: Iterable[ReturnInput]) -> Returns:
    return Returns().hears(*facts)
