-- The same indexes with the tenant in the second place. With it in the first, SQLite, which knows no numbers of rows, takes
-- a brand for ten rows, and goes through all of its scans where some are asked for by their ids.
DROP INDEX scan_by_verdict;
DROP INDEX scan_by_batch;
-- For listing scans, the latest first: those of a verdict, or all, which are merged from the five.
CREATE INDEX scan_by_verdict ON scan (verdict, tenant_id, scan_id);
-- For listing those of a batch, or of the batches of a product.
CREATE INDEX scan_by_batch ON scan (batch_id, tenant_id, verdict, scan_id);
