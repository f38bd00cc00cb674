-- Balances, kept as sums that transfers add to. What can be spent is credits - debits - debits_pending.
-- `slot` splits an account that many servers move at once; the balance of an account is the sum over its slots.
-- distribute by owner_id
CREATE TABLE account (
    owner_id BIGINT NOT NULL,
    book BIGINT NOT NULL,
    unit BIGINT NOT NULL,
    slot BIGINT NOT NULL,
    tenant_id BIGINT NOT NULL,
    debits BIGINT NOT NULL,
    credits BIGINT NOT NULL,
    debits_pending BIGINT NOT NULL,
    credits_pending BIGINT NOT NULL,
    PRIMARY KEY (owner_id, book, unit, slot, tenant_id)
);

-- The journal of movements. Rows are never changed. `pending` 1: the amount is held until a row in `resolution`.
-- distribute by origin_id
CREATE TABLE transfer (
    origin_id BIGINT NOT NULL,
    part BIGINT NOT NULL,
    tenant_id BIGINT NOT NULL,
    unit BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    debit_owner BIGINT NOT NULL,
    debit_book BIGINT NOT NULL,
    debit_slot BIGINT NOT NULL,
    credit_owner BIGINT NOT NULL,
    credit_book BIGINT NOT NULL,
    credit_slot BIGINT NOT NULL,
    code BIGINT NOT NULL,
    pending BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (origin_id, part, tenant_id)
);

-- How a pending transfer ended: `posted` 1 for the amount that moved, 0 for voided. At most one row for each.
-- distribute by origin_id
CREATE TABLE resolution (
    origin_id BIGINT NOT NULL,
    part BIGINT NOT NULL,
    tenant_id BIGINT NOT NULL,
    posted BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (origin_id, part, tenant_id)
);
