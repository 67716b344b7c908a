"""What the desk must know before it offers a button: which order is meant, and how it stands."""

import json
from collections.abc import Mapping
from typing import Any

from dashboard.queries.rows import Moment, Reader, Row, read
from pipeline.domain.desk import PAID
from pipeline.domain.desk_view import OrderView
from schemas.desk import Spot
from schemas.vocabulary import Phase

FOUND_CAP = 20
MOST_KEY = 128

FIND_SQL = """
SELECT kind, order_id
FROM v_order_keys
WHERE found = {key:String} AND kind IN {kinds:Array(String)}
GROUP BY kind, order_id
ORDER BY indexOf(['order', 'waybill', 'phone_tail'], kind), order_id DESC
LIMIT {cap:UInt32}
"""

STANDING_SQL = """
SELECT platform, shop, phase, platform_phase, outbound_at, paid_at, closed_at, paid_fen, ordered_at,
       deadline_at, source_offset, observed_at
FROM orders_current FINAL
WHERE order_id = {order:String}
"""

FLAGS_SQL = """
WITH {order:String} AS wanted
SELECT
    (SELECT count() FROM v_orders_locked WHERE order_id = wanted) > 0 AS locked,
    (SELECT count() FROM order_reports FINAL
        WHERE order_id = wanted AND reporter = 'wms'
          AND (isNotNull(outbound_at) OR phase IN ('part_shipped', 'shipped', 'signed', 'finished'))
          AND ifNull(units, 1) > 0)
    + (SELECT count() FROM parcel_reports FINAL
        WHERE order_id = wanted
          AND (isNotNull(first_scan_at) OR phase IN ('part_shipped', 'shipped', 'signed', 'finished'))) > 0
        AS parcel_gone,
    (SELECT countIf(customised) FROM
        (SELECT argMax(ifNull(is_customised, false), (ifNull(version, 0), observed_at)) AS customised
         FROM order_reports FINAL
         WHERE order_id = wanted AND reporter = 'platform' AND isNotNull(is_customised)
         GROUP BY line)) > 0 AS customised,
    (SELECT countIf(is_parent) FROM order_reports FINAL
        WHERE order_id = wanted AND reporter = 'platform' AND line = '') > 0 AS split_parent,
    (SELECT countIf(cash_on_delivery) FROM order_reports FINAL
        WHERE order_id = wanted AND reporter = 'platform' AND line = '') > 0 AS cash_on_delivery,
    (SELECT countIf(NOT taken_back) FROM
        (SELECT argMax(red_lettered, (ifNull(version, 0), observed_at)) AS taken_back
         FROM invoice_reports FINAL WHERE order_id = wanted GROUP BY invoice_id)) > 0 AS invoice_issued,
    (SELECT argMaxIf(is_bad, said, NOT masked)
        AND NOT (maxIf(said, masked) > maxIf(said, NOT masked) AND arrayExists(
            (shown, known) -> shown != '' AND shown != known,
            argMaxIf(spot, said, masked), argMaxIf(spot, said, NOT masked)))
        FROM
        (SELECT [province, city, district] AS spot, (ifNull(version, 0), observed_at) AS said,
            address_quality = 'masked' AS masked,
            address_quality = 'bad' AND length(address_candidates) != 1 AS is_bad
         FROM order_reports FINAL
         WHERE order_id = wanted AND address_quality != ''
           AND NOT (masked AND spot = ['', '', '']))) AS bad_address
"""

REFUNDS_SQL = """
SELECT refund_id, standard, done, amount_fen
FROM
(
    SELECT refund_id, standard, done, unknown, amount_fen,
        row_number() OVER (
            PARTITION BY refund_id ORDER BY unknown, ifNull(version, 0) DESC, observed_at DESC) AS place
    FROM refund_reports FINAL
    WHERE order_id = {order:String}
)
WHERE place = 1
"""

GRANTED_SQL = """
SELECT command_key, amount_fen
FROM desk_answers FINAL
WHERE order_id = {order:String} AND answer = 'accepted' AND isNotNull(amount_fen)
"""

