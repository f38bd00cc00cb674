-- What the user ids of an event that waits are unique in.
ALTER TABLE intake_quarantine ADD COLUMN namespace TEXT;
