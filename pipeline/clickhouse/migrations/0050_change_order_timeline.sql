CREATE OR REPLACE VIEW v_order_timeline
(
    order_id String COMMENT 'order number',
    at DateTime64(3, 'UTC') COMMENT 'when it happened, by the source (UTC)',
    observed_at DateTime64(3, 'UTC') COMMENT 'when we received or decided it (UTC)',
    source String COMMENT 'who says so: a reporter, platform, carrier, cs, sku, invoice, person, or order_hub',
    what String COMMENT 'kind of the entry, such as order.reported, promise.judged, order.locked, refund.verified, coupon.sent',
    detail String COMMENT 'what it says, in short',
    raw_code String COMMENT 'the code exactly as received; empty: none',
    mapping String COMMENT 'field map, or rule of a verdict',
    event_id String COMMENT 'id of the event'
)
AS
SELECT
    order_id,
    occurred_at AS at,
    observed_at,
    toString(reporter) AS source,
    'order.reported' AS what,
    arrayStringConcat(arrayFilter(part -> part != '', [
        toString(phase),
        if(line = '', '', concat('line ', line)),
        if(isNull(units), '', concat('units ', toString(units))),
        if(isNull(ordered_at), '', concat('ordered ', toString(ordered_at))),
        if(isNull(paid_at), '', concat('paid ', toString(paid_at))),
        if(isNull(promised_ship_at), '', concat('ship by ', toString(promised_ship_at))),
        if(isNull(promised_sign_at), '', concat('deliver by ', toString(promised_sign_at))),
        if(isNull(outbound_at), '', concat('outbound ', toString(outbound_at))),
        if(isNull(first_scan_at), '', concat('first scan ', toString(first_scan_at))),
        if(isNull(signed_at), '', concat('signed ', toString(signed_at))),
        if(isNull(closed_at), '', concat('closed ', toString(closed_at))),
        if(cannot_supply, 'cannot supply', ''),
        if(cash_on_delivery, 'cash on delivery', ''),
        if(is_parent, 'split parent', ''),
        if(address_quality = '', '', concat('address ', toString(address_quality)))
    ]), ', ') AS detail,
    toString(raw_code) AS raw_code,
    toString(mapping) AS mapping,
    event_id
FROM order_reports FINAL
UNION ALL
SELECT
    order_id,
    occurred_at,
    observed_at,
    'carrier',
    'parcel.reported',
    arrayStringConcat(arrayFilter(part -> part != '', [
        toString(phase),
        concat('waybill ', waybill),
        toString(carrier),
        arrayStringConcat(flags, ' '),
        if(isNull(first_scan_at), '', concat('first scan ', toString(first_scan_at))),
        if(isNull(last_scan_at), '', concat('last scan ', toString(last_scan_at))),
        if(isNull(signed_at), '', concat('signed ', toString(signed_at)))
    ]), ', '),
    toString(raw_code),
    toString(mapping),
    event_id
FROM parcel_reports FINAL
UNION ALL
SELECT
    order_id,
    occurred_at,
    observed_at,
    'invoice',
    'invoice.reported',
    concat('invoice ', invoice_id, if(red_lettered, ', taken back', ', issued')),
    '',
    toString(mapping),
    event_id
FROM invoice_reports FINAL
UNION ALL
SELECT
    order_id,
    occurred_at,
    observed_at,
    toString(platform),
    'refund.reported',
    concat('refund ', refund_id, ', ', toString(amount_fen), ' fen',
        if(unknown, ', unknown code', if(standard = '', '', concat(', ', toString(standard)))),
        if(done, ', money is out', '')),
    toString(raw_codes),
    toString(mapping),
    event_id
FROM refund_reports FINAL
UNION ALL
SELECT
    order_id,
    occurred_at,
    observed_at,
    'cs',
    'ticket.reported',
    concat(if(complaint, 'complaint ', 'question '), ticket_id, ', ', toString(topic), if(open, ', open', ', closed')),
    '',
    toString(mapping),
    event_id
