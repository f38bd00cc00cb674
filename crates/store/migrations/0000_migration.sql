-- Which migrations were applied. A small table that every node keeps whole.
-- distribute by owner
CREATE TABLE IF NOT EXISTS migration (
    owner TEXT NOT NULL,
    number BIGINT NOT NULL,
    name TEXT NOT NULL,
    checksum {bytes} NOT NULL,
    PRIMARY KEY (owner, number)
);
