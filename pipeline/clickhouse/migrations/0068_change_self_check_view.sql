ALTER TABLE constants
    ADD COLUMN IF NOT EXISTS word String COMMENT 'its value where that is no number; empty: it is one' AFTER value;

CREATE OR REPLACE VIEW v_constants
(
    risk_window_s Float64 COMMENT 'seconds before a deadline that count as at risk; default 7200',
    overdue_limit_s Float64 COMMENT 'seconds an order may be overdue before the board is red; default 7200',
    weight_promise Float64 COMMENT 'weight of promise attainment in the CSDI; default 0.5',
    weight_credibility Float64 COMMENT 'weight of status credibility in the CSDI; default 0.3',
    weight_self_heal Float64 COMMENT 'weight of the self-heal rate in the CSDI; default 0.2',
    credibility_grace_s Float64 COMMENT 'seconds that the app may show what was true before; default 60',
    credibility_quiet_s Float64
        COMMENT 'a finished order is compared until nobody spoke of it for so many seconds; default 86400',
    business_zone String COMMENT 'IANA zone in which a business day ends; default Asia/Shanghai'
)
AS
SELECT
    ifNull(anyOrNullIf(value, name = 'risk_window_s'), 7200) AS risk_window_s,
    ifNull(anyOrNullIf(value, name = 'overdue_limit_s'), 7200) AS overdue_limit_s,
    ifNull(anyOrNullIf(value, name = 'weight_promise'), 0.5) AS weight_promise,
    ifNull(anyOrNullIf(value, name = 'weight_credibility'), 0.3) AS weight_credibility,
    ifNull(anyOrNullIf(value, name = 'weight_self_heal'), 0.2) AS weight_self_heal,
    ifNull(anyOrNullIf(value, name = 'credibility_grace_s'), 60) AS credibility_grace_s,
    ifNull(anyOrNullIf(value, name = 'credibility_quiet_s'), 86400) AS credibility_quiet_s,
    ifNull(anyOrNullIf(word, name = 'business_zone'), 'Asia/Shanghai') AS business_zone
FROM constants FINAL
COMMENT 'The constants of all views. Grain: one row. `certainty migrate up` sets risk_window_s, credibility_grace_s and business_zone from the settings of these names.';

CREATE OR REPLACE VIEW v_self_check
(
    item LowCardinality(String) COMMENT 'inventory_sync, tracking, refunds, exceptions',
    light LowCardinality(String) COMMENT 'healthy, sub_healthy, danger, no_data',
    figures Map(String, Nullable(Float64)) COMMENT 'what led to the light: counts, shares 0..1, seconds; null: no data'
)
AS
WITH
    (SELECT assumeNotNull(clock_at) FROM v_clock) AS clock,
    clock - toIntervalDay(1) AS since,
    toStartOfDay(clock, (SELECT business_zone FROM v_constants)) AS day_end
SELECT
    'inventory_sync' AS item,
    multiIf(
        oversold_orders > 5, 'danger',
        compared = 0, 'no_data',
        unanswered = 0, 'healthy',
        deviating / compared < 0.003, 'sub_healthy',
        'danger') AS light,
    map(
        'oversold_orders', toNullable(toFloat64(oversold_orders)),
        'skus_compared', toFloat64(compared),
        'skus_deviating', toFloat64(deviating),
        'difference_rate', deviating / nullIf(compared, 0),
        'storefronts_behind', toFloat64(unanswered)) AS figures
FROM
(
    SELECT
        (
            SELECT uniqExact(order_id)
            FROM v_oversold_orders
            WHERE oversold_at > since AND oversold_at <= clock
        ) AS oversold_orders,
        (SELECT uniqExact(sku) FROM v_sku_places WHERE isNotNull(deviation)) AS compared,
        (
            SELECT uniqExactIf(sku, left_units != 0)
            FROM
            (
                -- What was told last stands, of what happened on that day or before; a calibration leaves no deviation.
                SELECT
                    sku,
                    argMax(if(type = 'stock.deviated', ifNull(deviation, 0), 0), source_offset) AS left_units
                FROM sku_decisions
                WHERE type IN ('stock.deviated', 'stock.calibrated') AND occurred_at < day_end
                GROUP BY sku, warehouse
            )
        ) AS deviating,
        (
            SELECT count()
            FROM
            (
                SELECT argMax((sent_at, answered_at), sent_at) AS last
                FROM v_sku_suspensions
                WHERE sent_at <= clock
                GROUP BY sku, storefront
            )
            WHERE dateDiff('second', tupleElement(last, 1), ifNull(tupleElement(last, 2), clock)) > 60
        ) AS unanswered
)
UNION ALL
SELECT
    'tracking',
    multiIf(
        not_received > 0, 'danger',
        compared = 0, 'no_data',
        behind = 0, 'healthy',
        lagging / compared < 0.02, 'sub_healthy',
        'danger'),
    map(
        'orders', toNullable(toFloat64(compared)),
        'orders_behind', toFloat64(behind),
        'orders_lagging_over_2h', toFloat64(lagging),
        'lagging_share', lagging / nullIf(compared, 0),
        'signed_not_received', toFloat64(not_received))
