"""Answers the front-line desk: each command once, by the order as it stands when it is carried out."""

from dataclasses import dataclass
from typing import Any, Final

from pipeline.domain.desk_rules import DeskRules
from pipeline.domain.desk_state import DeskInput, DeskState, hear
from pipeline.domain.desk_view import (
    OrderView,
    Reasons,
    against_address,
    against_difference,
    against_shipping,
)
from pipeline.domain.instants import from_ms, to_ms
from pipeline.domain.outcome import Outcome, Undecidable
from pipeline.domain.policy import DAY_MS
from schemas.base import derived_id
from schemas.desk import (
    LISTED_MOST,
    AskMayShip,
    ChangeAddress,
    CommandAnswered,
    DeskCommand,
    DeskReason,
    ParcelSeen,
    RefundDifference,
    Spot,
    TrackOrder,
)
from schemas.order import (
    ClockTicked,
    TicketReported,
)
from schemas.promise import ClockAdvanced
from schemas.vocabulary import Phase, ShippingPhase

Command = TrackOrder | ChangeAddress | RefundDifference | AskMayShip
DeskEvent = DeskInput | Command | TicketReported | ClockTicked | ClockAdvanced

ANSWERS_MOST: Final = 500
"""Most answered commands remembered of one order; those that expired first are forgotten first."""

PAID: Final = frozenset(Phase) - {Phase.UNPAID, Phase.UNKNOWN}
"""What a platform says of an order only once it is paid, or owed on delivery."""


@dataclass(frozen=True, slots=True)
class DeskPolicy:
    """`rules`: what may be chosen. `retention_ms`: how long an order that nobody speaks of stays in state."""

    rules: DeskRules
    retention_ms: int = 45 * DAY_MS


def decide_desk(
    state: DeskState | None, event: DeskEvent | None, key: str, now_ms: int, policy: DeskPolicy
) -> Outcome[DeskState]:
    """Take one fact or command about an order, or (None) the passing of time, at `now_ms` of the event clock.

    Raises Undecidable for one line or parcel too many, and for a command that is so old that nobody can tell
    any more whether it was answered.
    """
    if event is None:
        return _waited(state, now_ms, policy)
    before = state or DeskState()
    match event:
        case TicketReported() | ClockTicked() | ClockAdvanced():
            return Outcome(state, (), None if state is None else state.heard_ms + policy.retention_ms)
        case DeskCommand():
            after, said = _obey(before, event, key, now_ms, policy)
        case _:
            after, said = hear(before, event), ()
    after = after._replace(heard_ms=max(before.heard_ms, now_ms))
    return Outcome(after, said, after.heard_ms + policy.retention_ms)


def _waited(state: DeskState | None, now_ms: int, policy: DeskPolicy) -> Outcome[DeskState]:
    if state is None or now_ms > state.heard_ms + policy.retention_ms:
        return Outcome(None)
    return Outcome(state, (), state.heard_ms + policy.retention_ms)


def _obey(
    state: DeskState, command: Command, key: str, now_ms: int, policy: DeskPolicy
) -> tuple[DeskState, tuple[CommandAnswered, ...]]:
    """Answer a command that was not answered yet; one that comes again says nothing."""
    if command.command_key in state.answered:
        return state, ()
    expires_ms = to_ms(command.expires_at)
    if state.floor_ms is not None and expires_ms <= state.floor_ms:
        raise Undecidable(
            f"order {key}: command {command.command_key} expired before the oldest of {ANSWERS_MOST} answers"
            " that are remembered, so it may have been answered already; press again if it is still wanted"
        )
    at_ms = max(now_ms, to_ms(command.observed_at))
    view = view_of(state)
    if at_ms > expires_ms:
        what: dict[str, Any] = {"answer": "too_late", "reasons": (DeskReason.TOO_LATE,)}
    else:
        what = _carry_out(view, command, policy.rules)
    answered = CommandAnswered(
        event_id=derived_id(f"{key}|{command.command_key}", "desk.answered"),
        cause_id=command.event_id,
        occurred_at=from_ms(at_ms),
        observed_at=from_ms(at_ms),
        order_id=key,
        shop=view.shop,
        command_key=command.command_key,
        command=command.type,
        pressed_by=command.pressed_by,
        **what,
    )
    return _remember(state, command, expires_ms, answered), (answered,)


def _carry_out(view: OrderView, command: Command, rules: DeskRules) -> dict[str, Any]:
    """Return the answer's fields, which CommandAnswered validates."""
    if not view.exists:
        return _refused((DeskReason.NO_SUCH_ORDER,))
    match command:
        case TrackOrder():
            reasons = () if view.parcels else (DeskReason.NO_PARCEL_YET,)
            return {"answer": "told", "parcels": view.parcels, "reasons": reasons}
        case AskMayShip():
            against = against_shipping(view)
            return {"answer": "told", "may_ship": not against, "reasons": against}
        case ChangeAddress():
            against = against_address(view, command, rules)
            where = {"address_id": command.address_id, "spot": command.spot}
            return _refused(against) if against else {"answer": "accepted", **where}
        case RefundDifference():
            against = against_difference(view, command, rules)
            what = {"choice": command.choice, "amount_fen": command.amount_fen}
            return _refused(against) if against else {"answer": "accepted", **what}


