"""What the desk must know of an order, and what the rules say to each button; pure functions of both."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.domain.desk_rules import DeskRules
from schemas.desk import ChangeAddress, DeskReason, ParcelSeen, RefundDifference, Spot


@dataclass(frozen=True, slots=True)
class OrderView:
    """One order as it stands when a command is carried out; `exists` False: nobody ever spoke of it.

    `parcel_gone`: the first parcel with ordered goods has left; `outbound`: the last has. `refunded_fen`:
    refunds running and paid, and differences granted before. `paid_fen` None: nobody told it.
    """

    exists: bool = True
    shop: str = ""
    locked: bool = False
    closed: bool = False
    parcel_gone: bool = False
    outbound: bool = False
    unpaid: bool = False
    on_hold: bool = False
    refund_open: bool = False
    bad_address: bool = False
    oversold: bool = False
    split_parent: bool = False
    customised: bool = False
    invoice_issued: bool = False
    paid_fen: int | None = None
    refunded_fen: int = 0
    addresses: Mapping[str, Spot] = field(default_factory=dict)
    parcels: tuple[ParcelSeen, ...] = ()


Reasons = tuple[DeskReason, ...]


def against_shipping(view: OrderView) -> Reasons:
    """Return every reason why the order may not ship now; none: it may (domain.md section 14, "Desk")."""
    return _those(
        (DeskReason.LOCKED, view.locked),
        (DeskReason.CLOSED, view.closed),
        (DeskReason.OUTBOUND, view.outbound),
        (DeskReason.UNPAID, view.unpaid),
        (DeskReason.ON_HOLD, view.on_hold),
        (DeskReason.REFUND_OPEN, view.refund_open),
        (DeskReason.BAD_ADDRESS, view.bad_address),
        (DeskReason.OVERSOLD, view.oversold),
        (DeskReason.SPLIT_PARENT, view.split_parent),
    )


def against_address(view: OrderView, command: ChangeAddress, rules: DeskRules) -> Reasons:
    """Return every reason why the order cannot be sent elsewhere (domain.md sections 8 and 14)."""
    return (
        *_those(
            (DeskReason.LOCKED, view.locked),
            (DeskReason.CLOSED, view.closed),
            (DeskReason.OUTBOUND, view.parcel_gone),
            (DeskReason.SPLIT_PARENT, view.split_parent),
            (DeskReason.CUSTOMISED, view.customised),
        ),
        *_against_place(view, command, rules),
    )


def _against_place(view: OrderView, command: ChangeAddress, rules: DeskRules) -> Reasons:
    spot, known = command.spot, view.addresses.get(command.address_id or "")
    return _those(
        (DeskReason.UNKNOWN_PLACE, spot is not None and not rules.holds(spot)),
        (DeskReason.UNKNOWN_ADDRESS, command.address_id is not None and known is None),
        (DeskReason.PLACE_DIFFERS, spot is not None and known is not None and spot != known),
    )


def against_difference(view: OrderView, command: RefundDifference, rules: DeskRules) -> Reasons:
    """Return every reason why that difference is not refunded; all refunds never exceed what was paid.

    An issued invoice and a lock stop it as they stop every refund (domain.md section 3).
    """
    return (
        *_those(
            (DeskReason.LOCKED, view.locked),
            (DeskReason.CLOSED, view.closed),
            (DeskReason.UNPAID, view.unpaid),
            (DeskReason.INVOICE_ISSUED, view.invoice_issued),
        ),
        *_against_amount(view, command, rules),
    )


def _against_amount(view: OrderView, command: RefundDifference, rules: DeskRules) -> Reasons:
    """While nobody told what was paid no amount can be judged; of an unpaid order that is no fault."""
    paid = view.paid_fen
    if paid is None:
        return _those((DeskReason.PAID_UNKNOWN, not view.unpaid))
    offered = {choice.name: choice.amount_fen(paid) for choice in rules.differences}
    return _those(
        (DeskReason.NOT_A_CHOICE, offered.get(command.choice) != command.amount_fen),
        (DeskReason.MORE_THAN_PAID, view.refunded_fen + command.amount_fen > paid),
    )


def difference_choices(view: OrderView, rules: DeskRules) -> dict[str, int]:
    """Return the differences that may still be chosen, with their amounts in fen."""
    paid = view.paid_fen
    if paid is None:
        return {}
    amounts = {choice.name: choice.amount_fen(paid) for choice in rules.differences}
    left = paid - view.refunded_fen
    return {name: amount for name, amount in amounts.items() if 0 < amount <= left}


def _those(*facts: tuple[DeskReason, bool]) -> Reasons:
    return tuple(reason for reason, holds in facts if holds)