FROM ticket_reports FINAL
UNION ALL
SELECT
    order_id,
    occurred_at,
    observed_at,
    'sku',
    toString(type),
    arrayStringConcat(arrayFilter(part -> part != '', [
        concat(sku, ' x ', toString(units)),
        toString(reason),
        toString(because),
        toString(warehouse),
        if(waybill = '', '', concat('waybill ', waybill))
    ]), ', '),
    '',
    toString(mapping),
    event_id
FROM sku_facts FINAL
WHERE order_id != ''
UNION ALL
SELECT
    order_id,
    occurred_at,
    observed_at,
    'inventory_sentinel',
    toString(type),
    concat(sku, if(up, ', there is no stock for it', ', there is stock for it again')),
    '',
    '',
    event_id
FROM sku_decisions FINAL
WHERE order_id != ''
UNION ALL
SELECT
    order_id,
    occurred_at,
    observed_at,
    'order_hub',
    toString(type),
    if(type = 'order.phase_changed',
        concat(if(previous = '', '', concat(toString(previous), ' -> ')), toString(phase)),
        concat(
            toString(verdict),
            if(corrects = '', '', concat(', corrects ', toString(corrects))),
            if(isNull(deadline_at), '', concat(', deadline ', toString(deadline_at))))),
    '',
    toString(rule),
    event_id
FROM order_decisions FINAL
UNION ALL
SELECT
    order_id,
    occurred_at,
    observed_at,
    'order_hub',
    toString(type),
    arrayStringConcat(arrayFilter(part -> part != '', [toString(how), why]), ', '),
    '',
    '',
    event_id
FROM conflicts FINAL
UNION ALL
SELECT
    order_id,
    occurred_at,
    observed_at,
    'order_hub',
    toString(type),
    arrayStringConcat(arrayFilter(part -> part != '', [
        toString(promise),
        if(waybill = '', '', concat('waybill ', waybill)),
        if(act = '', '', concat(toString(act), ' ', act_id, ': ', toString(why))),
        if(isNull(deadline_at), '', concat('deadline ', toString(deadline_at))),
        if(end = '', '', concat('ended: ', toString(end))),
        because
    ]), ', '),
    '',
    toString(rule),
    event_id
FROM alarms FINAL
UNION ALL
SELECT
    order_id,
    occurred_at,
    observed_at,
    'order_hub',
    'refund.verified',
    concat('refund ', refund_id, ', ', toString(verdict), if(done, ', money is out', ''), ': ', reason_en),
    '',
    toString(rule),
    event_id
FROM refund_verdicts FINAL
UNION ALL
SELECT
    order_id,
    occurred_at,
    observed_at,
    'order_hub',
    toString(type),
    concat('refund ', refund_id, if(reason = '', '', concat(', ', toString(reason))),
        if(verdict = '', '', concat(', would be ', toString(verdict))), if(end = '', '', concat(', ended: ', toString(end)))),
    '',
    if(rule = '', toString(because), toString(rule)),
    event_id
FROM refund_findings FINAL
UNION ALL
SELECT
    order_id,
    occurred_at,
    observed_at,
    'order_hub',
    toString(type),
    concat('refund ', refund_id, if(step = '', '', concat(', ', toString(step))),
        if(how = '', '', concat(', ', toString(how))), if(because = '', '', concat(', ', because))),
    '',
    '',
    event_id
FROM return_steps FINAL
UNION ALL
SELECT
    order_id,
    occurred_at,
    observed_at,
    'order_hub',
    'desk.command_answered',
    arrayStringConcat(arrayFilter(part -> part != '', [
        toString(command),
        toString(answer),
        arrayStringConcat(reasons, ' '),
        if(isNull(amount_fen), '', concat(toString(amount_fen), ' fen'))
    ]), ', '),
    '',
    '',
    event_id
FROM desk_answers FINAL
UNION ALL
SELECT
    order_id,
    occurred_at,
    observed_at,
    'order_hub',
    toString(type),
    details,
    '',
    '',
    event_id
FROM commands FINAL
UNION ALL
SELECT
    order_id,
    occurred_at,
    observed_at,
    'person',
    toString(type),
    details,
    '',
    '',
    event_id
FROM instructions FINAL
COMMENT 'Every fact, decision, command and instruction of one order: filter by order_id, ORDER BY at, observed_at. Grain: event_id. Zone: UTC. Lateness: entries come in order of arrival, `at` may lie far back.';
