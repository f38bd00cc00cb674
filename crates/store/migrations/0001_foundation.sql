-- Requests that were taken, by the key their caller gave. `answer` is what the first one was told; a request whose
-- answer lives in another table has `origin_id` instead.
-- distribute by key_hash
CREATE TABLE request (
    key_hash {bytes} NOT NULL,
    tenant_id BIGINT NOT NULL,
    body_hash {bytes} NOT NULL,
    origin_id BIGINT,
    status BIGINT,
    answer {bytes},
    created_at BIGINT NOT NULL,
    PRIMARY KEY (key_hash, tenant_id)
);
-- For forgetting the old ones.
CREATE INDEX request_by_age ON request (created_at);

-- Events that were committed and wait for their consumers: one row for each batch and event type.
-- distribute by outbox_id
CREATE TABLE outbox (
    outbox_id {id} PRIMARY KEY,
    event_type TEXT NOT NULL,
    version BIGINT NOT NULL,
    events BIGINT NOT NULL,
    body {bytes} NOT NULL,
    created_at BIGINT NOT NULL,
    lake_batch BIGINT
);

-- Node numbers. A server holds one until `expires_at`; ids of a later holder start above `high_water`.
-- distribute by node
CREATE TABLE node (
    node {id} PRIMARY KEY,
    holder {bytes} NOT NULL,
    expires_at BIGINT NOT NULL,
    high_water BIGINT NOT NULL
);

-- The revision of a tenant's settings: products, batches, activations, campaigns, rules. Whoever changes one raises
-- it in the same transaction; servers that keep settings in memory compare it in every batch.
-- distribute by tenant_id
CREATE TABLE revision (
    tenant_id {id} PRIMARY KEY,
    number BIGINT NOT NULL
);
