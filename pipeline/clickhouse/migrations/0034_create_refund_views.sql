CREATE OR REPLACE VIEW v_refunds
(
    refund_id String COMMENT 'number of the refund request',
    order_id String COMMENT 'order number',
    shop LowCardinality(String) COMMENT 'shop; empty: not told',
    platform LowCardinality(String) COMMENT 'tmall, jd, pdd, douyin, own_shop, other',
    version Int64 COMMENT 'version of the refund report that was judged last',
    verdict LowCardinality(String) COMMENT 'hold, manual, cs_confirm, finance, pending, not_refundable',
    rule LowCardinality(String) COMMENT 'rule that decided',
    rules_version LowCardinality(String) COMMENT 'version of the rules',
    reason_zh String COMMENT 'reason in Chinese',
    reason_en String COMMENT 'reason in English',
    facts Map(String, String) COMMENT 'facts that the rules looked at, as text',
    amount_fen Int64 COMMENT 'amount asked for, in fen',
    requested_at DateTime64(3, 'UTC') COMMENT 'when the request was first received (UTC)',
    decided_at DateTime64(3, 'UTC') COMMENT 'when the verdict that stands was given, by the event clock (UTC)',
    decision_s Float64 COMMENT 'seconds from requested_at to decided_at',
    settled_at Nullable(DateTime64(3, 'UTC'))
        COMMENT 'when it was first finance or not_refundable, by the event clock (UTC); null: it never was',
    by_hand Bool COMMENT 'a verdict on it was manual: a person had to compare',
    done Bool COMMENT 'the money is already out'
)
AS
SELECT
    refund_id,
    order_id,
    argMax(v.shop, source_offset) AS shop,
    argMax(v.platform, source_offset) AS platform,
    argMax(v.version, source_offset) AS version,
    argMax(v.verdict, source_offset) AS verdict,
    argMax(v.rule, source_offset) AS rule,
    argMax(v.rules_version, source_offset) AS rules_version,
    argMax(v.reason_zh, source_offset) AS reason_zh,
    argMax(v.reason_en, source_offset) AS reason_en,
    argMax(v.facts, source_offset) AS facts,
    argMax(v.amount_fen, source_offset) AS amount_fen,
    argMax(v.requested_at, source_offset) AS requested_at,
    argMax(v.occurred_at, source_offset) AS decided_at,
    (toUnixTimestamp64Milli(decided_at) - toUnixTimestamp64Milli(requested_at)) / 1000 AS decision_s,
    minOrNullIf(v.occurred_at, v.verdict IN ('finance', 'not_refundable')) AS settled_at,
    CAST(max(v.verdict = 'manual'), 'Bool') AS by_hand,
    argMax(v.done, source_offset) AS done
FROM (SELECT * FROM refund_verdicts FINAL) AS v
GROUP BY order_id, refund_id
COMMENT 'Every refund request with the verdict that stands. Grain: order_id and refund_id. Zone: UTC. Lateness: a late report brings another verdict within seconds.';

CREATE OR REPLACE VIEW v_returns
(
    order_id String COMMENT 'order number',
    refund_id String COMMENT 'number of the refund request',
    shop LowCardinality(String) COMMENT 'shop; empty: not told',
    begun_at Nullable(DateTime64(3, 'UTC')) COMMENT 'when the return was first requested (UTC)',
    freeze_commission LowCardinality(String)
        COMMENT 'state of the step: waiting, commanded, confirmed, not_needed, handed_over (to a person)',
    attach_quality_reports LowCardinality(String) COMMENT 'state of the step, as above',
    push_return_address LowCardinality(String) COMMENT 'state of the step, as above',
    notify_restock LowCardinality(String) COMMENT 'state of the step, as above',
    settled_steps UInt8 COMMENT 'steps that are confirmed or not needed, of four',
    handed_over Map(String, String) COMMENT 'step a person has to see to, and why',
    attempts Map(String, UInt64) COMMENT 'step and how often its command was given'
)
AS
WITH ['freeze_commission', 'attach_quality_reports', 'push_return_address', 'notify_restock'] AS steps
SELECT
    order_id,
    refund_id,
    any_shop AS shop,
    begun_at,
    states[1] AS freeze_commission,
    states[2] AS attach_quality_reports,
    states[3] AS push_return_address,
    states[4] AS notify_restock,
    toUInt8(countEqual(states, 'confirmed') + countEqual(states, 'not_needed')) AS settled_steps,
    mapFilter((step, why) -> states[indexOf(steps, step)] = 'handed_over', reasons) AS handed_over,
    tried AS attempts
FROM
(
    SELECT
        order_id,
        refund_id,
        max(row_shop) AS any_shop,
        minOrNullIf(row_at, what = 'begun') AS begun_at,
        maxMapIf(map(step, said), what = 'told') AS told,
        mapFromArrays(groupArrayIf(step, what = 'handed_over'), groupArrayIf(why, what = 'handed_over')) AS reasons,
        sumMapIf(map(step, toUInt64(1)), what = 'commanded') AS tried,
        arrayMap(
            name -> multiIf(mapContains(told, name), told[name],
                mapContains(reasons, name), 'handed_over',
                mapContains(tried, name), 'commanded', 'waiting'),
            steps) AS states
    FROM
    (
        SELECT
            order_id,
            refund_id,
            toString(shop) AS row_shop,
            occurred_at AS row_at,
            multiIf(type = 'return.begun', 'begun', type = 'return.step_settled', 'told', 'handed_over') AS what,
            toString(step) AS step,
            toString(how) AS said,
            because AS why
        FROM return_steps FINAL
        UNION ALL
        SELECT
            order_id,
            JSONExtractString(details, 'refund_id'),
            toString(shop),
            occurred_at,
            'commanded',
            replaceOne(toString(type), 'return.', ''),
            '',
            ''
        FROM commands FINAL
        WHERE startsWith(type, 'return.')
    )
    GROUP BY order_id, refund_id
)
COMMENT 'Returns and their four steps, none of which waits for another. Grain: order_id and refund_id. Zone: UTC. Lateness: none, shown when decided.';
