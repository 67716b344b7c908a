"""What the system found of simulated days, for the comparison with their answer sheets."""

from collections.abc import Iterable
from typing import NamedTuple

from pipeline.endpoints import store_address
from pipeline.settings import Settings

VERDICTS = """
SELECT order_id, verdict
FROM orders_current FINAL
WHERE startsWith(order_id, {tag:String})
"""

UNKNOWN_CODES = """
SELECT DISTINCT order_id
FROM order_reports FINAL
WHERE startsWith(order_id, {tag:String}) AND phase = 'unknown'
UNION DISTINCT
SELECT DISTINCT substring(waybill, 4, length(waybill) - 4) AS order_id
FROM waybill_facts FINAL
WHERE startsWith(waybill, concat('SIM', {tag:String})) AND phase = 'unknown'
"""
"""A simulated waybill is SIM, the order's number, and the number of the parcel."""

LATE_REPORTS = """
SELECT DISTINCT order_id
FROM order_reports AS told FINAL
INNER JOIN orders_current AS account FINAL USING (order_id)
WHERE startsWith(order_id, {tag:String})
    AND told.reporter = 'wms'
    AND told.outbound_at <= account.promised_ship_at
    AND told.observed_at > account.promised_ship_at
    AND account.verdict = 'kept'
"""
"""Kept, although the report that shows it came after the deadline: the verdict until then was broken."""

DEAD_LETTERS = """
SELECT DISTINCT origin_key
FROM dead_letters FINAL
WHERE startsWith(origin_key, {tag:String}) OR startsWith(origin_key, concat('POISON-', {tag:String}))
"""

ANOMALIES = """
SELECT DISTINCT order_id
FROM v_anomalies
WHERE startsWith(order_id, {tag:String}) AND kind = {asked:String} AND end != 'withdrawn'
"""
"""An order that had such an anomaly. What was withdrawn never was one."""

RESOLVED = """
SELECT DISTINCT order_id
FROM v_anomalies
WHERE startsWith(order_id, {tag:String}) AND kind = {asked:String} AND end = 'resolved'
"""

TAKEN = """
SELECT DISTINCT order_id
FROM v_anomalies
WHERE startsWith(order_id, {tag:String}) AND kind = {asked:String} AND taken_by != '' AND end != 'withdrawn'
"""

COMMANDED = """
SELECT DISTINCT order_id
FROM commands FINAL
WHERE startsWith(order_id, {tag:String}) AND type = {asked:String}
"""

DECIDED_BY_RULE = """
SELECT refund_id
FROM refund_verdicts FINAL
WHERE startsWith(order_id, {tag:String})
GROUP BY order_id, refund_id
HAVING argMax(rule, source_offset) = {asked:String}
"""
"""The rule of the verdict that stands."""

RETURNS = """
SELECT DISTINCT refund_id
FROM return_steps FINAL
WHERE startsWith(order_id, {tag:String}) AND type = 'return.begun'
"""

RETURNS_DONE = """
SELECT refund_id
FROM return_steps FINAL
WHERE startsWith(order_id, {tag:String}) AND type = 'return.step_settled'
GROUP BY order_id, refund_id
HAVING uniqExact(step) = 4
"""

STEPS_HANDED_OVER = """
SELECT concat(refund_id, '|', step)
FROM return_steps FINAL
WHERE startsWith(order_id, {tag:String})
GROUP BY order_id, refund_id, step
HAVING countIf(type = 'return.step_handed_over') > 0 AND countIf(type = 'return.step_settled') = 0
"""
"""A person was given the step and has not confirmed it: one who did is as good as any other."""


STOCK_DEVIATIONS = """
SELECT DISTINCT substring(subject, 7)
FROM v_anomalies
WHERE startsWith(subject, 'stock:') AND kind = {asked:String} AND severity = 'critical' AND end != 'withdrawn'
    AND detected_at >= parseDateTime64BestEffort({start:String})
"""

