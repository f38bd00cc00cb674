-- How often the terms of a campaign were set: whoever changes them says which they have seen.
ALTER TABLE campaign ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
