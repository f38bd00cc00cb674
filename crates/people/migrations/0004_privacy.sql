-- What is known of people: of each account, field and source the latest value by its own time, sealed under the account's
-- key. `tie` orders values of the same moment: a keyed hash of the value, so that the order of arrival decides nothing.
-- distribute by account_id
CREATE TABLE profile_value (
    account_id BIGINT NOT NULL,
    field TEXT NOT NULL,
    source TEXT NOT NULL,
    tenant_id BIGINT NOT NULL,
    sealed {bytes} NOT NULL,
    at BIGINT NOT NULL,
    verified BIGINT NOT NULL,
    tie BIGINT NOT NULL,
    PRIMARY KEY (account_id, field, source, tenant_id)
);

-- What people allowed (given 1) and took back (given 0), for a purpose through a channel or through `any`. A fact is its
-- content: hearing it twice adds nothing. Rows are never changed or deleted, but for `evidence`, which is sealed under the
-- account's key and goes when the person is erased.
-- distribute by account_id
CREATE TABLE consent_fact (
    account_id BIGINT NOT NULL,
    purpose TEXT NOT NULL,
    channel TEXT NOT NULL,
    at BIGINT NOT NULL,
    given BIGINT NOT NULL,
    source TEXT NOT NULL,
    tenant_id BIGINT NOT NULL,
    evidence {bytes},
    text_version BIGINT,
    PRIMARY KEY (account_id, purpose, channel, at, given, source, tenant_id)
);

-- The texts that people were shown when they were asked. Rows are never changed or deleted.
-- distribute by purpose
CREATE TABLE consent_text (
    purpose TEXT NOT NULL,
    version BIGINT NOT NULL,
    language TEXT NOT NULL,
    tenant_id BIGINT NOT NULL,
    text TEXT NOT NULL,
    published_at BIGINT NOT NULL,
    PRIMARY KEY (purpose, version, language, tenant_id)
);

-- Who was erased and is not to be brought back: a keyed hash of kind and value, under a key for nothing else.
-- distribute by token
CREATE TABLE suppression (
    token {bytes} NOT NULL,
    tenant_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (token, tenant_id)
);

-- For finding the messages of a number that is erased.
CREATE INDEX sms_message_by_phone ON sms_message (phone_index);
