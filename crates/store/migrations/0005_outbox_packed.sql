-- The outbox anew: bodies are packed, `bytes` says how long they are unpacked, and what is looked at alone stands before
-- the body, so that nobody reads through it.
ALTER TABLE outbox RENAME TO outbox_before;

-- Events that were committed and wait for their consumers: one row for each batch and event type.
-- distribute by outbox_id
CREATE TABLE outbox (
    outbox_id {id} PRIMARY KEY,
    event_type TEXT NOT NULL,
    version BIGINT NOT NULL,
    events BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    body {bytes} NOT NULL
);

INSERT INTO outbox (outbox_id, event_type, version, events, bytes, created_at, body)
     SELECT outbox_id, event_type, version, events, LENGTH(body), created_at, body FROM outbox_before;

DROP TABLE outbox_before;
