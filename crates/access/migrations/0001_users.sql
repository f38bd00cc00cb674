-- The people who work for a tenant, and how they sign in. `role`: see Role. `organisation_id`: the part of the channel
-- tree to which the user is limited. `status`: 1 invited, 2 active, 3 disabled. `password`: argon2id as a PHC string.
-- `totp_secret`: sealed by the tenant's key; in use once `totp_on` is 1. `totp_step`: the last step of time whose code
-- was taken.
-- distribute by tenant_id
CREATE TABLE tenant_user (
    tenant_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    role BIGINT NOT NULL,
    organisation_id BIGINT,
    status BIGINT NOT NULL,
    password TEXT,
    totp_secret {bytes},
    totp_on BIGINT NOT NULL,
    totp_step BIGINT NOT NULL,
    reset_asked_at BIGINT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, user_id),
    UNIQUE (tenant_id, email)
);

-- Codes that stand in once each for a lost second factor: only a keyed hash.
-- distribute by tenant_id
CREATE TABLE recovery_code (
    tenant_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    code_hash {bytes} NOT NULL,
    PRIMARY KEY (tenant_id, user_id, code_hash)
);

-- Sessions: only a hash of the token. `stage`: 1 the second factor is awaited, 2 open.
-- distribute by token_hash
CREATE TABLE user_session (
    token_hash {bytes} NOT NULL,
    session_id BIGINT NOT NULL,
    tenant_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    stage BIGINT NOT NULL,
    agent TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (token_hash)
);
CREATE INDEX user_session_by_user ON user_session (tenant_id, user_id, session_id);
-- For forgetting those that ended.
CREATE INDEX user_session_by_end ON user_session (expires_at);

-- Links that let a person set a password, once: only a hash of the token. `purpose`: 1 invitation, 2 reset.
-- distribute by token_hash
CREATE TABLE password_link (
    token_hash {bytes} NOT NULL,
    tenant_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    purpose BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (token_hash)
);
CREATE INDEX password_link_by_user ON password_link (tenant_id, user_id);
CREATE INDEX password_link_by_end ON password_link (expires_at);

-- Attempts to sign in that failed or are under way, by a keyed hash of the account or the address, whether or not there
-- is such an account. Nothing is tried again before `next_at`.
-- distribute by tenant_id
CREATE TABLE sign_in_attempt (
    tenant_id BIGINT NOT NULL,
    subject {bytes} NOT NULL,
    failures BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, subject)
);
CREATE INDEX sign_in_attempt_by_age ON sign_in_attempt (last_at);
