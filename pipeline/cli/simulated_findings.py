"""What the system found of simulated days, for the comparison with their answer sheets."""

from collections.abc import Iterable

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

BAD_ADDRESSES = """
SELECT DISTINCT order_id
FROM order_reports FINAL
WHERE startsWith(order_id, {tag:String}) AND address_quality = 'bad'
"""

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

QUESTIONS = {
    "unknown_code": UNKNOWN_CODES,
    "late_report": LATE_REPORTS,
    "poison": DEAD_LETTERS,
    "bad_address": BAD_ADDRESSES,
}
"""Kinds that something in the system reports; a further judge adds a line."""


def findings(settings: Settings, tags: Iterable[str]) -> dict[str, set[str]]:
    """Return the subjects found, by kind, of the days with these tags; raises StoreAway, StoreRefused."""
    from pipeline.clickhouse.client import connect_read_only, typed_errors  # noqa: PLC0415  (keeps --help fast)

    client = connect_read_only(store_address(settings, read_only=True))
    found: dict[str, set[str]] = {f"promise_{verdict}": set() for verdict in ("kept", "broken", "none")}
    found |= {kind: set() for kind in QUESTIONS}
    try:
        with typed_errors():
            for tag in tags:
                parameters = {"tag": tag}
                for order, verdict in client.query(VERDICTS, parameters=parameters).result_rows:
                    found.setdefault(f"promise_{verdict}", set()).add(order)
                for kind, question in QUESTIONS.items():
                    rows = client.query(question, parameters=parameters).result_rows
                    found[kind].update(row[0] for row in rows)
    finally:
        client.close()
    return found
