-- Which sources a tenant trusts more where two say something else of a person: words with spaces between, the most trusted
-- first.
-- distribute by tenant_id
CREATE TABLE profile_source_rank (
    tenant_id {id} PRIMARY KEY,
    sources TEXT NOT NULL,
    changed_at BIGINT NOT NULL
);

-- For showing what was decided about a person.
CREATE INDEX identity_change_by_subject ON identity_change (tenant_id, subject, change_id);

-- Work over everybody. kind: 1 deciding everybody anew, 2 telling what another policy would change. `policy` is what was asked,
-- `result` what came out, both JSON without a value of a person.
-- distribute by run_id
CREATE TABLE identity_run (
    run_id {id} PRIMARY KEY,
    tenant_id BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    by_whom TEXT NOT NULL,
    policy TEXT,
    asked_at BIGINT NOT NULL,
    started_at BIGINT,
    ended_at BIGINT,
    result TEXT,
    error TEXT
);
-- For showing a tenant its runs, the latest first.
CREATE INDEX identity_run_by_tenant ON identity_run (tenant_id, run_id);
