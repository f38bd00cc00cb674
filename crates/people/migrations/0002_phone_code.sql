-- One-time codes that were sent to a phone for a device, the latest for each. `code_hash` is a keyed hash of message and
-- code. `tries` counts answers, right or wrong. `joined_at`: the right one was given.
-- distribute by phone_index
CREATE TABLE phone_code (
    phone_index {bytes} NOT NULL,
    device_index {bytes} NOT NULL,
    tenant_id BIGINT NOT NULL,
    code_hash {bytes} NOT NULL,
    message_id BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    joined_at BIGINT,
    PRIMARY KEY (phone_index, device_index, tenant_id)
);
-- For forgetting the old ones.
CREATE INDEX phone_code_by_end ON phone_code (expires_at);

-- What was sent in a day of the tenant: to a phone, for an address, and in all. `subject` is a keyed hash of which. The
-- row of a phone with day -1 holds its last message alone. `cost_fen` is set aside before sending and put right after.
-- distribute by subject
CREATE TABLE message_quota (
    subject {bytes} NOT NULL,
    tenant_id BIGINT NOT NULL,
    day BIGINT NOT NULL,
    messages BIGINT NOT NULL,
    cost_fen BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (subject, tenant_id, day)
);
-- For forgetting the old ones.
CREATE INDEX message_quota_by_age ON message_quota (last_at);

-- Short messages and what they cost. `sealed` is number and content under a key of the tenant, and NULL from the moment
-- at which they are not needed any more. status: 0 waiting, 1 handed over and not answered yet, 2 sent, 3 refused,
-- 4 too late, 5 perhaps sent. `cost_fen` is what counts once it has ended.
-- distribute by message_id
CREATE TABLE sms_message (
    message_id {id} PRIMARY KEY,
    tenant_id BIGINT NOT NULL,
    phone_index {bytes} NOT NULL,
    template TEXT NOT NULL,
    sealed {bytes},
    status BIGINT NOT NULL,
    day BIGINT NOT NULL,
    reserved_fen BIGINT NOT NULL,
    cost_fen BIGINT,
    provider TEXT,
    provider_id TEXT,
    error TEXT,
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    ended_at BIGINT
);
-- For showing a tenant its messages.
CREATE INDEX sms_message_by_tenant ON sms_message (tenant_id, message_id);
-- For finding those that nobody ended.
CREATE INDEX sms_message_open ON sms_message (expires_at) WHERE status < 2;
