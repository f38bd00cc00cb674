-- Links that sign a person in at a phone, once, to handle goods: only a hash of the token. `session_s`: how long the session
-- lasts, in seconds.
-- distribute by token_hash
CREATE TABLE sign_in_link (
    token_hash {bytes} NOT NULL,
    tenant_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    session_s BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (token_hash)
);
CREATE INDEX sign_in_link_by_user ON sign_in_link (tenant_id, user_id);
CREATE INDEX sign_in_link_by_end ON sign_in_link (expires_at);

-- Of a session that such a link opened: the scopes that it is limited to, with spaces between, and how many seconds it
-- lasts once it is open.
ALTER TABLE user_session ADD COLUMN scopes TEXT;
ALTER TABLE user_session ADD COLUMN lasts_s BIGINT;
