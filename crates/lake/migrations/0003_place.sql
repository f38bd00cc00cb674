-- Whether events were ever appended to a table of this lake (0 or 1): then an empty place is not the lake's.
ALTER TABLE lake_writer ADD COLUMN has_tables BIGINT NOT NULL DEFAULT 0;
