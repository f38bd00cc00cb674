-- Events of the brand's own goods are kept short, many in one row: `events` of them, whose numbers follow each other from `number`.
ALTER TABLE trace_event ADD COLUMN events BIGINT NOT NULL DEFAULT 1;