FROM
(
    SELECT
        count() AS compared,
        countIf(lag_s > (SELECT credibility_grace_s FROM v_constants)) AS behind,
        countIf(lag_s > 7200) AS lagging,
        (
            SELECT count()
            FROM v_anomalies
            WHERE kind = 'signed_not_received' AND end != 'withdrawn' AND detected_at <= clock
                AND (is_open OR ended_at > since)
        ) AS not_received
    FROM
    (
        SELECT
            order_id,
            maxOrNullIf(signed_at, told_by = 'carrier') AS carrier_signed_at,
            countIf(told_by = 'carrier' AND isNull(signed_at)) AS under_way,
            minOrNullIf(first_scan_at, told_by = 'carrier') AS carrier_scan_at,
            greatest(ifNull(carrier_signed_at, carrier_scan_at), carrier_scan_at) AS carrier_at,
            minOrNullIf(said_at, told_by = 'app' AND phase IN ('signed', 'finished', 'closed')) AS app_signed_at,
            minOrNullIf(said_at, told_by = 'app' AND phase NOT IN ('unpaid', 'to_ship', 'hold')) AS app_shipped_at,
            -- While the app is behind, it follows now.
            ifNull(
                if(under_way = 0 AND isNotNull(carrier_signed_at), app_signed_at, app_shipped_at),
                clock) AS followed_at,
            greatest(
                ifNull(if(under_way = 0, dateDiff('second', carrier_signed_at, ifNull(app_signed_at, clock)), 0), 0),
                ifNull(dateDiff('second', carrier_scan_at, ifNull(app_shipped_at, clock)), 0)) AS lag_s
        FROM
        (
            SELECT order_id, 'app' AS told_by, toString(phase) AS phase, occurred_at AS said_at,
                NULL AS first_scan_at, NULL AS signed_at
            FROM order_reports
            WHERE reporter = 'app' AND phase NOT IN ('', 'unknown') AND occurred_at <= clock
            UNION ALL
            SELECT order_id, 'carrier', '', max(occurred_at), min(first_scan_at), max(signed_at)
            FROM parcel_reports
            WHERE occurred_at <= clock
            GROUP BY order_id, waybill
        )
        GROUP BY order_id
        HAVING countIf(told_by = 'app') > 0 AND carrier_at <= clock
            AND greatest(carrier_at, followed_at) > since
    )
)
UNION ALL
SELECT
    'refunds',
    multiIf(
        counted = 0, 'no_data',
        in_time / counted >= 0.95 AND by_hand = 0, 'healthy',
        average_s <= 900, 'sub_healthy',
        'danger'),
    map(
        'refunds', toNullable(toFloat64(counted)),
        'decided_within_2h', toFloat64(in_time),
        'share_within_2h', in_time / nullIf(counted, 0),
        'average_s', average_s,
        'compared_by_hand', toFloat64(by_hand))
FROM
(
    SELECT
        count() AS counted,
        countIf(took_s <= 7200) AS in_time,
        avgOrNull(took_s) AS average_s,
        countIf(refund.by_hand) AS by_hand
    FROM
    (
        SELECT
            by_hand,
            ifNull(settled_at, clock) AS known_at,
            (toUnixTimestamp64Milli(known_at) - toUnixTimestamp64Milli(requested_at)) / 1000 AS took_s
        FROM v_refunds
        WHERE known_at > since AND known_at <= clock
            AND (isNotNull(settled_at) OR (verdict != 'pending' AND took_s > 7200) OR by_hand)
    ) AS refund
)
UNION ALL
SELECT
    'exceptions',
    multiIf(found + missed = 0, 'no_data', found / (found + missed) >= 0.8, 'healthy', 'danger'),
    map(
        'found_by_system', toNullable(toFloat64(found)),
        'told_by_customers_first', toFloat64(missed),
        'found_share', found / nullIf(found + missed, 0))
FROM
(
    SELECT
        (
            SELECT count()
            FROM v_anomalies
            WHERE end != 'withdrawn' AND detected_at > since AND detected_at <= clock
        ) AS found,
        (
            SELECT count()
            FROM
            (
                SELECT order_id, min(occurred_at) AS complained_at
                FROM ticket_reports
                WHERE complaint
                GROUP BY order_id
                HAVING complained_at > since AND complained_at <= clock
            ) AS ticket
            LEFT JOIN
            (
                SELECT order_id, minOrNull(detected_at) AS known_at
                FROM v_anomalies
                WHERE end != 'withdrawn' AND order_id != '' AND kind != 'signed_not_received'
                GROUP BY order_id
            ) AS known ON known.order_id = ticket.order_id
            WHERE isNull(known.known_at) OR known.known_at > ticket.complained_at
        ) AS missed
)
COMMENT 'Self-check of order management over the last 24 h of the event clock. Grain: item, four rows. inventory_sync: danger if more than 5 orders were oversold; healthy if every storefront confirmed the last command about each SKU within 60 s; else by the share of compared SKUs that deviated when the last business day ended (midnight in business_zone): below 0.3 % is sub-healthy. tracking: the app behind the carrier by more than credibility_grace_s, by more than 2 h, of the orders of which the carrier told something new or the app followed within the 24 h, or has not yet followed however long ago that was; an order signed but not received. refunds: decided is the first finance or not_refundable; those that wait for more than 2 h count, pending ones do not. exceptions: a complaint on an order of which nothing was noticed before was not found by us. Zone: UTC. Lateness: a late report changes it within seconds.';
