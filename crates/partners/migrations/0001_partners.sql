-- Brands. `secret` is sealed by the master key.
-- distribute by tenant_id
CREATE TABLE tenant (
    tenant_id {id} PRIMARY KEY,
    name TEXT NOT NULL,
    zone TEXT NOT NULL,
    secret {bytes} NOT NULL,
    created_at BIGINT NOT NULL
);

-- Which tenant a request belongs to, by the host it was sent to: lower case, without a port.
-- distribute by host
CREATE TABLE tenant_host (
    host TEXT NOT NULL,
    tenant_id BIGINT NOT NULL,
    PRIMARY KEY (host)
);

CREATE INDEX tenant_host_by_tenant ON tenant_host (tenant_id);

-- The channel tree. `path` holds the ids from the root down to the node itself, each followed by a slash, so that a
-- subtree is one range. `kind`: 1 brand, 2 region, 3 dealer, 4 store. `adcode`: where it is.
-- distribute by tenant_id
CREATE TABLE organisation (
    tenant_id BIGINT NOT NULL,
    organisation_id BIGINT NOT NULL,
    parent_id BIGINT,
    kind BIGINT NOT NULL,
    name TEXT NOT NULL,
    code TEXT NOT NULL,
    adcode BIGINT,
    path TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, organisation_id),
    UNIQUE (tenant_id, code),
    UNIQUE (tenant_id, path)
);

-- Where an organisation may sell. No row: where its parent may.
-- distribute by tenant_id
CREATE TABLE territory (
    tenant_id BIGINT NOT NULL,
    organisation_id BIGINT NOT NULL,
    adcode BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, organisation_id, adcode)
);
