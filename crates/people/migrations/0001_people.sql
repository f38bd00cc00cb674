-- What a person can be known by: a keyed hash of kind and value, and the account it stands for.
-- distribute by blind_index
CREATE TABLE identifier (
    blind_index {bytes} NOT NULL,
    tenant_id BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    PRIMARY KEY (blind_index, tenant_id)
);

-- Source accounts. `person_id` is the smallest account of the component; `merges` counts how often the component of
-- this account was joined with another (0: it is a person by itself), and is the condition of the next join. `sealed`
-- is the identifier's value under the key in account_key, or NULL where the value is not kept.
-- distribute by account_id
CREATE TABLE source_account (
    account_id {id} PRIMARY KEY,
    tenant_id BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    merges BIGINT NOT NULL,
    tier BIGINT NOT NULL,
    sealed {bytes},
    created_at BIGINT NOT NULL
);

-- The data key of an account, sealed by a key of the tenant. Without the row what it sealed is unreadable for ever.
-- distribute by account_id
CREATE TABLE account_key (
    account_id {id} PRIMARY KEY,
    tenant_id BIGINT NOT NULL,
    sealed_key {bytes} NOT NULL
);

-- The accounts of persons that have two or more.
-- distribute by person_id
CREATE TABLE person_member (
    person_id BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    tenant_id BIGINT NOT NULL,
    PRIMARY KEY (person_id, account_id, tenant_id)
);

-- Why two accounts are held to be one person: `cause_id` is the number of the id of what carried both identifiers.
-- `merged` 0: the component was full, and the link was only noted. Rows are never changed.
-- distribute by account_a
CREATE TABLE identity_link (
    account_a BIGINT NOT NULL,
    account_b BIGINT NOT NULL,
    tenant_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    cause_id BIGINT NOT NULL,
    merged BIGINT NOT NULL,
    PRIMARY KEY (account_a, account_b, tenant_id)
);
