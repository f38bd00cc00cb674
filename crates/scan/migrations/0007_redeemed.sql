-- 1 where the claim was put into `scan_redeemed` with the scan that made it. NULL where nobody claimed, and in rows older than this
-- column: those are gone through once.
ALTER TABLE code_use ADD COLUMN claim_noted BIGINT;

-- Claims that are no events yet: those of one brand in one batch of scans, under the first of them. The row goes with the
-- transaction that makes events of it, so that none is lost and none is told twice.
-- distribute by scan_id
CREATE TABLE scan_redeemed (
    scan_id {id} PRIMARY KEY,
    tenant_id BIGINT NOT NULL,
    claims {bytes} NOT NULL
);

-- How far the codes were gone through whose claims are older than `scan_redeemed`: after which of them, and whether all were.
-- distribute by walk
CREATE TABLE scan_redeemed_walk (
    walk {id} PRIMARY KEY,
    code_index BIGINT NOT NULL,
    face BIGINT NOT NULL,
    tenant_id BIGINT NOT NULL,
    is_over BIGINT NOT NULL
);
