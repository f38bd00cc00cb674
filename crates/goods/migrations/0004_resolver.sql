-- Where a GS1 key leads: what a resolver answers for its Digital Link. `anchor`: the path of the key with its qualifiers,
-- as the standard writes it. `link_type`: a URI. `languages`: tags separated by spaces. `media_type` and `context`: empty
-- for none. `default_use`: 0 none, 1 the default of the anchor, 2 one of the defaults by language, medium or context.
-- distribute by tenant_id
CREATE TABLE resolver_link (
    tenant_id BIGINT NOT NULL,
    link_id BIGINT NOT NULL,
    anchor TEXT NOT NULL,
    link_type TEXT NOT NULL,
    target TEXT NOT NULL,
    title TEXT NOT NULL,
    languages TEXT NOT NULL,
    media_type TEXT NOT NULL,
    context TEXT NOT NULL,
    default_use BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, link_id)
);
-- For resolving a key, and for listing what is known of one.
CREATE INDEX resolver_link_by_anchor ON resolver_link (tenant_id, anchor, link_id);
