-- Filters and sorting of a list under a name. `owner`: whose, a user or an API key as the API names it. `is_shared`: everybody of
-- the brand is shown it.
-- distribute by tenant_id
CREATE TABLE saved_view (
    tenant_id BIGINT NOT NULL,
    view_id BIGINT NOT NULL,
    list TEXT NOT NULL,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    search TEXT NOT NULL,
    is_shared BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, view_id),
    UNIQUE (tenant_id, list, owner, name)
);
