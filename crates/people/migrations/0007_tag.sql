-- Named facts about people, set by somebody or by a rule, some of them for a time.
-- distribute by account_id
CREATE TABLE person_tag (
    account_id BIGINT NOT NULL,
    tag TEXT NOT NULL,
    tenant_id BIGINT NOT NULL,
    source TEXT NOT NULL,
    set_at BIGINT NOT NULL,
    expires_at BIGINT,
    PRIMARY KEY (account_id, tag, tenant_id)
);
-- For finding who has a tag.
CREATE INDEX person_tag_by_tag ON person_tag (tenant_id, tag, account_id);
-- For removing those that are over.
CREATE INDEX person_tag_by_end ON person_tag (expires_at) WHERE expires_at IS NOT NULL;
