"""Questions about one order, by name of the part that they fill; each takes {order:String}."""

from typing import Final

PARTS: Final = {
    "account": """
SELECT platform, shop, phase, platform_phase, verdict, rule, owed, is_open, ordered_at, paid_at,
    promised_ship_at, promised_sign_at, outbound_at, first_scan_at, signed_at, closed_at, deadline_at,
    settled_at, paid_fen
FROM orders_current FINAL
WHERE order_id = {order:String}
""",
    "words": """
SELECT
    JSONExtractString(word, 'reporter') AS reporter,
    JSONExtractString(word, 'phase') AS phase,
    JSONExtractString(word, 'raw_code') AS raw_code,
    JSONExtractString(word, 'said_at') AS said_at
FROM orders_current FINAL
ARRAY JOIN JSONExtractArrayRaw(words) AS word
WHERE order_id = {order:String}
ORDER BY reporter
""",
    "lock": """
SELECT type, occurred_at, conflict_id, evidence, how, decided_by, why
FROM conflicts FINAL
WHERE order_id = {order:String}
ORDER BY source_offset
""",
    "anomalies": """
SELECT
    subject,
    tupleElement(one, 1) AS kind,
    tupleElement(one, 2) AS severity,
    tupleElement(one, 3) AS detected_at,
    tupleElement(one, 4) AS last_seen_at,
    tupleElement(one, 5) AS heal_deadline_at,
    tupleElement(one, 6) AS sightings,
    tupleElement(one, 7) AS taken_by,
    tupleElement(one, 9) AS handed_by
FROM
(
    SELECT
        subject,
        arrayJoin(arrayZip(kind, severity, detected_at, last_seen_at, heal_deadline_at, sightings, taken_by,
            end, arrayResize(handed_by, length(kind)))) AS one
    FROM anomalies_current FINAL
    WHERE subject = concat('order:', {order:String})
        OR startsWith(subject, concat('refund:', {order:String}, '|'))
        OR startsWith(subject, concat('act:refund|', {order:String}, '|'))
)
WHERE tupleElement(one, 8) = ''
ORDER BY detected_at
""",
    "refunds": """
SELECT refund_id, version, verdict, rule, reason_zh, reason_en, amount_fen, done, occurred_at
FROM refund_verdicts FINAL
WHERE order_id = {order:String}
ORDER BY source_offset DESC
LIMIT 1 BY refund_id
""",
    "commands": """
SELECT occurred_at, type, details
FROM commands FINAL
WHERE order_id = {order:String}
ORDER BY source_offset
""",
    "said": """
SELECT occurred_at, type, details
FROM instructions FINAL
WHERE order_id = {order:String}
ORDER BY source_offset
""",
    "answers": """
SELECT occurred_at, command, pressed_by, answer, reasons, may_ship, choice, amount_fen
FROM desk_answers FINAL
WHERE order_id = {order:String}
ORDER BY source_offset
""",
    "timeline": """
SELECT at, source, what, detail, raw_code
FROM v_order_timeline
WHERE order_id = {order:String}
ORDER BY at, observed_at
LIMIT 200
""",
}
