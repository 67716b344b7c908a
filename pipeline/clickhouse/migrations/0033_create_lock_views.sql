CREATE OR REPLACE VIEW v_orders_locked
(
    order_id String COMMENT 'order number',
    shop LowCardinality(String) COMMENT 'shop; empty: not told',
    conflict_id String COMMENT 'id of the conflict',
    locked_at DateTime64(3, 'UTC') COMMENT 'when the settle time was over (UTC)',
    differs_since_at Nullable(DateTime64(3, 'UTC')) COMMENT 'when the newer of the two reports was made (UTC)',
    evidence Array(Tuple(reporter LowCardinality(String), phase LowCardinality(String), raw_code String,
        mapping LowCardinality(String), since_at Nullable(DateTime64(3, 'UTC')), said_at Nullable(DateTime64(3, 'UTC'))))
        COMMENT 'what each reporter says, and since when; ARRAY JOIN it'
)
AS
SELECT
    order_id,
    last_shop AS shop,
    conflict_id,
    last_at AS locked_at,
    last_differs_at AS differs_since_at,
    JSONExtract(last_evidence, 'Array(Tuple(reporter LowCardinality(String), phase LowCardinality(String), raw_code String, mapping LowCardinality(String), since_at Nullable(DateTime64(3, ''UTC'')), said_at Nullable(DateTime64(3, ''UTC''))))') AS evidence
FROM
(
    SELECT
        order_id,
        conflict_id,
        argMax(type, source_offset) AS last_type,
        argMax(shop, source_offset) AS last_shop,
        argMax(occurred_at, source_offset) AS last_at,
        argMax(tuple(differs_since_at), source_offset).1 AS last_differs_at,
        argMax(evidence, source_offset) AS last_evidence
    FROM conflicts FINAL
    GROUP BY order_id, conflict_id
)
WHERE last_type = 'order.locked'
ORDER BY locked_at, order_id
COMMENT 'Orders that are locked because their reporters contradict each other; longest locked first. Grain: order_id and conflict_id, one conflict at a time. Zone: UTC. Lateness: an agreement told late takes a row away.';

CREATE OR REPLACE VIEW v_acts_to_review
(
    act LowCardinality(String) COMMENT 'what was done: coupon or refund',
    act_id String COMMENT 'coupon: its id; refund: number of the refund request',
    order_id String COMMENT 'order number',
    shop LowCardinality(String) COMMENT 'shop; empty: not told',
    done_at Nullable(DateTime64(3, 'UTC')) COMMENT 'when it was done (UTC); null: the command is not stored yet',
    noticed_at DateTime64(3, 'UTC') COMMENT 'when a later report made it wrong, by the event clock (UTC)',
    why LowCardinality(String)
        COMMENT 'coupon: promise_not_broken, complained_before; refund: the rule that would decide now',
    verdict LowCardinality(String) COMMENT 'refund: the verdict that would be given now; empty for a coupon',
    facts Map(String, String) COMMENT 'refund: what that rule looked at; empty for a coupon',
    amount_fen Nullable(Int64) COMMENT 'refund: amount that was sent, in fen; null for a coupon'
)
AS
SELECT
    last_act AS act,
    last_act_id AS act_id,
    last_order AS order_id,
    last_shop AS shop,
    last_since AS done_at,
    last_at AS noticed_at,
    last_why AS why,
    '' AS verdict,
    map() AS facts,
    NULL AS amount_fen
FROM
(
    SELECT
        alarm_id,
        argMax(order_id, source_offset) AS last_order,
        argMax(shop, source_offset) AS last_shop,
        argMax(act, source_offset) AS last_act,
        argMax(act_id, source_offset) AS last_act_id,
        argMax(why, source_offset) AS last_why,
        argMax(since_at, source_offset) AS last_since,
        argMax(occurred_at, source_offset) AS last_at,
        argMax(end, source_offset) AS last_end
    FROM alarms FINAL
    WHERE type = 'act.to_review'
    GROUP BY alarm_id
)
WHERE last_end = ''
UNION ALL
SELECT
    'refund' AS act,
    doubt.refund_id AS act_id,
    doubt.order_id AS order_id,
    doubt.last_shop AS shop,
    sent.done_at AS done_at,
    doubt.last_at AS noticed_at,
    doubt.last_rule AS why,
    doubt.last_verdict AS verdict,
    doubt.last_facts AS facts,
    sent.amount_fen AS amount_fen
FROM
(
    SELECT
        order_id,
        refund_id,
        argMax(type, source_offset) AS last_type,
        argMax(shop, source_offset) AS last_shop,
        argMax(rule, source_offset) AS last_rule,
        argMax(verdict, source_offset) AS last_verdict,
        argMax(facts, source_offset) AS last_facts,
        argMax(ifNull(refund_version, 0), source_offset) AS last_version,
        argMax(occurred_at, source_offset) AS last_at
    FROM refund_findings FINAL
    WHERE type IN ('refund.doubted', 'refund.affirmed')
    GROUP BY order_id, refund_id
) AS doubt
LEFT JOIN
(
    SELECT
        order_id,
        JSONExtractString(details, 'refund_id') AS refund_id,
        JSONExtractInt(details, 'refund_version') AS refund_version,
        minOrNull(occurred_at) AS done_at,
        anyOrNull(JSONExtractInt(details, 'amount_fen')) AS amount_fen
    FROM commands FINAL
    WHERE type = 'refund.sent'
    GROUP BY order_id, refund_id, refund_version
) AS sent
    ON sent.order_id = doubt.order_id AND sent.refund_id = doubt.refund_id AND sent.refund_version = doubt.last_version
WHERE doubt.last_type = 'refund.doubted'
COMMENT 'Acts that a later report made wrong, for a person: never reversed by themselves. Grain: act and act_id. Zone: UTC. Lateness: a still later report takes a row away.';
