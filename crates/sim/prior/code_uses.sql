-- The codes that scans $1 to $2 opened, in their order; every second item was sold. $3 to $13 as for the scans, $14 face,
-- $15 who looked lately.
INSERT INTO code_use (code_index, face, tenant_id, checks, first_at, first_adcode, first_account, recent,
                      claim_scan, claim_account, claim_at, rebate_scan, version)
WITH RECURSIVE n(i) AS (
    SELECT CAST($1 AS BIGINT)
 UNION ALL
    SELECT i + 1 FROM n WHERE i < $2
)
SELECT $12 + 2 * (n.i / $11 * $13 + s.opened_before), $14, $3, 1, $6 + n.i * $7, 330106,
       $8 + (n.i * 7919) % $10 * $9, $15, $4 + n.i * $5, $8 + (n.i * 7919) % $10 * $9, $6 + n.i * $7,
       CASE WHEN s.rebates = 1 THEN $4 + n.i * $5 END, 1
  FROM n
  JOIN prior_scan s ON s.place = n.i % $11
 WHERE s.opens = 1
