-- Who reads the outbox: a row leaves it when every one of these has passed it.
-- distribute by consumer
CREATE TABLE outbox_consumer (
    consumer TEXT NOT NULL,
    enrolled_at BIGINT NOT NULL,
    PRIMARY KEY (consumer)
);

-- Which batch of a consumer a row of the outbox belongs to, and whether the consumer has passed it. Apart from the
-- outbox itself, because changing a row there would write its body again.
-- distribute by outbox_id
CREATE TABLE outbox_mark (
    outbox_id {id},
    consumer TEXT NOT NULL,
    batch BIGINT NOT NULL,
    passed BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (outbox_id, consumer)
);
-- For taking up what was begun.
CREATE INDEX outbox_mark_open ON outbox_mark (consumer, batch, outbox_id) WHERE passed = 0;
-- For removing what everybody has passed.
CREATE INDEX outbox_mark_passed ON outbox_mark (outbox_id) WHERE passed = 1;

-- The marks take its place.
ALTER TABLE outbox DROP COLUMN lake_batch;
