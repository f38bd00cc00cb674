-- The OpenID provider at which a tenant's users may sign in. `secret`: sealed by the tenant's key.
-- distribute by tenant_id
CREATE TABLE oidc_provider (
    tenant_id {id} PRIMARY KEY,
    issuer TEXT NOT NULL,
    client_id TEXT NOT NULL,
    secret {bytes} NOT NULL,
    changed_at BIGINT NOT NULL
);

-- Who at a provider is which user: bound at the first sign-in, by an email address that the provider has verified.
-- distribute by tenant_id
CREATE TABLE oidc_subject (
    tenant_id BIGINT NOT NULL,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_id BIGINT NOT NULL,
    bound_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, issuer, subject)
);
CREATE UNIQUE INDEX oidc_subject_by_user ON oidc_subject (tenant_id, user_id, issuer);
