-- Goods that the brand calls back. `texts`: what whoever scans them reads, in each language, as JSON. `scope`: what was called
-- back in the operator's words, as JSON. `items`: how many that was. `lifted_at`: 0 while it stands.
-- distribute by tenant_id
CREATE TABLE recall (
    tenant_id BIGINT NOT NULL,
    recall_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    texts TEXT NOT NULL,
    scope TEXT NOT NULL,
    reason TEXT NOT NULL,
    items BIGINT NOT NULL,
    lifted_at BIGINT NOT NULL,
    lift_reason TEXT NOT NULL,
    PRIMARY KEY (tenant_id, recall_id)
);
-- For loading those that stand.
CREATE INDEX recall_standing ON recall (tenant_id) WHERE lifted_at = 0;

-- Which codes, of every level, by runs of code indexes that do not touch.
-- distribute by tenant_id
CREATE TABLE recall_run (
    tenant_id BIGINT NOT NULL,
    recall_id BIGINT NOT NULL,
    first_index BIGINT NOT NULL,
    last_index BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, recall_id, first_index)
);

-- For finding what was put into a pack.
CREATE INDEX goods_operation_by_pack ON goods_operation (tenant_id, pack) WHERE kind = 1;
