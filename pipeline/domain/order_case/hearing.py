"""Which judge hears what: facts that change nothing for a judge are not put to it."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from pipeline.domain.conflict.words import VOICES
from pipeline.domain.instants import from_ms, to_ms
from pipeline.domain.milestones import RANK, read_milestones
from pipeline.domain.order_account import describe_order
from pipeline.domain.order_case.credibility import Compared, CredibilityState
from pipeline.domain.order_case.state import (
    BREAKER,
    CREDIBILITY,
    DESK,
    HUB,
    REFUNDS,
    RESERVING,
    OrderCase,
    first_due,
)
from pipeline.domain.order_hub import BYSTANDERS, phase_ms
from pipeline.domain.order_state import OrderState
from pipeline.domain.policy import OrderPolicy
from pipeline.domain.refunds import Granted, Standing
from pipeline.domain.refunds.hearing import concerns as concerns_refund
from schemas.base import Event, derived_id
from schemas.conflict import ConflictDecided, OrderLocked, OrderUnlocked, StatusDiffered
from schemas.desk import (
    AddressesTold,
    AskMayShip,
    ChangeAddress,
    OrderFlagged,
    RefundDifference,
    TrackOrder,
)
from schemas.order import InvoiceReported, OrderReported, ParcelReported, RefundReported, TicketReported
from schemas.promise import OrderAccount, OrderPhaseChanged
from schemas.refund import ConfirmationAnswered, GoodsCounted
from schemas.returns import QualityReportsTold, StepConfirmed, StockTold
from schemas.vocabulary import Phase, Reporter, ShippingPhase

OF_THE_ORDER: Final = frozenset({Reporter.PLATFORM, Reporter.FILE})
"""Who knows the order itself: where it goes, and whether a gift is in it."""
OF_THE_PARCELS: Final = OF_THE_ORDER | {Reporter.WMS}
# By the very type: a look-up, where `isinstance` on a model asks each of them in Python.
FOR_HUB: Final = frozenset({OrderReported, ParcelReported})
FOR_CARE: Final = frozenset({ParcelReported, TicketReported})
FOR_REFUNDS: Final = frozenset(
    {RefundReported, InvoiceReported, ParcelReported, ConfirmationAnswered, GoodsCounted}
)
FOR_RETURNS: Final = frozenset({QualityReportsTold, StockTold, StepConfirmed})
FOR_DESK: Final = frozenset(
    {RefundReported, InvoiceReported, ParcelReported, AddressesTold, OrderFlagged}
    | {TrackOrder, ChangeAddress, RefundDifference, AskMayShip}
)
LOCKING: Final = frozenset({OrderLocked, OrderUnlocked})
FROM_BREAKER: Final = LOCKING | {StatusDiffered}


class Turn:
    """One fact's way through the judges: their states so far, and what they have decided.

    `said`: everything the judges of this round told each other; `told`: what leaves the case.
    """

    def __init__(self, case: OrderCase, key: str, now_ms: int, policy: OrderPolicy) -> None:
        self.key, self.now_ms, self.policy = key, now_ms, policy
        self.states: list[Any] = list(case.judges)
        self.dues = list(case.dues)
        self.last = case.last
        self.said: list[Event] = []
        self.told: list[Event] = []
        self.is_news = False
        self.spoken_ms = case.spoken_ms

    def is_due(self, judge: int) -> bool:
        """The clock has passed the instant at which this judge wants to be asked again."""
        due_ms = self.dues[judge]
        return due_ms is not None and self.now_ms > due_ms

    def is_any_due(self) -> bool:
        """The clock has passed the instant at which one of the judges wants to be asked again."""
        due_ms = first_due(self.dues)
        return due_ms is not None and self.now_ms > due_ms

    @property
    def case(self) -> OrderCase:
        """The order as it stands after what was asked so far."""
        return OrderCase(*[*self.states, tuple(self.dues), self.spoken_ms, self.last])


def for_hub(turn: Turn, fact: Any) -> Sequence[Any]:
    """Reports of the order and of its parcels."""
    return (fact,) if type(fact) in FOR_HUB else ()


def for_breaker(turn: Turn, fact: Any) -> Sequence[Any]:
    """A word of ERP, WMS or customer service, or a decision; the platform's until it has named the shop."""
    if type(fact) is OrderReported:
        if fact.reporter in VOICES:
            return (fact,) if fact.phase is not None and fact.phase is not Phase.UNKNOWN else ()
        breaker = turn.states[BREAKER]
        is_first = fact.reporter is Reporter.PLATFORM and breaker is not None and breaker.named[0] < 1
        return (fact,) if is_first else ()
    return (fact,) if type(fact) is ConflictDecided else ()


def for_care(turn: Turn, fact: Any) -> Sequence[Any]:
    """No coupon goes between a broken promise and its lock, nor between an unlocking and the account it
    comes with: what holds back is heard first, then the account, then what lets go.
    """
    heard: list[Any] = []
    if turn.said:
        told = [event for event in turn.said if type(event) in FROM_BREAKER or type(event) is OrderAccount]
        heard += sorted(told, key=_lets_go)
    is_parcel = type(fact) is OrderReported and fact.reporter is Reporter.WMS
    if is_parcel or type(fact) in FOR_CARE:
        heard.append(fact)
    return heard


def for_refunds(turn: Turn, fact: Any) -> Sequence[Any]:
    """First how the order stands: without a refund nobody need know that, with the first one it is told."""
    heard: list[Any] = []
    refunds = turn.states[REFUNDS]
    has_cases = refunds is not None and bool(refunds.cases)
    if has_cases or type(fact) is RefundReported:
        heard += _granted(turn, refunds.granted if refunds is not None else {})
        heard += _moved(turn) if has_cases else _as_it_stands(turn)
    is_gift = type(fact) is OrderReported and concerns_refund(fact)
    if is_gift or type(fact) in FOR_REFUNDS:
        heard.append(fact)
    return heard


