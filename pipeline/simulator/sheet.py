"""The answer sheet: what was planted, read off the plan and never off the code that judges."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.simulator.addresses import bad_reason
from pipeline.simulator.answers import decided_at, return_of, taken_at
from pipeline.simulator.catalogue import HOUR_MS
from pipeline.simulator.day import Day
from pipeline.simulator.faults import OVERSELL_BLOCK, OVERSELL_STOCK, SMALL_DRIFT
from pipeline.simulator.feed import start_of
from pipeline.simulator.model import Order
from pipeline.simulator.refunds import refund_of
from pipeline.simulator.story import APP_LAG_MS, NEAR_MISS_MS, SLOW_MS, UNKNOWN_SCAN

RISK_WINDOW_MS = 2 * HOUR_MS

Planted = dict[str, Any]  # {"subject": str, "detail": {...}}, as it is written to JSON


@dataclass(frozen=True, slots=True)
class Owed:
    """One obligation of an order: `kind` ship or sign; times are milliseconds since 1970 UTC."""

    kind: str
    deadline: int
    fulfilled: int | None


@dataclass(slots=True)
class Sheet:
    """What the system should find. `excused` subjects count neither way for that kind."""

    seed: int
    orders: int
    start: str
    tag: str
    kinds: dict[str, list[Planted]] = field(default_factory=dict)
    excused: dict[str, list[str]] = field(default_factory=dict)
    promise: dict[str, int] = field(default_factory=dict)
    verdicts: dict[str, str] = field(default_factory=dict)

    def plant(self, kind: str, subject: str, **detail: Any) -> None:
        """Write one expected finding down."""
        self.kinds.setdefault(kind, []).append({"subject": subject, "detail": detail})

    def subjects(self, kind: str) -> set[str]:
        """Return the planted subjects of one kind."""
        return {planted["subject"] for planted in self.kinds.get(kind, [])}


def owed_by(order: Order) -> list[Owed]:
    """Return what the order owes in the end; closed in time and unfulfilled, it owes nothing."""
    owed = []
    if order.deadline is not None:
        owed.append(Owed("ship", order.deadline, order.all_outbound))
    if order.sign_by is not None and order.paid is not None:
        owed.append(Owed("sign", order.sign_by, order.all_signed))
    return [
        one
        for one in owed
        if not (order.closed is not None and one.fulfilled is None and order.closed <= one.deadline)
    ]


def verdict_of(order: Order) -> str:
    """Return kept, broken or none, once every event has been told and every deadline has passed."""
    owed = owed_by(order)
    if not owed:
        return "none"
    missed = any(one.fulfilled is None or one.fulfilled > one.deadline for one in owed)
    return "broken" if missed else "kept"


def answer_sheet(day: Day) -> Sheet:
    """Return the sheet of one day, with every kind that was planted."""
    sheet = Sheet(day.seed, day.orders, start_of(day.start_ms).isoformat(), day.tag)
    sheet.promise = {"kept": 0, "broken": 0, "none": 0, "open": 0}
    for order in day.all_orders():
        verdict = verdict_of(order)
        sheet.promise[verdict] += 1
        sheet.verdicts[order.order_id] = verdict
        _plant_promise(sheet, order, verdict)
        _plant_refund(sheet, order)
        _plant_answers(sheet, order)
        for kind, detail in _of_order(order):
            sheet.plant(kind, order.order_id, **detail)
    _plant_stock(sheet, day)
    for poison in day.poison:
        sheet.plant("poison", poison.key, source=poison.source, at=poison.at)
    return sheet


def _plant_promise(sheet: Sheet, order: Order, verdict: str) -> None:
    owed = owed_by(order)
    if verdict == "broken":
        missed = [one for one in owed if one.fulfilled is None or one.fulfilled > one.deadline]
        first = min(missed, key=lambda one: one.deadline)
        sheet.plant(
            "promise_broken",
            order.order_id,
            owed=first.kind,
            deadline=first.deadline,
            fulfilled=first.fulfilled,
            fault=order.fault,
        )
        if not (order.fault == "late_ship" and order.number % 2):
            sheet.plant("coupon", order.order_id, deadline=first.deadline)
    elif verdict == "none":
        sheet.plant("promise_none", order.order_id, closed=order.closed)
    for one in owed:
        if one.fulfilled is None or one.fulfilled > one.deadline - RISK_WINDOW_MS:
            sheet.plant("promise_at_risk", order.order_id, owed=one.kind, deadline=one.deadline)
    if order.fault in ("late_report", "kept_on_the_second"):
        # Broken by the clock until the report came: what was sent meanwhile stays sent.
        sheet.excused.setdefault("coupon", []).append(order.order_id)
    if order.fault == "kept_on_the_second":
        # A redelivery of the report, after the deadline, looks like a late one.
        sheet.excused.setdefault("late_report", []).append(order.order_id)


def _plant_refund(sheet: Sheet, order: Order) -> None:
    refund = refund_of(order)
    if refund is None:
        return
    detail = {"order_id": refund.order_id, "at": refund.at, "amount_fen": refund.amount_fen}
    kind = "refund_mismatch" if refund.rule == "refund_mismatch" else f"refund_{refund.rule}"
    sheet.plant(kind, refund.refund_id, **detail, says=refund.says, fault=order.fault)
    plan = return_of(order)
    if plan is None:
        return
    sheet.plant("return_request", refund.refund_id, **detail, city=order.place.city)
    if plan.lacks is None:
        sheet.plant("return_done", refund.refund_id, confirmed=plan.confirmed)
    else:
        sheet.plant("return_step_handed_over", f"{refund.refund_id}|{plan.lacks}", confirmed=plan.confirmed)


def _plant_answers(sheet: Sheet, order: Order) -> None:
    decided, taken = decided_at(order), taken_at(order)
    if decided is not None:
        sheet.plant("conflict_decided", order.order_id, at=decided, right="wms")
    if taken is not None:
        sheet.plant("taken", order.order_id, at=taken, anomaly="promise_broken")


def _of_order(order: Order) -> Iterator[tuple[str, Planted]]:
    """Yield the finding, other than promises and refunds, that this order's fault brings about."""
    found = FINDINGS.get(order.fault)
    if found is not None:
        kind, detail = found
        yield kind, detail(order)


