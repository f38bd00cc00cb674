-- The scans of a tenant that gave somebody something: a transfer into a wallet (book 3) or of a prize's piece (book 6).
SELECT DISTINCT origin_id FROM transfer WHERE tenant_id = $1 AND credit_book IN (3, 6)
