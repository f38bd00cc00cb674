-- Later secrets of a brand, sealed by the master key: what its people are looked up and sealed by comes from the last. Number 1
-- is tenant.secret. `done_at`: since then nothing is looked up or sealed by an earlier one any more.
-- distribute by tenant_id
CREATE TABLE tenant_key (
    tenant_id BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    secret {bytes} NOT NULL,
    made_at BIGINT NOT NULL,
    done_at BIGINT,
    PRIMARY KEY (tenant_id, generation)
);