ADDRESSES_SQL = """
SELECT details
FROM instructions FINAL
WHERE order_id = {order:String} AND type = 'desk.addresses_told'
ORDER BY occurred_at DESC, event_id DESC
LIMIT 1
"""


class Found(Row):
    """One order that a search means, and by what it was found: order, waybill or phone_tail."""

    kind: str
    order_id: str


class Standing(Row):
    """One order as the desk sees it; `version` changes with whatever was told or granted."""

    order_id: str
    platform: str
    shop: str
    phase: str
    ordered_at: Moment
    deadline_at: Moment
    version: str
    view: OrderView


def cleaned(text: str) -> str:
    """Return a pasted number without the blanks that came with it."""
    return "".join(text.split())[:MOST_KEY]


def read_found(reader: Reader, key: str, by_phone: bool) -> tuple[Found, ...]:
    """Return the orders of a number; the phone tail only for those who may see it."""
    kinds = ["order", "waybill", *(["phone_tail"] if by_phone and len(key) == 4 else [])]
    return read(reader, Found, FIND_SQL, key=key, kinds=kinds, cap=FOUND_CAP)


def read_standing(reader: Reader, order_id: str) -> Standing | None:
    """Return how an order stands, None if nobody ever told of it."""
    asked = {"order": order_id}
    accounts = reader.rows(STANDING_SQL, asked)
    if not accounts:
        return None
    account, flags = accounts[0], dict(reader.rows(FLAGS_SQL, asked)[0])
    on_delivery = bool(flags["cash_on_delivery"])
    granted = {row["command_key"]: int(row["amount_fen"]) for row in reader.rows(GRANTED_SQL, asked)}
    refunds = [row for row in reader.rows(REFUNDS_SQL, asked) if row["refund_id"] not in granted]
    running = [row for row in refunds if row["done"] or row["standard"] != "not_refundable"]
    refunded = sum(int(row["amount_fen"]) for row in running) + sum(granted.values())
    view = OrderView(
        shop=account["shop"],
        locked=bool(flags["locked"]),
        closed=account["phase"] == "closed",
        parcel_gone=bool(flags["parcel_gone"]) or account["outbound_at"] is not None,
        outbound=account["outbound_at"] is not None,
        unpaid=_is_unpaid(account, on_delivery=on_delivery),
        refund_open=any(not row["done"] for row in running),
        on_hold=account["platform_phase"] == "hold",
        bad_address=bool(flags["bad_address"]),
        split_parent=bool(flags["split_parent"]),
        customised=bool(flags["customised"]),
        invoice_issued=bool(flags["invoice_issued"]),
        paid_fen=_paid_fen(account, on_delivery=on_delivery),
        refunded_fen=refunded,
        addresses=_addresses(reader.rows(ADDRESSES_SQL, asked)),
    )
    version = f"{account['source_offset']}.{refunded}.{len(refunds)}.{int(view.locked)}"
    return Standing.model_validate(
        {**account, "order_id": order_id, "version": version, "view": view}, from_attributes=True
    )


def _is_unpaid(account: Mapping[str, Any], *, on_delivery: bool) -> bool:
    """Not on delivery, and nothing shows that it is paid: no data is not paid (docs/desk.md)."""
    phase = account["platform_phase"]
    return not on_delivery and (phase == Phase.UNPAID or not (account["paid_at"] or phase in PAID))


def _paid_fen(account: Mapping[str, Any], *, on_delivery: bool) -> int | None:
    """What was paid, None: nobody told; on delivery nothing is before the goods are handed over."""
    paid = account["paid_at"] or account["platform_phase"] in (Phase.SIGNED, Phase.FINISHED)
    return 0 if on_delivery and not paid else account["paid_fen"]


def _addresses(rows: Any) -> dict[str, Spot]:
    if not rows:
        return {}
    told = json.loads(rows[0]["details"]).get("addresses", [])
    return {one["address_id"]: Spot.model_validate(one["spot"]) for one in told}
