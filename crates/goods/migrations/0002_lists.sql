-- For listing a tenant's shipments, the latest first.
CREATE INDEX shipment_by_tenant ON shipment (tenant_id, shipment_id);
-- For listing those to an organisation, or to all of a part of the channel tree.
CREATE INDEX shipment_by_receiver ON shipment (tenant_id, organisation_id, shipment_id);