def _refused(reasons: Reasons) -> dict[str, Any]:
    return {"answer": "refused", "reasons": reasons}


def _remember(state: DeskState, command: Command, expires_ms: int, said: CommandAnswered) -> DeskState:
    answered = {**state.answered, command.command_key: expires_ms}
    floor_ms = state.floor_ms
    if len(answered) > ANSWERS_MOST:
        oldest = min(answered, key=lambda name: (answered[name], name))
        floor_ms = answered.pop(oldest)
    granted = state.granted
    if isinstance(command, RefundDifference) and said.answer == "accepted":
        granted = {**granted, command.command_key: command.amount_fen}
    return state._replace(answered=answered, floor_ms=floor_ms, granted=granted)


def view_of(state: DeskState) -> OrderView:
    """Return the order as the desk's rules see it."""
    account = state.account or {}
    phase, supplied = _platform_phase(state)
    refunds = state.under("refund|")
    left = _gone(state)
    shipping = account.get("phase")
    return OrderView(
        exists=bool(state.account) or bool(state.value("known")),
        shop=state.shop,
        locked=bool(state.value("locked")),
        closed=phase is Phase.CLOSED and supplied,
        parcel_gone=left or shipping in (ShippingPhase.SHIPPED, ShippingPhase.SIGNED),
        outbound=_is_outbound(state, left),
        unpaid=_is_unpaid(state, phase),
        on_hold=phase is Phase.HOLD,
        refund_open=any(is_open for name, (is_open, _) in refunds.items() if name not in state.granted),
        bad_address=state.has_bad_address,
        oversold=bool(state.value("oversold")) or any(state.under("oversold|").values()),
        split_parent=bool(state.value("parent")),
        customised=any(state.under("customised|").values()),
        invoice_issued=any(state.under("invoice|").values()),
        paid_fen=_paid_fen(state, phase),
        refunded_fen=_refunded_fen(state, refunds),
        addresses={name: Spot.model_validate(spot) for name, spot in state.value("addresses") or ()},
        parcels=_parcels(state),
    )


def _platform_phase(state: DeskState) -> tuple[Phase, bool]:
    """The platform's last word, and whether the merchant could supply; without one, what the hub says."""
    told = state.value("phase")
    if told is not None:
        return Phase(told[0]), not told[1]
    account = state.account or {}
    if account.get("phase") == ShippingPhase.CLOSED:
        return Phase.CLOSED, True
    return Phase(account.get("platform_phase", Phase.UNKNOWN)), True


def _gone(state: DeskState) -> bool:
    """A parcel left the warehouse, or a carrier has it; one without ordered units (a gift) does not count."""
    units = state.under("units|")
    left = {*state.under("left|"), *state.under("scanned|")}
    return any(units.get(waybill) != 0 for waybill in left)


def _is_outbound(state: DeskState, left: bool) -> bool:
    """Everything is out, by the hub; while the hub has not heard of the parcel yet, that one is enough."""
    account = state.account or {"phase": ShippingPhase.NOT_SHIPPED, "outbound": False}
    if account["phase"] == ShippingPhase.NOT_SHIPPED:
        return left
    return bool(account["outbound"]) or account["phase"] == ShippingPhase.SIGNED


def _is_unpaid(state: DeskState, phase: Phase) -> bool:
    """Not on delivery, and nothing shows that it is paid: no data is not paid."""
    if state.value("cod"):
        return False
    paid = bool(state.value("paid")) or bool((state.account or {}).get("paid"))
    return phase is Phase.UNPAID or not (paid or phase in PAID)


def _paid_fen(state: DeskState, phase: Phase) -> int | None:
    """What was paid, None: nobody told; on delivery nothing is before the goods are handed over."""
    account = state.account or {}
    paid = state.value("paid") or account.get("paid") or phase in (Phase.SIGNED, Phase.FINISHED)
    if state.value("cod") and not paid:
        return 0
    told = state.value("paid_fen")
    return told if told is not None else account.get("paid_fen")


def _refunded_fen(state: DeskState, refunds: dict[str, Any]) -> int:
    """Refunds running and paid and differences granted; a refund named as a command is that difference."""
    reported = sum(fen for name, (_, fen) in refunds.items() if name not in state.granted)
    return int(reported) + sum(state.granted.values())


def _parcels(state: DeskState) -> tuple[ParcelSeen, ...]:
    seen = sorted(state.under("parcel|").items())[:LISTED_MOST]
    return tuple(ParcelSeen.model_validate(parcel) for _, parcel in seen)
