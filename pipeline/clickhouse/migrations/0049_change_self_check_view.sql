CREATE OR REPLACE VIEW v_self_check
(
    item LowCardinality(String) COMMENT 'inventory_sync, tracking, refunds, exceptions',
    light LowCardinality(String) COMMENT 'healthy, sub_healthy, danger, no_data',
    figures Map(String, Nullable(Float64)) COMMENT 'what led to the light: counts, shares 0..1, seconds; null: no data'
)
AS
WITH
    (SELECT assumeNotNull(clock_at) FROM v_clock) AS clock,
    clock - toIntervalDay(1) AS since
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
        (SELECT uniqExact(sku) FROM v_sku_places WHERE deviation != 0) AS deviating,
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
        HAVING countIf(told_by = 'app') > 0 AND carrier_at > since AND carrier_at <= clock
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
COMMENT 'Self-check of order management over the last 24 h of the event clock. Grain: item, four rows. inventory_sync: danger if more than 5 orders were oversold; healthy if every storefront confirmed the last command about each SKU within 60 s; else by the share of compared SKUs that deviate now: below 0.3 % is sub-healthy. tracking: the app behind the carrier by more than credibility_grace_s, by more than 2 h; an order signed but not received. refunds: decided is the first finance or not_refundable; those that wait for more than 2 h count, pending ones do not. exceptions: a complaint on an order of which nothing was noticed before was not found by us. Zone: UTC. Lateness: a late report changes it within seconds.';
