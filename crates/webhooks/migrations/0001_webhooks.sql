-- Addresses that are told of events. `events`: names or beginnings of names, as JSON. `state`: 1 on, 2 off. `old_secret` signs as
-- well until `old_until`. A server holds a webhook until `held_until` while it tells it.
-- distribute by tenant_id
CREATE TABLE webhook (
    tenant_id BIGINT NOT NULL,
    webhook_id BIGINT NOT NULL,
    url TEXT NOT NULL,
    events TEXT NOT NULL,
    secret {bytes} NOT NULL,
    old_secret {bytes},
    old_until BIGINT NOT NULL,
    state BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    held_until BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    failing_since BIGINT,
    told BIGINT NOT NULL,
    told_at BIGINT,
    last_error TEXT,
    PRIMARY KEY (tenant_id, webhook_id)
);
-- For finding those that are due, of all brands.
CREATE INDEX webhook_due ON webhook (due_at) WHERE state = 1;

-- Events that wait to be told, by their ids. `body`: what is sent.
-- distribute by webhook_id
CREATE TABLE webhook_message (
    webhook_id BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    tenant_id BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (webhook_id, message_id)
);
