-- For listing scans, the latest first: those of a verdict, or all, which are merged from the five.
CREATE INDEX scan_by_verdict ON scan (tenant_id, verdict, scan_id);
-- For listing those of a batch, or of the batches of a product.
CREATE INDEX scan_by_batch ON scan (tenant_id, batch_id, verdict, scan_id);
