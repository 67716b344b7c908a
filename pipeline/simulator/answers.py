"""What outside systems and people answer to our commands: planned with the day, as all of it is."""

from dataclasses import dataclass

from pipeline.simulator.catalogue import DAY_MS, HOUR_MS, MINUTE_MS
from pipeline.simulator.model import Order
from pipeline.simulator.refunds import RETURNS, Refund, refund_of
from pipeline.simulator.teller import Teller
from schemas.returns import ReturnStep

SETTLE_MS = 300_000
DECIDED_MS = SETTLE_MS + HOUR_MS
"""A supervisor decides so long after the parcel left: an hour after the lock."""
CORRECTED_MS = 10 * MINUTE_MS
"""The ERP corrects itself so long after it was found wrong."""
ANSWERED_MS = 2 * HOUR_MS
TAKEN_MS = HOUR_MS
TOLD_MS = 20_000
FIRST_CONFIRMED_MS = 90_000
ANSWERS = {"refund_cs_yes": "yes", "refund_cs_no": "no"}
"""What customer service answers when it is asked a second time; of the others it hears nothing."""
NEW_REPORT_MS, OLD_REPORT_MS = 10 * DAY_MS, 50 * DAY_MS


@dataclass(frozen=True, slots=True)
class Return:
    """What becomes of a return: `lacks` is the step that nobody confirms, `confirmed` those that are.

    Without `is_scarce` there is nothing to restock, so that step is over without a command.
    """

    confirmed: tuple[ReturnStep, ...]
    lacks: ReturnStep | None
    is_scarce: bool


def return_of(order: Order) -> Return | None:
    """Return the plan of the order's return, None without one."""
    if order.fault not in RETURNS:
        return None
    steps = tuple(ReturnStep)
    lacks = steps[order.number % len(steps)] if order.fault == "return_step_handed_over" else None
    is_scarce = lacks is ReturnStep.NOTIFY_RESTOCK or order.number % 2 == 0
    silent = {lacks} if is_scarce else {lacks, ReturnStep.NOTIFY_RESTOCK}
    return Return(tuple(step for step in steps if step not in silent), lacks, is_scarce)


def decided_at(order: Order) -> int | None:
    """Return when a supervisor decides who is right, None if nobody does."""
    if order.fault != "conflict_decided" or order.outbound is None:
        return None
    return order.outbound + DECIDED_MS


def taken_at(order: Order) -> int | None:
    """Return when a person takes care of the broken promise, None if nobody does."""
    if order.fault != "never_shipped" or order.number % 2 or order.deadline is None:
        return None
    return order.deadline + TAKEN_MS


def tell_answers(teller: Teller) -> None:
    """Tell whatever is commanded, answered or confirmed about the order."""
    order = teller.order
    decided, taken = decided_at(order), taken_at(order)
    if decided is not None:
        teller.say("command", "decided", decided, at=decided, right="wms")
    if taken is not None:
        teller.say("command", "taken", taken, at=taken, kind="promise_broken")
    refund = refund_of(order)
    if refund is None:
        return
    answer = ANSWERS.get(order.fault)
    if answer is not None:
        _of_refund(teller, refund, "answered", ANSWERED_MS, answer=answer, refund_version=refund.at)
    plan = return_of(order)
    if plan is not None:
        _tell_return(teller, refund, plan)


def _tell_return(teller: Teller, refund: Refund, plan: Return) -> None:
    skus = [line.sku for line in teller.order.lines]
    ages = (NEW_REPORT_MS, OLD_REPORT_MS)
    reports = [{"sku": sku, "reported_at": refund.at - age} for sku in skus for age in ages]
    levels = [{"sku": sku, "units": 3 if plan.is_scarce else 40, "safety_units": 10} for sku in skus]
    _of_refund(teller, refund, "reports_told", TOLD_MS, reports=reports)
    _of_refund(teller, refund, "stock_told", TOLD_MS + 5_000, levels=levels)
    for number, step in enumerate(plan.confirmed):
        _of_refund(teller, refund, "confirmed", FIRST_CONFIRMED_MS + number * MINUTE_MS, step=step)


def _of_refund(teller: Teller, refund: Refund, kind: str, after_ms: int, **told: object) -> None:
    at = refund.at + after_ms
    teller.say("command", kind, at, at=at, refund_id=refund.refund_id, **told)
