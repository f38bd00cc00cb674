-- Pairs of people that may be one, each proposed once and named by the oldest account of each person, the smaller first.
-- `agreement` is JSON: how well each field agrees, never a value. `model` is the version of the model that gave the
-- probability. state: 0 open, 1 accepted, 2 refused, 3 stale. `by_whom`, `reason`, `decided_at` and `change_id` tell of the
-- last decision; an open one that has them was refused before. Rows are never deleted.
-- distribute by account_a
CREATE TABLE proposal (
    account_a BIGINT NOT NULL,
    account_b BIGINT NOT NULL,
    tenant_id BIGINT NOT NULL,
    proposal_id BIGINT NOT NULL,
    probability DOUBLE PRECISION NOT NULL,
    agreement TEXT NOT NULL,
    model BIGINT NOT NULL,
    state BIGINT NOT NULL,
    found_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    by_whom TEXT,
    reason TEXT,
    decided_at BIGINT,
    change_id BIGINT,
    PRIMARY KEY (account_a, account_b, tenant_id)
);
-- For finding the proposals of a person by its other account.
CREATE INDEX proposal_by_b ON proposal (account_b, account_a);
-- For showing a tenant one, or all, the latest first.
CREATE INDEX proposal_by_tenant ON proposal (tenant_id, proposal_id);
-- For showing those of a state, and for going through the open ones.
CREATE INDEX proposal_by_state ON proposal (tenant_id, state, proposal_id);

-- The latest search for proposals of a tenant: which job did it, who asked, and what it told (JSON of numbers; NULL until it
-- ended).
-- distribute by tenant_id
CREATE TABLE proposal_search (
    tenant_id {id} PRIMARY KEY,
    job_id BIGINT NOT NULL,
    by_whom TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    finished_at BIGINT,
    told TEXT
);
