ALTER TABLE refund_reports
    ADD COLUMN IF NOT EXISTS standard LowCardinality(String)
        COMMENT 'what the codes alone amount to: pending, refundable, not_refundable; empty: read before this was known' AFTER raw_codes,
    ADD COLUMN IF NOT EXISTS proofs Array(LowCardinality(String))
        COMMENT 'one of these makes a pending refund refundable: not_shipped, goods_counted, carrier_returned' AFTER standard,
    ADD COLUMN IF NOT EXISTS done Bool
        COMMENT 'the money is already out' AFTER proofs,
    ADD COLUMN IF NOT EXISTS unknown Bool
        COMMENT 'one of the codes is in no table: nothing is decided' AFTER done,
    ADD COLUMN IF NOT EXISTS returns_goods Nullable(Bool)
        COMMENT 'the buyer sends something back; null: not told' AFTER unknown;
