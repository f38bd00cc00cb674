-- Codes of a batch that were packed for a printing house: what is in the package, never the codes themselves. `contents`: JSON
-- of `types/package.rs`. `secret`: what password and salts are derived from, sealed by the master key. `downloads`: how many
-- were begun.
-- distribute by tenant_id
CREATE TABLE print_package (
    tenant_id BIGINT NOT NULL,
    package_id BIGINT NOT NULL,
    batch_id BIGINT NOT NULL,
    recipient TEXT NOT NULL,
    contents TEXT NOT NULL,
    files BIGINT NOT NULL,
    codes BIGINT NOT NULL,
    secret {bytes} NOT NULL,
    downloads BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, package_id)
);
-- For listing the packages of a batch.
CREATE INDEX print_package_by_batch ON print_package (tenant_id, batch_id, package_id);

-- Every time that a package was taken. `number`: from 1 for each package. `reason`: empty for the first. `outcome`: 1 under way,
-- 2 complete, 3 broken off. `sha256`: of the whole file, 64 hexadecimal digits; empty unless it is complete.
-- distribute by tenant_id
CREATE TABLE print_download (
    tenant_id BIGINT NOT NULL,
    package_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    actor TEXT NOT NULL,
    address TEXT NOT NULL,
    reason TEXT NOT NULL,
    outcome BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    at BIGINT NOT NULL,
    ended_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, package_id, number)
);