CALIBRATED = """
SELECT concat(sku, '|', warehouse)
FROM v_sku_deviations
WHERE what = {asked:String} AND at >= parseDateTime64BestEffort({start:String})
GROUP BY sku, warehouse
HAVING sum(calibrated) != 0
    AND concat(sku, '|', warehouse) NOT IN (
        SELECT substring(subject, 7)
        FROM v_anomalies
        WHERE startsWith(subject, 'stock:') AND severity = 'critical'
    )
"""
"""What a late movement explained was taken back, so it comes to nothing. A large deviation that came back
within the limit is another kind."""

OVERSOLD_SKUS = """
SELECT DISTINCT sku
FROM v_oversold_orders
WHERE startsWith(order_id, {tag:String})
"""

OVERSOLD_ORDERS = """
SELECT DISTINCT order_id
FROM v_oversold_orders
WHERE startsWith(order_id, {tag:String})
"""


class Question(NamedTuple):
    """A query that gives the subjects found; it may name {tag:String}, {start:String} and {asked:String}."""

    sql: str
    asked: str = ""


ANOMALY_KINDS = {
    "conflict": "status_conflict",
    "promise_at_risk": "promise_at_risk",
    "late_first_scan": "late_first_scan",
    "stalled": "stalled",
    "signed_not_received": "signed_not_received",
    "bad_address": "ambiguous_address",
    "app_mismatch": "credibility_mismatch",
}
REFUND_RULES = {
    "refund_mismatch": "refund_mismatch",
    "refund_order_locked": "order_locked",
    "refund_invoice_issued": "invoice_issued",
    "refund_cs_confirm": "cs_confirm",
    "refund_finance": "finance",
    "refund_pending": "pending",
    "refund_not_refundable": "not_refundable",
}
QUESTIONS = {
    "unknown_code": Question(UNKNOWN_CODES),
    "late_report": Question(LATE_REPORTS),
    "poison": Question(DEAD_LETTERS),
    "conflict_decided": Question(RESOLVED, "status_conflict"),
    "taken": Question(TAKEN, "promise_broken"),
    "coupon": Question(COMMANDED, "coupon.sent"),
    "stock_deviation": Question(STOCK_DEVIATIONS, "stock_deviation"),
    "stock_drift_small": Question(CALIBRATED, "stock.calibrated"),
    "oversell": Question(OVERSOLD_SKUS),
    "oversold_order": Question(OVERSOLD_ORDERS),
    "return_request": Question(RETURNS),
    "return_done": Question(RETURNS_DONE),
    "return_step_handed_over": Question(STEPS_HANDED_OVER),
    **{kind: Question(ANOMALIES, asked) for kind, asked in ANOMALY_KINDS.items()},
    **{kind: Question(DECIDED_BY_RULE, asked) for kind, asked in REFUND_RULES.items()},
}
"""Kinds that something in the system reports; a further judge adds a line."""


def findings(settings: Settings, days: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """Return the subjects found, by kind, of these days (tag, start); raises StoreAway, StoreRefused."""
    from pipeline.clickhouse.client import connect_read_only, typed_errors  # noqa: PLC0415  (keeps --help fast)

    client = connect_read_only(store_address(settings, read_only=True))
    found: dict[str, set[str]] = {f"promise_{verdict}": set() for verdict in ("kept", "broken", "none")}
    found |= {kind: set() for kind in QUESTIONS}
    try:
        with typed_errors():
            for tag, start in days:
                parameters = {"tag": tag, "start": start}
                for order, verdict in client.query(VERDICTS, parameters=parameters).result_rows:
                    found.setdefault(f"promise_{verdict}", set()).add(order)
                for kind, question in QUESTIONS.items():
                    asked = {**parameters, "asked": question.asked}
                    rows = client.query(question.sql, parameters=asked).result_rows
                    found[kind].update(row[0] for row in rows)
    finally:
        client.close()
    return found
