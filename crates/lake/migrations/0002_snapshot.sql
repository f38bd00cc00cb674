-- When the dimensions were written last; 0: never.
ALTER TABLE lake_writer ADD COLUMN snapshot_at BIGINT NOT NULL DEFAULT 0;
