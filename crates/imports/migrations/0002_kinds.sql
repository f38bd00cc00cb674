-- What the rows of a mapping's files are: members, orders, articles.
ALTER TABLE import_mapping ADD COLUMN kind TEXT;
