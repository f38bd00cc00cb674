-- Messages that were taken, so that one that is sent again is not taken twice. The hash is keyed, and tells the source.
-- distribute by message_hash
CREATE TABLE intake_message (
    message_hash {bytes} NOT NULL,
    tenant_id BIGINT NOT NULL,
    taken_at BIGINT NOT NULL,
    PRIMARY KEY (message_hash, tenant_id)
);

-- Events that could not be read, until somebody looks at them. `body` is sealed under a key of the tenant.
-- distribute by entry_id
CREATE TABLE intake_quarantine (
    entry_id {id} PRIMARY KEY,
    tenant_id BIGINT NOT NULL,
    source_id BIGINT,
    endpoint TEXT NOT NULL,
    code TEXT NOT NULL,
    reason TEXT NOT NULL,
    body {bytes} NOT NULL,
    bytes BIGINT NOT NULL,
    received_at BIGINT NOT NULL
);
-- For showing a tenant its entries, the latest first.
CREATE INDEX intake_quarantine_by_tenant ON intake_quarantine (tenant_id, entry_id);
-- For forgetting the old ones.
CREATE INDEX intake_quarantine_by_age ON intake_quarantine (received_at);

-- What sources call what happened, for the analyst who names it: how often, and since when.
-- distribute by name_hash
CREATE TABLE intake_name (
    name_hash {bytes} NOT NULL,
    tenant_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    events BIGINT NOT NULL,
    misfits BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (name_hash, tenant_id)
);

-- Event types that a tenant defines: the latest version of each.
-- distribute by name_hash
CREATE TABLE intake_definition (
    name_hash {bytes} NOT NULL,
    tenant_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    version BIGINT NOT NULL,
    definition TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (name_hash, tenant_id)
);
