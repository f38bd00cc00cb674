-- Lists that somebody asked for as a file. `request` is what was asked, as JSON; it holds no value of a person. `people` 1: the
-- file tells of people. A file belongs to an attempt: who begins anew leaves what was written before. `sealed_key` is the
-- key of its pieces, sealed by a key of the tenant: once it is gone nobody reads them, and they are deleted in their time
-- (`emptied` 1: they are). State: 0 queued, 1 running, 2 done, 3 failed, 4 cancelled, 5 expired, 6 withdrawn.
-- distribute by export_id
CREATE TABLE export_run (
    export_id {id} PRIMARY KEY,
    tenant_id BIGINT NOT NULL,
    list TEXT NOT NULL,
    format TEXT NOT NULL,
    request TEXT NOT NULL,
    people BIGINT NOT NULL,
    state BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    rows_done BIGINT NOT NULL,
    rows_total BIGINT,
    bytes BIGINT NOT NULL,
    sealed_key {bytes},
    emptied BIGINT NOT NULL,
    error_code TEXT,
    error TEXT,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    finished_at BIGINT,
    expires_at BIGINT
);
-- For showing a tenant its exports, the latest first.
CREATE INDEX export_run_by_tenant ON export_run (tenant_id, export_id);
-- For finding what expires, what is to be deleted, and what tells of people.
CREATE INDEX export_run_kept ON export_run (export_id) WHERE emptied = 0;

-- Pieces of a file, sealed under the key of its export.
-- distribute by export_id
CREATE TABLE export_chunk (
    export_id BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    number BIGINT NOT NULL,
    tenant_id BIGINT NOT NULL,
    sealed {bytes} NOT NULL,
    PRIMARY KEY (export_id, attempt, number)
);
