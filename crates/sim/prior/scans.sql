-- Scans $1 to $2 of the past, each like a real one. $3 tenant, $4 and $5 first id and step, $6 and $7 first moment and
-- step, $8 and $9 first account and step, $10 people, $11 real scans.
INSERT INTO scan (scan_id, tenant_id, at, batch_id, account_id, verdict, decision)
WITH RECURSIVE n(i) AS (
    SELECT CAST($1 AS BIGINT)
 UNION ALL
    SELECT i + 1 FROM n WHERE i < $2
)
SELECT $4 + n.i * $5, $3, $6 + n.i * $7, s.batch_id, $8 + (n.i * 7919) % $10 * $9, s.verdict, s.decision
  FROM n
  JOIN prior_scan s ON s.place = n.i % $11
