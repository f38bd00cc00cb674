-- Campaigns. `terms` holds what is only read as a whole (regions, products, batches, face, audience, caps), as JSON.
-- `status`: 1 draft, 2 running, 3 paused, 4 ended. Budgets are what was funded; what is left is in the ledger.
-- distribute by campaign_id
CREATE TABLE campaign (
    campaign_id {id} PRIMARY KEY,
    tenant_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    status BIGINT NOT NULL,
    starts BIGINT NOT NULL,
    ends BIGINT NOT NULL,
    terms TEXT NOT NULL,
    budget_fen BIGINT NOT NULL,
    budget_points BIGINT NOT NULL,
    fallback_id BIGINT,
    rule_version BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE INDEX campaign_by_tenant ON campaign (tenant_id, status);

-- Prizes in the order in which they are drawn from. `reward`: 1 nothing, 2 points, 3 red packet, 4 gift; `least` and
-- `most` are points or fen. `stock` NULL: without end.
-- distribute by campaign_id
CREATE TABLE prize (
    campaign_id BIGINT NOT NULL,
    position BIGINT NOT NULL,
    prize_id BIGINT NOT NULL,
    tenant_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    weight BIGINT NOT NULL,
    stock BIGINT,
    reward BIGINT NOT NULL,
    least BIGINT NOT NULL,
    most BIGINT NOT NULL,
    PRIMARY KEY (campaign_id, position)
);

CREATE INDEX prize_by_tenant ON prize (tenant_id, campaign_id);

-- How often a source account won in a campaign with caps per person: a row for each day, and one with day -1 for all.
-- distribute by account_id
CREATE TABLE campaign_cap (
    account_id BIGINT NOT NULL,
    campaign_id BIGINT NOT NULL,
    day BIGINT NOT NULL,
    tenant_id BIGINT NOT NULL,
    wins BIGINT NOT NULL,
    PRIMARY KEY (account_id, campaign_id, day, tenant_id)
);

-- Wins of a day in a campaign with a cap per day. Slot 0: how many of them were granted to servers. Slot of a server
-- (its node number + 1): how many were granted to it, and how many it has used.
-- distribute by campaign_id
CREATE TABLE campaign_day (
    campaign_id BIGINT NOT NULL,
    day BIGINT NOT NULL,
    slot BIGINT NOT NULL,
    tenant_id BIGINT NOT NULL,
    granted BIGINT NOT NULL,
    wins BIGINT NOT NULL,
    PRIMARY KEY (campaign_id, day, slot, tenant_id)
);
