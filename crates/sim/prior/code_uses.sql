-- The codes that scans $1 to $2 used: seven scans of ten are the first of a code, and every second item was sold.
-- $3 to $10 as for the scans, $11 the index of item 0, $12 face, $13 who looked lately.
INSERT INTO code_use (code_index, face, tenant_id, checks, first_at, first_adcode, first_account, recent,
                      claim_scan, claim_account, claim_at, rebate_scan, version)
WITH RECURSIVE n(i) AS (
    SELECT CAST($1 AS BIGINT)
 UNION ALL
    SELECT i + 1 FROM n WHERE i < $2
)
SELECT $11 + 2 * (n.i / 10 * 7 + n.i % 10), $12, $3, 1, $6 + n.i * $7, 330106, $8 + (n.i * 7919) % $10 * $9, $13,
       $4 + n.i * $5, $8 + (n.i * 7919) % $10 * $9, $6 + n.i * $7, $4 + n.i * $5, 1
  FROM n
 WHERE n.i % 10 < 7
