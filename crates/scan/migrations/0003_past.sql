-- What is kept of scans that left the database for the lake, by UTC day: how many there were, how many of them claimed
-- their code, how many earned a rebate. `last_scan`: every scan of the tenant up to here is gone.
-- distribute by tenant_id
CREATE TABLE scan_past (
    tenant_id BIGINT NOT NULL,
    day BIGINT NOT NULL,
    last_scan BIGINT NOT NULL,
    scans BIGINT NOT NULL,
    claims BIGINT NOT NULL,
    rebates BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, day)
);

-- What those scans moved, by unit.
-- distribute by tenant_id
CREATE TABLE scan_past_value (
    tenant_id BIGINT NOT NULL,
    unit BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, unit)
);
