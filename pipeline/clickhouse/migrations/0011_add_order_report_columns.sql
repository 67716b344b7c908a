ALTER TABLE order_reports
    ADD COLUMN IF NOT EXISTS has_gift Nullable(Bool)
        COMMENT 'a gift is among the lines; null: not told' AFTER paid_fen,
    ADD COLUMN IF NOT EXISTS is_customised Nullable(Bool)
        COMMENT 'goods made to the buyer''s wish; null: not told' AFTER has_gift,
    ADD COLUMN IF NOT EXISTS is_parent Bool
        COMMENT 'a parent that was split: it neither ships nor counts' AFTER is_customised,
    ADD COLUMN IF NOT EXISTS province LowCardinality(String)
        COMMENT 'where the order goes; empty: not told or masked' AFTER is_parent,
    ADD COLUMN IF NOT EXISTS city LowCardinality(String)
        COMMENT 'where the order goes; empty: not told or masked' AFTER province,
    ADD COLUMN IF NOT EXISTS district LowCardinality(String)
        COMMENT 'where the order goes; empty: not told, masked, or a city without districts' AFTER city,
    ADD COLUMN IF NOT EXISTS town String
        COMMENT 'where the order goes; empty: not told or masked' AFTER district,
    ADD COLUMN IF NOT EXISTS address_quality LowCardinality(String)
        COMMENT 'good, masked (hidden by the platform, no fault), bad; empty: this report says no receiver' AFTER town,
    ADD COLUMN IF NOT EXISTS address_reasons Array(String)
        COMMENT 'why the address is bad' AFTER address_quality,
    ADD COLUMN IF NOT EXISTS address_candidates Array(String)
        COMMENT 'what the address may be completed to' AFTER address_reasons,
    ADD COLUMN IF NOT EXISTS phone_tail String
        COMMENT 'last four digits of the receiver''s phone; empty: not told or masked' AFTER address_candidates;
