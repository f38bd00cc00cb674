-- How products are usually packed. `association` and `faces`: as in code_batch. `sscc`: 0 none, 1 pallets, 2 cases and pallets.
-- Batches copy what a profile says, so changing one leaves them as they are.
-- distribute by tenant_id
CREATE TABLE pack_profile (
    tenant_id BIGINT NOT NULL,
    profile_id BIGINT NOT NULL,
    product_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    items_per_box BIGINT NOT NULL,
    items_per_case BIGINT NOT NULL,
    cases_per_pallet BIGINT NOT NULL,
    association BIGINT NOT NULL,
    faces BIGINT NOT NULL,
    sscc BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, profile_id),
    UNIQUE (tenant_id, product_id, name)
);
-- The profile that a batch was ordered by; 0 for numbers of its own.
ALTER TABLE code_batch ADD COLUMN profile_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE code_batch ADD COLUMN sscc BIGINT NOT NULL DEFAULT 0;

-- Under which GS1 company prefix and extension digit SSCCs are given out: the one that was chosen last. `next_reference`: the
-- first serial reference that was not given out.
-- distribute by tenant_id
CREATE TABLE sscc_series (
    tenant_id BIGINT NOT NULL,
    prefix TEXT NOT NULL,
    extension BIGINT NOT NULL,
    next_reference BIGINT NOT NULL,
    chosen_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, prefix, extension)
);

-- Which SSCCs the packs of a batch bear: serial 0 has `first_number`, 17 digits without the check digit.
-- distribute by tenant_id
CREATE TABLE sscc_range (
    tenant_id BIGINT NOT NULL,
    first_number BIGINT NOT NULL,
    batch_id BIGINT NOT NULL,
    level BIGINT NOT NULL,
    codes BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, first_number)
);
