"""The desk of one order for tests: facts and commands with defaults, and a judge that hears them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pipeline.domain.desk import DeskEvent, DeskPolicy, decide_desk, view_of
from pipeline.domain.desk_state import DeskState
from pipeline.domain.desk_view import OrderView
from pipeline.domain.instants import to_ms
from pipeline.rules.desk import shipped_desk_rules
from schemas.base import Event, derived_id
from schemas.desk import (
    AddressesTold,
    AskMayShip,
    ChangeAddress,
    CommandAnswered,
    KnownAddress,
    OrderFlagged,
    RefundDifference,
    Spot,
    TrackOrder,
)
from schemas.order import InvoiceReported, OrderReported, ParcelReported, Receiver, RefundReported
from schemas.promise import OrderAccount
from schemas.vocabulary import AddressQuality, Phase, Platform, RefundStandard, ShippingPhase, Verdict
from tests.builders import ORDER, START, platform_says

RULES = shipped_desk_rules()
POLICY = DeskPolicy(RULES)
MS = timedelta(milliseconds=1)
MINUTE = timedelta(minutes=1)
WEST_LAKE = Spot(province="浙江省", city="杭州市", district="西湖区")
XUHUI = Spot(province="上海市", city="上海市", district="徐汇区")
PAID_FEN = 10_000


def said(at: datetime, name: str) -> dict[str, Any]:
    return {"event_id": derived_id(name, "test"), "cause_id": name, "occurred_at": at, "observed_at": at}


def placed(at: datetime = START, phase: Phase = Phase.TO_SHIP, **told: Any) -> OrderReported:
    """The platform's word of an order that is paid and may ship."""
    good = Receiver(province="浙江省", city="杭州市", district="西湖区", quality=AddressQuality.GOOD)
    return platform_says(phase, at, **{"paid_at": START, "paid_fen": PAID_FEN, "receiver": good, **told})


def account(
    phase: ShippingPhase = ShippingPhase.NOT_SHIPPED, outbound: datetime | None = None, **told: Any
) -> OrderAccount:
    what = {
        "order_id": ORDER,
        "platform": Platform.TMALL,
        "shop": "shop-a",
        "phase": phase,
        "platform_phase": Phase.TO_SHIP,
        "is_open": True,
        "verdict": Verdict.OPEN,
        "rule": "not_due",
        "outbound_at": outbound,
        **told,
    }
    return OrderAccount(**said(START, f"account|{sorted(what.items(), key=str)}"), **what)


def refund(
    standard: RefundStandard = RefundStandard.PENDING,
    amount_fen: int = 100,
    at: datetime = START,
    *,
    refund_id: str = "R1",
    done: bool = False,
    unknown: bool = False,
) -> RefundReported:
    return RefundReported(
        **said(at, f"refund|{refund_id}|{standard}|{amount_fen}|{at}|{done}|{unknown}"),
        order_id=ORDER,
        platform=Platform.TMALL,
        shop="shop-a",
        refund_id=refund_id,
        mapping="test@1",
        raw_codes={},
        standard=standard,
        done=done,
        unknown=unknown,
        amount_fen=amount_fen,
        version=to_ms(at),
    )


def invoice(at: datetime = START, *, red: bool = False) -> InvoiceReported:
    return InvoiceReported(
        **said(at, f"invoice|{at}|{red}"),
        order_id=ORDER,
        shop="shop-a",
        invoice_id="I1",
        red_lettered=red,
        mapping="test@1",
    )


def parcel(waybill: str = "SF1", scanned: datetime | None = START, at: datetime = START) -> ParcelReported:
    return ParcelReported(
        **said(at, f"parcel|{waybill}|{scanned}|{at}"),
        order_id=ORDER,
        platform=Platform.TMALL,
        shop="shop-a",
        waybill=waybill,
        carrier="sf",
        mapping="test@1",
        phase=Phase.TO_SHIP if scanned is None else Phase.SHIPPED,
        version=to_ms(at),
        first_scan_at=scanned,
        last_scan_at=scanned,
    )


def flagged(flag: Any, up: bool = True, at: datetime = START, sku: str | None = None) -> OrderFlagged:
    return OrderFlagged(**said(at, f"{flag}|{up}|{at}|{sku}"), order_id=ORDER, flag=flag, up=up, sku=sku)


def addresses(at: datetime = START, **spots: Spot) -> AddressesTold:
    known = tuple(KnownAddress(address_id=name, spot=spot) for name, spot in spots.items())
    return AddressesTold(**said(at, f"addresses|{at}|{spots}"), order_id=ORDER, addresses=known)


def pressed(key: str, at: datetime = START, minutes: float = 5) -> dict[str, Any]:
    """A press at `at` that expires so many minutes later."""
    return {
        **said(at, f"press|{key}"),
        "order_id": ORDER,
        "command_key": key,
        "expires_at": at + minutes * MINUTE,
        "pressed_by": "clerk-7",
    }


def track(key: str = "t1", at: datetime = START) -> TrackOrder:
    return TrackOrder(**pressed(key, at))


def may_ship(key: str = "m1", at: datetime = START) -> AskMayShip:
    return AskMayShip(**pressed(key, at))


def move(
    address_id: str | None = "home", spot: Spot | None = None, key: str = "c1", at: datetime = START
) -> ChangeAddress:
    return ChangeAddress(**pressed(key, at), address_id=address_id, spot=spot)


def give_back(
    choice: str = "5_yuan", fen: int = 500, key: str = "d1", at: datetime = START
) -> RefundDifference:
    return RefundDifference(**pressed(key, at), choice=choice, amount_fen=fen)


@dataclass
class Desk:
    """The judge of one order's desk; every state goes through its bytes."""

    now: datetime = START
    state: DeskState | None = None
    due_ms: int | None = None
    events: list[Event] = field(default_factory=list)

    def hears(self, *facts: DeskEvent | None, now: datetime = START) -> "Desk":
        self.now = max(self.now, now)
        for fact in facts:
            if fact is not None:
                self.now = max(self.now, min(fact.occurred_at, fact.observed_at))
            outcome = decide_desk(self.state, fact, ORDER, to_ms(self.now), POLICY)
            self.state = outcome.state and DeskState.from_bytes(outcome.state.to_bytes())
            assert self.state == outcome.state
            self.due_ms = outcome.due_ms
            self.events += outcome.events
        return self

    @property
    def answers(self) -> list[CommandAnswered]:
        return [event for event in self.events if isinstance(event, CommandAnswered)]

    @property
    def last(self) -> tuple[str, list[str]]:
        """The last answer and its reasons."""
        answer = self.answers[-1]
        return answer.answer, [str(reason) for reason in answer.reasons]

    @property
    def view(self) -> OrderView:
        assert self.state is not None
        return view_of(self.state)


def desk(*facts: DeskEvent) -> Desk:
    """A desk that heard of one paid order and a customer with two addresses, and then these facts."""
    return Desk().hears(placed(), account(), addresses(home=WEST_LAKE, work=XUHUI), *facts)
