"""Who speaks by our own contracts: mini-program, cloud warehouses, customer service, customer's app."""

from pipeline.simulator.voices.writing import Payload

ORDER = ("order_id", "platform", "shop")


def _picked(kind: str, told: Payload, *names: str) -> Payload:
    return {"kind": kind} | {name: told[name] for name in names}


def cloud_count(told: Payload) -> Payload:
    """Return a cloud warehouse's own count."""
    return _picked("count", told, "event_id", "sku", "warehouse", "units", "counted_at", "version")


def cs_order(told: Payload) -> Payload:
    """Return what customer service says of an order."""
    return _picked("order", told, *ORDER, "status", "updated_at")


def cs_ticket(told: Payload) -> Payload:
    """Return a ticket."""
    return _picked("ticket", told, *ORDER, "ticket_id", "topic", "complaint", "open", "updated_at")


def app_view(told: Payload) -> Payload:
    """Return what the customer's app shows."""
    return _picked("view", told, *ORDER, "shown", "at")


def own_order(told: Payload) -> Payload:
    """Return the mini-program backend's order, with WeChat's order_state once it is paid."""
    code = told["status"]
    own = code in ("unpaid", "cancelled")
    order = {
        "kind": "order",
        "order_id": told["order_id"],
        "status": code if own else "paid",
        "created_at": told["created_at"],
        "updated_at": told["updated_at"],
        "paid_at": told["paid_at"],
        "cancelled_at": told.get("closed_at"),
        "promised_ship_at": told["ship_by"],
        "promised_sign_at": told["sign_by"],
        "paid_fen": told["paid_fen"],
        "receiver": {name: text for name, text in told["receiver"].items() if name != "masked"},
        "lines": [{name: line[name] for name in ("sku", "units", "gift")} for line in told["lines"]],
    }
    return order if own else order | {"order_state": int(code)}


def own_refund(told: Payload) -> Payload:
    """Return WeChat's after-sale record, joined with the state of the order."""
    codes = told["codes"]
    return {
        "kind": "aftersale",
        "order_id": told["order_id"],
        "aftersale_id": told["refund_id"],
        "status": int(codes["after_sale_status"]),
        "type": int(codes["type"]),
        "amount_fen": told["amount_fen"],
        "order_state": int(codes["order_state"]),
        "in_complaint": False,
        "updated_at": told["updated_at"],
    }
