"""What customers want afterwards: refunds of every verdict, returns, tickets."""

from dataclasses import dataclass

from pipeline.simulator.catalogue import DAY_MS, HOUR_MS, MINUTE_MS
from pipeline.simulator.model import Order
from pipeline.simulator.teller import Teller

WEEK_MS = 7 * DAY_MS


@dataclass(frozen=True, slots=True)
class Refund:
    """One planned request: `rule` decides in the end, `says` is what its codes mean by themselves."""

    refund_id: str
    order_id: str
    rule: str
    says: str
    at: int
    amount_fen: int


RULES = {
    "refund_order_locked": ("order_locked", "refundable"),
    "refund_mismatch": ("refund_mismatch", "refundable"),
    "refund_no_order": ("refund_mismatch", "refundable"),
    "refund_invoice_issued": ("invoice_issued", "refundable"),
    "refund_cs_confirm": ("cs_confirm", "refundable"),
    "refund_cs_yes": ("finance", "refundable"),
    "refund_cs_no": ("not_refundable", "refundable"),
    "refund_finance": ("finance", "refundable"),
    "refund_pending": ("pending", "pending"),
    "refund_not_refundable": ("not_refundable", "not_refundable"),
    "return_done": ("pending", "pending"),
    "return_step_handed_over": ("pending", "pending"),
}
RETURNS = ("return_done", "return_step_handed_over")
"""Faults in which goods come back."""


def refund_of(order: Order) -> Refund | None:
    """Return the refund that the plan of this order contains."""
    found = RULES.get(order.fault)
    if found is None or order.outbound is None:
        return None
    rule, says = found
    too_much = order.fault == "refund_mismatch"
    return Refund(
        refund_id=f"R{order.order_id}",
        order_id=f"{order.order_id}-none" if order.fault == "refund_no_order" else order.order_id,
        rule=rule,
        says=says,
        at=_requested_at(order),
        amount_fen=order.paid_fen + 1 if too_much else max(1, order.paid_fen // 2),
    )


def _requested_at(order: Order) -> int:
    """Both sides of the seven days are planned: an hour more for cs_confirm, an hour less for finance."""
    signed = order.all_signed
    assert signed is not None
    assert order.outbound is not None
    match order.fault:
        case "refund_order_locked":
            return order.outbound + 2 * HOUR_MS
        case "refund_cs_confirm" | "refund_cs_yes" | "refund_cs_no":
            return signed + WEEK_MS + HOUR_MS
        case "refund_finance" if order.number % 2:
            return signed + WEEK_MS - HOUR_MS
        case _:
            return signed + 3 * HOUR_MS + order.number % 600 * MINUTE_MS


def tell_after_sales(teller: Teller) -> None:
    """Tell the refund, the invoice before it, and the tickets."""
    order = teller.order
    refund = refund_of(order)
    if refund is not None:
        if order.fault == "refund_invoice_issued":
            issued = refund.at - HOUR_MS
            teller.say("erp", "invoice", issued, invoice_id=f"INV{order.order_id}", issued_at=issued)
        _tell_refund(teller, refund)
    if order.fault == "signed_not_received" and order.all_signed is not None:
        tell_ticket(teller, order.all_signed + 3 * HOUR_MS, "not_received", complaint=True)
    elif order.fault == "late_ship" and order.number % 2 and order.deadline is not None:
        tell_ticket(teller, order.deadline - 3 * HOUR_MS, "where_is_it", complaint=True)
    elif not order.fault and order.number % 37 == 0 and order.paid is not None:
        tell_ticket(teller, order.paid + HOUR_MS, "question", complaint=False)


def _tell_refund(teller: Teller, refund: Refund) -> None:
    front = teller.order.front
    returns_goods = teller.order.fault in RETURNS
    teller.say(
        front.source,
        "refund",
        refund.at,
        refund_id=refund.refund_id,
        codes=front.refund_codes["returning" if returns_goods else refund.says],
        amount_fen=refund.amount_fen,
        returns_goods=returns_goods,
        updated_at=refund.at,
        order_id=refund.order_id,
    )


def tell_ticket(teller: Teller, at: int, topic: str, *, complaint: bool) -> None:
    """Tell one open ticket."""
    teller.say(
        "cs",
        "ticket",
        at,
        ticket_id=f"T{teller.order.order_id}",
        topic=topic,
        complaint=complaint,
        open=True,
        updated_at=at,
    )
