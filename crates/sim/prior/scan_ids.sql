-- Every scan of a tenant.
SELECT scan_id FROM scan WHERE tenant_id = $1
