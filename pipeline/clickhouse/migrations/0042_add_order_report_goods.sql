ALTER TABLE order_reports
    ADD COLUMN IF NOT EXISTS goods Map(String, Int64)
        COMMENT 'SKU -> pieces; platform: of the whole order, WMS: of this parcel; empty: not told' AFTER units,
    ADD COLUMN IF NOT EXISTS warehouse LowCardinality(String)
        COMMENT 'WMS: where this parcel is packed; empty: not told' AFTER goods;
