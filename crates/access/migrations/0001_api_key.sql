-- API keys: only a hash of the secret. `scopes` are names separated by spaces.
-- distribute by key_id
CREATE TABLE api_key (
    key_id {id} PRIMARY KEY,
    tenant_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    secret_hash {bytes} NOT NULL,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX api_key_by_tenant ON api_key (tenant_id, key_id);
