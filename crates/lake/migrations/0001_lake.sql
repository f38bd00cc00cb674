-- The one writer of the lake: who it is until when, and the number of its last batch, which never goes back. `lake_id`
-- names this installation in the lake's tables.
-- distribute by writer
CREATE TABLE lake_writer (
    writer TEXT NOT NULL,
    lake_id {bytes} NOT NULL,
    holder {bytes} NOT NULL,
    expires_at BIGINT NOT NULL,
    last_batch BIGINT NOT NULL,
    PRIMARY KEY (writer)
);

-- Lines of the outbox that fit no declaration: kept as they are until a program that knows them takes them back.
-- Line 0 is the whole row. It may hold anything, so it counts as personal.
-- distribute by outbox_id
CREATE TABLE lake_quarantine (
    outbox_id {id},
    line BIGINT NOT NULL,
    event_type TEXT NOT NULL,
    version BIGINT NOT NULL,
    events BIGINT NOT NULL,
    body {bytes} NOT NULL,
    reason TEXT NOT NULL,
    recorded_at BIGINT NOT NULL,
    put_aside_at BIGINT NOT NULL,
    PRIMARY KEY (outbox_id, line)
);
