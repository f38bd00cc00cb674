-- What an identifier is valid in (an app, a shop; 0 everywhere), a number of it that does not depend on when it came in,
-- and, of a device, how many neighbours of other kinds it was seen with.
ALTER TABLE source_account ADD COLUMN scope BIGINT NOT NULL DEFAULT 0;
ALTER TABLE source_account ADD COLUMN stable BIGINT NOT NULL DEFAULT 0;
ALTER TABLE source_account ADD COLUMN neighbours BIGINT NOT NULL DEFAULT 0;
-- When the person had it erased: it has no key and gets none again.
ALTER TABLE source_account ADD COLUMN erased_at BIGINT;

-- `at` is when a pair was first seen, `rule` the strongest that carried it, `merged` 0 where it joins nothing, and
-- `retracted` the change by which somebody took it back (0: it counts). Rows are never deleted.
ALTER TABLE identity_link ADD COLUMN rule BIGINT NOT NULL DEFAULT 2;
ALTER TABLE identity_link ADD COLUMN retracted BIGINT NOT NULL DEFAULT 0;
-- For following evidence from its other end.
CREATE INDEX identity_link_by_b ON identity_link (account_b, account_a);

-- What somebody decided about who is who. kind: 1 accounts were parted, 2 two people were joined, 3 an earlier change was
-- undone. `reverted_by` is the change that undid this one. Rows are never deleted.
-- distribute by change_id
CREATE TABLE identity_change (
    change_id {id} PRIMARY KEY,
    tenant_id BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    by_whom TEXT NOT NULL,
    reason TEXT NOT NULL,
    at BIGINT NOT NULL,
    subject BIGINT NOT NULL,
    moved BIGINT NOT NULL,
    reverts BIGINT,
    reverted_by BIGINT
);
-- For showing a tenant its changes, the latest first.
CREATE INDEX identity_change_by_tenant ON identity_change (tenant_id, change_id);

-- The pairs that a change took back or let count.
-- distribute by change_id
CREATE TABLE identity_change_pair (
    change_id BIGINT NOT NULL,
    account_a BIGINT NOT NULL,
    account_b BIGINT NOT NULL,
    tenant_id BIGINT NOT NULL,
    PRIMARY KEY (change_id, account_a, account_b, tenant_id)
);
