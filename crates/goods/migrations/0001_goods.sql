-- What is sold. `gtin`: the number, check digit included.
-- distribute by tenant_id
CREATE TABLE product (
    tenant_id BIGINT NOT NULL,
    product_id BIGINT NOT NULL,
    gtin BIGINT NOT NULL,
    sku TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, product_id),
    UNIQUE (tenant_id, sku)
);

-- The secrets that codes are minted under, sealed by the master key. The highest epoch is current.
-- distribute by tenant_id
CREATE TABLE code_key (
    tenant_id BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    secret {bytes} NOT NULL,
    PRIMARY KEY (tenant_id, epoch)
);

-- The first code index of the tenant that was not given out. One row, so that those who take indexes wait for each
-- other and leave no gaps.
-- distribute by tenant_id
CREATE TABLE code_counter (
    tenant_id {id} PRIMARY KEY,
    next_index BIGINT NOT NULL
);

-- Orders of codes. `faces`: 1 outer, 2 outer and inner. `items_per_case` and `cases_per_pallet`: 0 for none. `changes`
-- counts changes of its activations, voids and custody: whoever makes one raises it first, so they wait for each other.
-- distribute by tenant_id
CREATE TABLE code_batch (
    tenant_id BIGINT NOT NULL,
    batch_id BIGINT NOT NULL,
    product_id BIGINT NOT NULL,
    lot TEXT NOT NULL,
    items BIGINT NOT NULL,
    items_per_case BIGINT NOT NULL,
    cases_per_pallet BIGINT NOT NULL,
    faces BIGINT NOT NULL,
    length BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    changes BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, batch_id)
);

-- Which batch and level a code index belongs to: serial 0 has `first_index`. `level`: 1 item, 3 case, 4 pallet.
-- distribute by tenant_id
CREATE TABLE code_range (
    tenant_id BIGINT NOT NULL,
    first_index BIGINT NOT NULL,
    batch_id BIGINT NOT NULL,
    level BIGINT NOT NULL,
    codes BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, first_index)
);

-- Item serials that are live. Ranges of a batch never overlap.
-- distribute by tenant_id
CREATE TABLE activation (
    tenant_id BIGINT NOT NULL,
    batch_id BIGINT NOT NULL,
    first_serial BIGINT NOT NULL,
    last_serial BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, batch_id, first_serial)
);

-- Item serials that were withdrawn, whether live or not. Ranges of a batch never overlap.
-- distribute by tenant_id
CREATE TABLE code_void (
    tenant_id BIGINT NOT NULL,
    batch_id BIGINT NOT NULL,
    first_serial BIGINT NOT NULL,
    last_serial BIGINT NOT NULL,
    reason TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, batch_id, first_serial)
);

-- Goods that were handed to an organisation.
-- distribute by shipment_id
CREATE TABLE shipment (
    shipment_id {id} PRIMARY KEY,
    tenant_id BIGINT NOT NULL,
    organisation_id BIGINT NOT NULL,
    at BIGINT NOT NULL
);

-- What a shipment held, as it was scanned: cases or pallets by serial.
-- distribute by shipment_id
CREATE TABLE shipment_unit (
    shipment_id BIGINT NOT NULL,
    line BIGINT NOT NULL,
    tenant_id BIGINT NOT NULL,
    batch_id BIGINT NOT NULL,
    level BIGINT NOT NULL,
    first_serial BIGINT NOT NULL,
    last_serial BIGINT NOT NULL,
    PRIMARY KEY (shipment_id, line)
);

-- Who holds items now, by item serial. Runs of a batch never overlap; items in no run were never shipped.
-- distribute by batch_id
CREATE TABLE custody (
    batch_id BIGINT NOT NULL,
    first_serial BIGINT NOT NULL,
    tenant_id BIGINT NOT NULL,
    last_serial BIGINT NOT NULL,
    organisation_id BIGINT NOT NULL,
    shipment_id BIGINT NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (batch_id, first_serial, tenant_id)
);

-- Everyone who ever got items. Rows are never changed.
-- distribute by batch_id
CREATE TABLE custody_history (
    batch_id BIGINT NOT NULL,
    first_serial BIGINT NOT NULL,
    shipment_id BIGINT NOT NULL,
    tenant_id BIGINT NOT NULL,
    last_serial BIGINT NOT NULL,
    organisation_id BIGINT NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (batch_id, first_serial, shipment_id, tenant_id)
);
