-- Work that is done after the transaction that asked for it. `args` is JSON and holds ids, never personal data.
-- state: 0 ready, 1 running, 2 done, 3 dead. A running job belongs to `leased_by` until `lease_until`.
-- distribute by job_id
CREATE TABLE job (
    job_id {id} PRIMARY KEY,
    tenant_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    args TEXT NOT NULL,
    state BIGINT NOT NULL,
    run_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    attempts_max BIGINT NOT NULL,
    lease_until BIGINT,
    leased_by BIGINT,
    last_error TEXT,
    created_at BIGINT NOT NULL,
    finished_at BIGINT
);
-- For claiming what is due.
CREATE INDEX job_due ON job (run_at, job_id) WHERE state = 0;
-- For finding jobs whose server went away.
CREATE INDEX job_by_lease ON job (lease_until) WHERE state = 1;
-- For showing a tenant its jobs.
CREATE INDEX job_by_tenant ON job (tenant_id, job_id);
-- For forgetting the old ones.
CREATE INDEX job_by_end ON job (finished_at) WHERE finished_at IS NOT NULL;

-- The latest slot for which a recurring chore was enqueued: one row for each chore, however often it runs.
-- distribute by tenant_id
CREATE TABLE chore (
    tenant_id {id},
    kind TEXT NOT NULL,
    slot_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, kind)
);
