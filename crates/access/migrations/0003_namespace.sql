-- What the user ids of whoever has the key are unique in; those of keys without one share a namespace.
ALTER TABLE api_key ADD COLUMN namespace TEXT;
