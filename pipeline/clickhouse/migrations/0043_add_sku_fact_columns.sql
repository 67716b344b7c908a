ALTER TABLE sku_facts
    ADD COLUMN IF NOT EXISTS step Nullable(Int64)
        COMMENT 'number of this word of its order about this SKU; null: it is of no order' AFTER version,
    ADD COLUMN IF NOT EXISTS because LowCardinality(String)
        COMMENT 'released: closed, refunded or over; empty otherwise' AFTER step,
    ADD COLUMN IF NOT EXISTS waybill String COMMENT 'shipped: in which parcel; empty otherwise' AFTER because,
    ADD COLUMN IF NOT EXISTS refund_id String
        COMMENT 'returning: because of which refund; empty otherwise' AFTER waybill;

ALTER TABLE sku_facts
    COMMENT COLUMN type 'stock.counted, stock.moved, sku.ordered, stock.reserved, stock.released, stock.shipped or stock.returning',
    COMMENT COLUMN warehouse 'warehouse of a count, movement or parcel; empty otherwise',
    COMMENT COLUMN units 'counted: pieces there; moved: pieces come (positive) or gone (negative); of an order: what is new, negative where less is asked for than was told',
    COMMENT COLUMN order_id 'order that asks, or for which it moved; empty: of none',
    COMMENT COLUMN platform 'platform of that order; empty: of none, or moved',
    COMMENT COLUMN shop 'shop of that order; empty: of none, or moved',
    COMMENT COLUMN mapping 'field map and its version, as name@version; empty: told by the judge of an order';

ALTER TABLE sku_facts
    MODIFY COMMENT 'Counts and movements of SKUs, and what orders ask of them, one row a fact. Grain: event_id. Units are pieces, times UTC. Read FINAL.';
