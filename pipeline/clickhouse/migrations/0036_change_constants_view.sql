CREATE OR REPLACE VIEW v_constants
(
    risk_window_s Float64 COMMENT 'seconds before a deadline that count as at risk; default 7200',
    overdue_limit_s Float64 COMMENT 'seconds an order may be overdue before the board is red; default 7200',
    weight_promise Float64 COMMENT 'weight of promise attainment in the CSDI; default 0.5',
    weight_credibility Float64 COMMENT 'weight of status credibility in the CSDI; default 0.3',
    weight_self_heal Float64 COMMENT 'weight of the self-heal rate in the CSDI; default 0.2',
    credibility_grace_s Float64 COMMENT 'seconds that the app may show what was true before; default 60',
    credibility_quiet_s Float64
        COMMENT 'a finished order is compared until nobody spoke of it for so many seconds; default 86400'
)
AS
SELECT
    ifNull(anyOrNullIf(value, name = 'risk_window_s'), 7200) AS risk_window_s,
    ifNull(anyOrNullIf(value, name = 'overdue_limit_s'), 7200) AS overdue_limit_s,
    ifNull(anyOrNullIf(value, name = 'weight_promise'), 0.5) AS weight_promise,
    ifNull(anyOrNullIf(value, name = 'weight_credibility'), 0.3) AS weight_credibility,
    ifNull(anyOrNullIf(value, name = 'weight_self_heal'), 0.2) AS weight_self_heal,
    ifNull(anyOrNullIf(value, name = 'credibility_grace_s'), 60) AS credibility_grace_s,
    ifNull(anyOrNullIf(value, name = 'credibility_quiet_s'), 86400) AS credibility_quiet_s
FROM constants FINAL
COMMENT 'The constants of all views. Grain: one row. `certainty migrate up` sets risk_window_s from CERTAINTY_RISK_WINDOW_S.';
