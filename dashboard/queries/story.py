"""The story of one order: everything that was said, decided and done, asked by its number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from dashboard.queries.rows import Moment, Reader, Row, read
from pipeline.clickhouse.one_order import PARTS

STORY_CAP = 500
TIMELINE_SQL = """
SELECT at, observed_at, source, what, detail, raw_code, mapping
FROM v_order_timeline
WHERE order_id = {order:String}
ORDER BY at, observed_at
LIMIT {cap:UInt32}
"""

PARCELS_SQL = """
SELECT waybill, argMax(carrier, observed_at) AS carrier, argMax(phase, observed_at) AS phase,
       argMax(raw_code, observed_at) AS raw_code, argMax(flags, observed_at) AS flags,
       min(first_scan_at) AS first_scan_at, max(last_scan_at) AS last_scan_at, max(signed_at) AS signed_at
FROM parcel_reports FINAL
WHERE order_id = {order:String}
GROUP BY waybill
ORDER BY waybill
"""

REFUNDS_SQL = """
SELECT refund_id, version, verdict, rule, reason_zh, reason_en, facts, amount_fen, done, requested_at,
       decided_at
FROM v_refunds
WHERE order_id = {order:String}
ORDER BY requested_at
"""

REASONS_SQL = """
SELECT DISTINCT reason_zh, reason_en
FROM refund_verdicts FINAL
WHERE order_id = {order:String}
"""

RETURNS_SQL = """
SELECT refund_id, begun_at, freeze_commission, attach_quality_reports, push_return_address, notify_restock,
       handed_over
FROM v_returns
WHERE order_id = {order:String}
"""

ITEMS_SQL = """
SELECT sku, sum(units) AS units
FROM sku_facts FINAL
WHERE order_id = {order:String} AND type = 'sku.ordered'
GROUP BY sku
ORDER BY sku
"""

PLACE_SQL = """
SELECT argMax(province, place) AS province, argMax(city, place) AS city, argMax(district, place) AS district,
       argMax(phone_tail, place) AS phone_tail, argMax(address_quality, place) AS quality
FROM
(
    SELECT province, city, district, phone_tail, address_quality,
        address_quality != 'masked' OR province != '' OR city != '' AS is_news,
        (is_news, ifNull(version, 0), observed_at) AS place
    FROM order_reports FINAL
    WHERE order_id = {order:String} AND address_quality != ''
)
HAVING count() > 0
"""

CLOCK_SQL = """
SELECT clock_at
FROM v_clock
WHERE {order:String} != ''
"""

ASKED = {
    "clock": CLOCK_SQL,
    "account": PARTS["account"],
    "words": PARTS["words"],
    "lock": PARTS["lock"],
    "anomalies": PARTS["anomalies"],
    "commands": PARTS["commands"],
    "answers": PARTS["answers"],
    "parcels": PARCELS_SQL,
    "refunds": REFUNDS_SQL,
    "reasons": REASONS_SQL,
    "returns": RETURNS_SQL,
    "items": ITEMS_SQL,
    "place": PLACE_SQL,
}


class Told(Row):
    """One entry of the time line."""

    at: datetime
    observed_at: datetime
    source: str
    what: str
    detail: str
    raw_code: str
    mapping: str


class Clock(Row):
    """How far the event clock is."""

    clock_at: Moment = None


class Account(Row):
    """The order as it stands."""

    platform: str
    shop: str
    phase: str
    verdict: str
    rule: str
    owed: str
    is_open: bool
    ordered_at: Moment
    paid_at: Moment
    promised_ship_at: Moment
    promised_sign_at: Moment
    outbound_at: Moment
    first_scan_at: Moment
    signed_at: Moment
    closed_at: Moment
    deadline_at: Moment
    settled_at: Moment
    paid_fen: int | None


Parts = Mapping[str, Sequence[Mapping[str, Any]]]  # columns differ by part


@dataclass(frozen=True, slots=True)
class Story:
    """All parts of one order; `account` None: nobody ever told of it."""

    order_id: str
    account: Account | None
    told: tuple[Told, ...]
    parts: Parts

    @property
    def clock_at(self) -> datetime | None:
        """The event clock, None while there is none."""
        return Clock.model_validate(next(iter(self.parts.get("clock", ())), {})).clock_at

    @property
    def is_known(self) -> bool:
        """Tell whether anybody ever spoke of this order."""
        return self.account is not None or bool(self.told)


def read_story(reader: Reader, order_id: str) -> Story:
    """Ask every part of one order."""
    parts = {name: list(reader.rows(sql, {"order": order_id})) for name, sql in ASKED.items()}
    told = read(reader, Told, TIMELINE_SQL, order=order_id, cap=STORY_CAP)
    account = Account.model_validate(parts["account"][0]) if parts["account"] else None
    return Story(order_id, account, told, parts)


def as_json(story: Story) -> dict[str, Any]:
    """Return everything as plain values, for whoever wants to read it raw."""

    def value(one: Any) -> Any:
        if isinstance(one, datetime):
            return one.isoformat()
        return one.model_dump(mode="json") if isinstance(one, BaseModel) else one

    return {
        "order_id": story.order_id,
        **{
            name: [{column: value(cell) for column, cell in row.items()} for row in rows]
            for name, rows in story.parts.items()
        },
        "timeline": [value(one) for one in story.told],
    }
