-- `is_draft`: 1 while it can still be changed or thrown away and has no codes. `printed_at`: when its codes came back printed; 0 for
-- not yet.
ALTER TABLE code_batch ADD COLUMN is_draft BIGINT NOT NULL DEFAULT 0;
ALTER TABLE code_batch ADD COLUMN printed_at BIGINT NOT NULL DEFAULT 0;
