-- What became of a code's face. No row until it is used for the first time. `recent` lists who looked in the last ten
-- minutes (account and moment, 16 bytes each). `version` guards against a second server that changes the row too.
-- distribute by code_index
CREATE TABLE code_use (
    code_index BIGINT NOT NULL,
    face BIGINT NOT NULL,
    tenant_id BIGINT NOT NULL,
    checks BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    first_adcode BIGINT,
    first_account BIGINT,
    recent {bytes} NOT NULL,
    claim_scan BIGINT,
    claim_account BIGINT,
    claim_at BIGINT,
    rebate_scan BIGINT,
    version BIGINT NOT NULL,
    PRIMARY KEY (code_index, face, tenant_id)
);

-- Every scan with its decision, which explains itself and can be replayed. Rows are never changed.
-- distribute by scan_id
CREATE TABLE scan (
    scan_id {id} PRIMARY KEY,
    tenant_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    batch_id BIGINT,
    account_id BIGINT,
    verdict BIGINT NOT NULL,
    decision TEXT NOT NULL
);