def _conflict(odd: str, since_ms: int, until: Callable[[Order], int | None]) -> Callable[[Order], Planted]:
    """Return what a contradiction looks like that starts `since_ms` after the parcel left."""

    def detail(order: Order) -> Planted:
        assert order.outbound is not None
        return {"odd": odd, "since": order.outbound + since_ms, "until": until(order)}

    return detail


def _never(order: Order) -> None:
    return None


def _until_erp_follows(order: Order) -> int | None:
    return None if order.outbound is None else order.outbound + SLOW_MS


def _unknown(order: Order) -> Planted:
    scan = order.fault == "unknown_scan"
    return {
        "source": "carrier" if scan else order.front.source,
        "code": UNKNOWN_SCAN if scan else order.front.unknown_code,
    }


def _parcel(order: Order) -> Planted:
    waybill = order.parcels[0].waybill
    return {"waybill": waybill, "outbound": order.outbound, "signed": order.all_signed}


def _shipping(order: Order) -> Planted:
    return {"deadline": order.deadline, "outbound": order.outbound, "told": order.told}


def _moved(order: Order) -> Planted:
    return {"written": order.ship_by, "moved": order.moved, "outbound": order.outbound}


def _closing(order: Order) -> Planted:
    return {"deadline": order.deadline, "closed": order.closed}


FINDINGS: Mapping[str, tuple[str, Callable[[Order], Planted]]] = {
    "conflict_erp_slow": ("conflict", _conflict("erp", 0, _until_erp_follows)),
    "conflict_erp_stuck": ("conflict", _conflict("erp", 0, _never)),
    "conflict_decided": ("conflict", _conflict("erp", 0, decided_at)),
    "refund_order_locked": ("conflict", _conflict("erp", 0, _never)),
    "conflict_cs_early": ("conflict", _conflict("cs", HOUR_MS, lambda order: order.all_signed)),
    "conflict_near_miss": (
        "conflict_near_miss",
        lambda order: {"since": order.outbound, "differed_ms": NEAR_MISS_MS},
    ),
    "unknown_code": ("unknown_code", _unknown),
    "unknown_scan": ("unknown_code", _unknown),
    "bad_address": ("bad_address", lambda order: {"reason": bad_reason(order)}),
    "masked_address": ("masked_address", lambda order: {"city": order.place.city}),
    "stalled": ("stalled", _parcel),
    "late_first_scan": ("late_first_scan", _parcel),
    "signed_not_received": ("signed_not_received", _parcel),
    "late_ship": ("late_ship", _shipping),
    "late_report": ("late_report", _shipping),
    "kept_on_the_second": ("kept_on_the_second", _shipping),
    "never_shipped": ("never_shipped", _shipping),
    "held": ("held", _shipping),
    "deadline_moved": ("deadline_moved", _moved),
    "deadline_moved_late": ("deadline_moved_late", _moved),
    "late_sign": ("late_sign", lambda order: {"deadline": order.sign_by, "signed": order.all_signed}),
    "closed_too_late": ("closed_too_late", _closing),
    "closed_in_time": ("closed_in_time", _closing),
    "app_mismatch": ("app_mismatch", lambda order: {"since": order.outbound, "hours": APP_LAG_MS // HOUR_MS}),
}
"""What each fault should be found as, and the numbers that belong to it."""


def _plant_stock(sheet: Sheet, day: Day) -> None:
    for drift in day.drifts:
        kind = "stock_deviation" if abs(drift.units) > SMALL_DRIFT else "stock_drift_small"
        sheet.plant(
            kind,
            f"{drift.sku}|{drift.warehouse}",
            deviation_units=drift.units,
            since=drift.from_ms,
            until=drift.until_ms,
        )
    block: dict[str, list[str]] = {}
    for number in sorted(n for n, fault in day.faults.items() if fault == "oversell"):
        block.setdefault(day.hot_sku(number), []).append(day.order(number).order_id)
    for sku, orders in block.items():
        sheet.plant(
            "oversell",
            sku,
            stock=OVERSELL_STOCK,
            ordered=OVERSELL_BLOCK,
            beyond=orders[OVERSELL_STOCK:],
        )
        for order in orders[OVERSELL_STOCK:]:
            sheet.plant("oversold_order", order, sku=sku)
