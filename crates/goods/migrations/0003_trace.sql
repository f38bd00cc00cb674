-- Packs of up to four levels, and packing on the line. `association`: 1 by range before printing, 2 on the line.
ALTER TABLE code_batch ADD COLUMN items_per_box BIGINT NOT NULL DEFAULT 0;
ALTER TABLE code_batch ADD COLUMN association BIGINT NOT NULL DEFAULT 1;
-- Sizes of bins in which something is kept about these codes, one bit each: what has none is not looked for.
ALTER TABLE code_range ADD COLUMN depths BIGINT NOT NULL DEFAULT 0;
-- For finding the codes of a batch.
CREATE INDEX code_range_by_batch ON code_range (tenant_id, batch_id);

-- What happened to codes. `facts`: some of what is kept in a bin about codes of a batch, packed; rows of a bin count from 0,
-- and only the last one is added to. Bins and bytes: `rules/trace/bins.rs` and `chunk.rs`.
-- distribute by batch_id
CREATE TABLE goods_fact (
    batch_id BIGINT NOT NULL,
    bin BIGINT NOT NULL,
    chunk BIGINT NOT NULL,
    tenant_id BIGINT NOT NULL,
    facts {bytes} NOT NULL,
    PRIMARY KEY (batch_id, bin, chunk, tenant_id)
);

-- Operations as they were recorded. `kind`: 1 pack, 2 unpack, 3 open, 4 ship, 5 receive, 6 replace. `organisation_id`: who gets
-- or has the goods; 0 for none. `pack`: code index of the pack, or of the new label; -1 for none. `items`: how many it was
-- about. `codes`: runs of code indexes.
-- distribute by operation_id
CREATE TABLE goods_operation (
    operation_id {id} PRIMARY KEY,
    tenant_id BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    at BIGINT NOT NULL,
    organisation_id BIGINT NOT NULL,
    pack BIGINT NOT NULL,
    items BIGINT NOT NULL,
    codes {bytes} NOT NULL
);
-- For listing a tenant's operations, the latest first.
CREATE INDEX goods_operation_by_tenant ON goods_operation (tenant_id, operation_id);

-- What was recorded although it should not be. `kind`: 1 never shipped, 2 shipped to another, 3 received before.
-- `expected_id`: who should have it; 0 for none.
-- distribute by tenant_id
CREATE TABLE goods_exception (
    tenant_id BIGINT NOT NULL,
    operation_id BIGINT NOT NULL,
    line BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    organisation_id BIGINT NOT NULL,
    expected_id BIGINT NOT NULL,
    batch_id BIGINT NOT NULL,
    level BIGINT NOT NULL,
    first_serial BIGINT NOT NULL,
    last_serial BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, operation_id, line)
);
