-- What the columns of a brand's files mean, by name; the latest version of each.
-- distribute by tenant_id
CREATE TABLE import_mapping (
    tenant_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    version BIGINT NOT NULL,
    mapping TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, name)
);

-- Runs of imports. `mapping` is what the columns meant when it began. `rows_read` is where it goes on: it moves in the
-- transaction of the rows it counts. `upload_id` names the pieces of the file, where they were sent to the server.
-- State: 0 queued, 1 running, 2 done, 3 failed, 4 cancelled.
-- distribute by run_id
CREATE TABLE import_run (
    run_id {id} PRIMARY KEY,
    tenant_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    file_name TEXT NOT NULL,
    file_hash {bytes} NOT NULL,
    mapping_hash {bytes} NOT NULL,
    mapping TEXT NOT NULL,
    sheet TEXT,
    upload_id BIGINT,
    state BIGINT NOT NULL,
    rows_total BIGINT,
    rows_read BIGINT NOT NULL,
    rows_accepted BIGINT NOT NULL,
    rows_refused BIGINT NOT NULL,
    rows_suppressed BIGINT NOT NULL,
    rejects BIGINT NOT NULL,
    error_code TEXT,
    error TEXT,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    finished_at BIGINT
);
-- For showing a tenant its runs, the latest first.
CREATE INDEX import_run_by_tenant ON import_run (tenant_id, run_id);
-- For finding whether a run still needs the pieces of a file.
CREATE INDEX import_run_by_upload ON import_run (upload_id);

-- The latest run of a file: a hash of the tenant's file, its mapping and its source.
-- distribute by key_hash
CREATE TABLE import_key (
    key_hash {bytes} NOT NULL,
    tenant_id BIGINT NOT NULL,
    run_id BIGINT NOT NULL,
    PRIMARY KEY (key_hash, tenant_id)
);

-- What was left out of a run: where, and why, never the value. The first of each run are kept.
-- distribute by run_id
CREATE TABLE import_reject (
    run_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    tenant_id BIGINT NOT NULL,
    line BIGINT NOT NULL,
    column_name TEXT,
    code TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (run_id, number)
);

-- Pieces of a file that was sent, sealed under a key of the tenant, until its run ends.
-- distribute by upload_id
CREATE TABLE import_chunk (
    upload_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    tenant_id BIGINT NOT NULL,
    sealed {bytes} NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (upload_id, number)
);
-- For forgetting what no run took.
CREATE INDEX import_chunk_by_age ON import_chunk (created_at);
