-- Whether the first check was by somebody whom the brand had not known: 1 or 0. NULL in rows older than this column.
ALTER TABLE code_use ADD COLUMN first_new BIGINT;
