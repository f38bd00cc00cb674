-- Who changed what: one row for each change, saved with it, never changed and never deleted. `actor_kind`: 1 API key,
-- 2 user, 3 operator, 4 nobody known (then `actor_id` is 0). `object`: its id as text, which tells its kind. `before_json` and
-- `after_json`: what of it changed; never a secret or a personal value.
-- distribute by tenant_id
CREATE TABLE audit_entry (
    tenant_id BIGINT NOT NULL,
    entry_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor_kind BIGINT NOT NULL,
    actor_id BIGINT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    before_json TEXT,
    after_json TEXT,
    request_id BIGINT,
    PRIMARY KEY (tenant_id, entry_id)
);
CREATE INDEX audit_entry_by_object ON audit_entry (tenant_id, object, entry_id);
CREATE INDEX audit_entry_by_actor ON audit_entry (tenant_id, actor_kind, actor_id, entry_id);
