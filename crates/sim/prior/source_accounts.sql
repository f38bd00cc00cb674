-- The accounts of people $1 to $2. $3 tenant, $4 and $5 first account and step, $6 and $7 first moment and step.
INSERT INTO source_account (account_id, tenant_id, kind, person_id, merges, tier, created_at)
WITH RECURSIVE n(i) AS (
    SELECT CAST($1 AS BIGINT)
 UNION ALL
    SELECT i + 1 FROM n WHERE i < $2
)
SELECT $4 + n.i * $5, $3, 1, $4 + n.i * $5, 0, 0, $6 + n.i * $7
  FROM n
