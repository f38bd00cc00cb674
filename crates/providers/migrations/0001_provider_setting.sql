-- Who a tenant has its messages sent by, and its accounts elsewhere: one row for each kind (1 wechat, 2 sms). `settings`
-- is JSON without secrets; `sealed` is the secret under a key of the tenant.
-- distribute by tenant_id
CREATE TABLE provider_setting (
    tenant_id BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    settings TEXT NOT NULL,
    sealed {bytes} NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, kind)
);
