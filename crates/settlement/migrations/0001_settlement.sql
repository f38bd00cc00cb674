-- Rules by which a store earns for scans of goods it has. `products` is a list as JSON, empty for all. `status`: 1 draft,
-- 2 running, 3 paused, 4 ended. `recipient`: 1 the store that has custody. The budget is what was funded; what is left is
-- in the ledger.
-- distribute by rebate_id
CREATE TABLE rebate_rule (
    rebate_id {id} PRIMARY KEY,
    tenant_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    status BIGINT NOT NULL,
    products TEXT NOT NULL,
    starts BIGINT NOT NULL,
    ends BIGINT NOT NULL,
    amount_fen BIGINT NOT NULL,
    recipient BIGINT NOT NULL,
    budget_fen BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE INDEX rebate_rule_by_tenant ON rebate_rule (tenant_id, status);
