-- To which part of the channel tree a run is limited: that of who began it; null where to none.
ALTER TABLE import_run ADD COLUMN organisation_id BIGINT;

-- Documents of files that were recorded: hashes of source and number, and of all that was asked for, and what came of it.
-- distribute by key_hash
CREATE TABLE import_document (
    key_hash {bytes} NOT NULL,
    tenant_id BIGINT NOT NULL,
    content_hash {bytes} NOT NULL,
    operation_id BIGINT NOT NULL,
    run_id BIGINT NOT NULL,
    PRIMARY KEY (key_hash, tenant_id)
);
