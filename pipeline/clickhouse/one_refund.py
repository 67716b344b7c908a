"""The verdict that stands on one refund request; orders of several platforms may share its number."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pipeline.clickhouse.reader import Reader


@dataclass(frozen=True, slots=True)
class StoredVerdict:
    """What v_refunds says of a verdict: `facts` are those that the rules up to `rule` looked at, as text."""

    order_id: str
    refund_id: str
    version: int
    verdict: str
    rule: str
    rules_version: str
    reason_zh: str
    reason_en: str
    facts: dict[str, str]
    amount_fen: int
    done: bool
    decided_at: datetime


QUESTION: Final = """
SELECT order_id, refund_id, version, verdict, rule, rules_version, reason_zh, reason_en, facts, amount_fen,
    done, decided_at
FROM v_refunds
WHERE refund_id = {refund:String} AND ({order:String} = '' OR order_id = {order:String})
ORDER BY order_id
"""


def stored_verdicts(reader: Reader, refund_id: str, order_id: str = "") -> list[StoredVerdict]:
    """Return the verdict on this refund of each order that has one, or (not "") of one order only."""
    return reader.rows(StoredVerdict, QUESTION, {"refund": refund_id, "order": order_id})
