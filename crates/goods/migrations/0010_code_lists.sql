-- Lists of codes that were made elsewhere, each for one batch: a draft while the list is taken in. `listed` and `proof` have a bit for
-- each label (1 item, 2 inner, 4 box, 8 case, 16 pallet): which codes the list has, and which of them nobody can guess. `link_before` and
-- `link_after` stand around a code where it is printed in a link. `source` names what takes the list in, `finished_at` is 0 until it is
-- whole.
-- distribute by tenant_id
CREATE TABLE code_list (
    tenant_id BIGINT NOT NULL,
    batch_id BIGINT NOT NULL,
    source BIGINT NOT NULL,
    listed BIGINT NOT NULL,
    proof BIGINT NOT NULL,
    link_before TEXT NOT NULL,
    link_after TEXT NOT NULL,
    bytes_min BIGINT NOT NULL,
    bytes_max BIGINT NOT NULL,
    codes BIGINT NOT NULL,
    guess_bits BIGINT NOT NULL,
    begun_at BIGINT NOT NULL,
    finished_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, batch_id)
);

-- Which code of a list has which text: keyed hashes in rising order with label and serial, 13 bytes a code.
-- distribute by tenant_id
CREATE TABLE code_list_hash (
    tenant_id BIGINT NOT NULL,
    batch_id BIGINT NOT NULL,
    first_hash BIGINT NOT NULL,
    hashes {bytes} NOT NULL,
    PRIMARY KEY (tenant_id, batch_id, first_hash)
);

-- The texts of the codes of a list by label and serial, sealed.
-- distribute by tenant_id
CREATE TABLE code_list_text (
    tenant_id BIGINT NOT NULL,
    batch_id BIGINT NOT NULL,
    label BIGINT NOT NULL,
    first_serial BIGINT NOT NULL,
    texts {bytes} NOT NULL,
    PRIMARY KEY (tenant_id, batch_id, label, first_serial)
);
