-- Which order has a source's number. `key_hash`: SHA-256 of source and number. `content_hash`: what it was recorded with, so
-- that the same order sent again is told from another one under its number.
-- distribute by key_hash
CREATE TABLE order_key (
    key_hash {bytes} NOT NULL,
    tenant_id BIGINT NOT NULL,
    order_id BIGINT NOT NULL,
    content_hash {bytes} NOT NULL,
    PRIMARY KEY (key_hash, tenant_id)
);

-- Orders and returns, as they were told. Amounts are in the smallest unit of the currency, those of returns below zero.
-- `lines` is a list as JSON: lines are read with their order alone; counting over them is the lake's work. `decision` explains
-- the points and can be replayed. `returned` (an amount, not above zero) and `points_returned` are what returns of this order
-- have brought so far.
-- distribute by order_id
CREATE TABLE customer_order (
    order_id {id} PRIMARY KEY,
    tenant_id BIGINT NOT NULL,
    source TEXT NOT NULL,
    number TEXT NOT NULL,
    account_id BIGINT,
    shop TEXT,
    currency TEXT NOT NULL,
    amount BIGINT NOT NULL,
    discount BIGINT NOT NULL,
    line_count BIGINT NOT NULL,
    at BIGINT NOT NULL,
    original_id BIGINT,
    points BIGINT NOT NULL,
    returned BIGINT NOT NULL,
    points_returned BIGINT NOT NULL,
    lines TEXT NOT NULL,
    decision TEXT NOT NULL,
    cause BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL
);
-- For the list of a tenant's orders, the latest sale first.
CREATE INDEX customer_order_by_time ON customer_order (tenant_id, at, order_id);
-- For the orders of a person.
CREATE INDEX customer_order_by_account ON customer_order (account_id, order_id);

-- What a brand sells, by the code that its orders name: what a line is counted under.
-- distribute by tenant_id
CREATE TABLE article (
    tenant_id BIGINT NOT NULL,
    code TEXT NOT NULL,
    name TEXT,
    department TEXT,
    category TEXT,
    brand TEXT,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, code)
);

-- Rules by which orders earn points: `points` for every full `per_amount` of an order's amount. `sources` is a list as JSON,
-- empty for all. `status`: 1 draft, 2 running, 3 paused, 4 ended. Everything but the status stays as it was made.
-- distribute by tenant_id
CREATE TABLE points_rule (
    tenant_id BIGINT NOT NULL,
    rule_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    status BIGINT NOT NULL,
    sources TEXT NOT NULL,
    currency TEXT NOT NULL,
    per_amount BIGINT NOT NULL,
    points BIGINT NOT NULL,
    starts BIGINT NOT NULL,
    ends BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, rule_id)
);