def _as_it_stands(turn: Turn) -> Iterator[Any]:
    hub, now_ms = turn.states[HUB], turn.now_ms
    if turn.states[BREAKER] is not None:
        yield _standing(turn, derived_id(turn.key, f"standing|{now_ms}"))
    if hub is not None:
        yield describe_order(hub, turn.key, now_ms, turn.policy)


def _moved(turn: Turn) -> list[Any]:
    """The new account and where the breaker stands after this turn; on a locked order no money may be sent,
    so a lock is heard before the account, its end after it.
    """
    accounts = [event for event in turn.said if type(event) is OrderAccount]
    moved = [event for event in turn.said if type(event) in FROM_BREAKER]
    if not moved:
        return accounts
    standing = _standing(turn, moved[-1].event_id)
    return [standing, *accounts] if standing.locked or standing.differing else [*accounts, standing]


def _standing(turn: Turn, event_id: str) -> Standing:
    breaker = turn.states[BREAKER]
    return Standing(event_id, turn.now_ms, breaker.locked is not None, breaker.differing)


def _granted(turn: Turn, known: dict[str, int]) -> Iterator[Any]:
    """Differences that the desk granted are money, too; told before anything is judged by what was paid."""
    desk = turn.states[DESK]
    if desk is not None and desk.granted != known:
        yield Granted(derived_id(turn.key, f"granted|{len(desk.granted)}"), turn.now_ms, desk.granted)


def _lets_go(event: Event) -> int:
    """Whether the event holds back (0), is the account (1), or lets go (2)."""
    match event:
        case OrderLocked():
            return 0
        case StatusDiffered():
            return 0 if event.differing else 2
        case OrderUnlocked():
            return 2
        case _:
            return 1


def for_returns(turn: Turn, fact: Any) -> Sequence[Any]:
    """Where the customer lives, a return, or what is told of one."""
    if type(fact) is OrderReported:
        hears = fact.receiver is not None and fact.reporter in OF_THE_ORDER
    elif type(fact) is RefundReported:
        hears = bool(fact.returns_goods)
    else:
        hears = type(fact) in FOR_RETURNS
    return (fact,) if hears else ()


def for_desk(turn: Turn, fact: Any) -> Sequence[Any]:
    """Who only speaks of an order is heard once, so that the order is known."""
    heard: list[Any] = [event for event in turn.said if type(event) is OrderAccount]
    moved = [event for event in turn.said if type(event) in LOCKING]
    if moved:
        heard.append(_flagged(moved[-1], turn))
    if type(fact) is OrderReported:
        if fact.reporter in OF_THE_PARCELS or turn.states[DESK] is None:
            heard.append(fact)
    elif type(fact) in FOR_DESK:
        heard.append(fact)
    return heard


def for_reserving(turn: Turn, fact: Any) -> Sequence[Any]:
    """What says which goods the order asks for, where they are, or that it no longer asks."""
    match fact:
        case OrderReported() if fact.reporter is Reporter.FILE:
            hears = fact.goods is not None or turn.states[RESERVING] is not None
        case OrderReported():
            hears = fact.reporter in OF_THE_PARCELS
        case _:
            hears = isinstance(fact, RefundReported)
    return (fact,) if hears else ()


def for_credibility(turn: Turn, fact: Any) -> Sequence[Any]:
    """What the app shows beside what we say, where one of the two may have changed and they differ or did.

    Nothing is compared while nobody spoke whose word moves our phase, as in v_credibility_orders.
    """
    hub, before = turn.states[HUB], turn.states[CREDIBILITY]
    if hub is None:
        return () if before is None else (before.compared._replace(ours=None),)
    if type(fact) not in FOR_HUB and not turn.said:
        return ()
    told = hub.words.get(Reporter.APP)
    if told is None or "" not in told or "phase" not in told[""]:
        return ()
    shown = told[""]["phase"]
    app = RANK[shown[0][0]]
    if before is None and (app == hub.phase or BYSTANDERS.issuperset(hub.words)):
        return ()
    (_, code, _, said_ms), _, received_ms, *_ = shown
    ours_ms = _ours_since(turn, hub, before)
    return (Compared(app, said_ms or received_ms, code, ShippingPhase(hub.phase), ours_ms),)


def _ours_since(turn: Turn, hub: OrderState, before: CredibilityState | None) -> int:
    """When our phase began, as the hub told it; where nobody told the time, when we look."""
    for event in turn.said:
        if type(event) is OrderPhaseChanged:
            return to_ms(event.occurred_at)
    if before is not None and before.compared.ours == hub.phase:
        return before.compared.ours_ms
    at_ms = phase_ms(ShippingPhase(hub.phase), read_milestones(hub, turn.policy))
    return turn.now_ms if at_ms is None else at_ms


def _flagged(event: Event, turn: Turn) -> OrderFlagged:
    """Whether the order is locked after this turn, in which one lock may end and another begin; the number of
    locks says which of two flags came last.
    """
    now, breaker = from_ms(turn.now_ms), turn.states[BREAKER]
    is_locked = breaker.locked is not None
    return OrderFlagged(
        event_id=derived_id(event.event_id, "desk.order_flagged"),
        cause_id=event.event_id,
        occurred_at=now,
        observed_at=now,
        order_id=turn.key,
        flag="locked",
        up=is_locked,
        version=2 * breaker.locks + (not is_locked),
    )
