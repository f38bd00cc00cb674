-- Scans $1 to $2 of the past, each like a real one. $3 tenant, $4 and $5 first id and step, $6 and $7 first moment and
-- step, $8 and $9 first account and step, $10 people, $11 real scans, $12 the index of item 0, $13 codes opened by the
-- real scans, $14 the digits of an id (Crockford's base 32). A scan that opens nothing is of the code opened before.
INSERT INTO scan (scan_id, tenant_id, at, batch_id, account_id, verdict, decision)
WITH RECURSIVE n(i) AS (
    SELECT CAST($1 AS BIGINT)
 UNION ALL
    SELECT i + 1 FROM n WHERE i < $2
),
made AS (
    SELECT n.i, $8 + (n.i * 7919) % $10 * $9 AS account, s.batch_id, s.verdict, s.decision,
           CASE WHEN n.i / $11 * $13 + s.opened_before + s.opens < 1 THEN 0
                ELSE n.i / $11 * $13 + s.opened_before + s.opens - 1 END AS code
      FROM n
      JOIN prior_scan s ON s.place = n.i % $11
),
named AS (
    SELECT made.*,
           substr(CAST($14 AS TEXT), CAST((made.account >> 60) & 15 AS INTEGER) + 1, 1) ||
               substr(CAST($14 AS TEXT), CAST((made.account >> 55) & 31 AS INTEGER) + 1, 1) ||
               substr(CAST($14 AS TEXT), CAST((made.account >> 50) & 31 AS INTEGER) + 1, 1) ||
               substr(CAST($14 AS TEXT), CAST((made.account >> 45) & 31 AS INTEGER) + 1, 1) ||
               substr(CAST($14 AS TEXT), CAST((made.account >> 40) & 31 AS INTEGER) + 1, 1) ||
               substr(CAST($14 AS TEXT), CAST((made.account >> 35) & 31 AS INTEGER) + 1, 1) ||
               substr(CAST($14 AS TEXT), CAST((made.account >> 30) & 31 AS INTEGER) + 1, 1) ||
               substr(CAST($14 AS TEXT), CAST((made.account >> 25) & 31 AS INTEGER) + 1, 1) ||
               substr(CAST($14 AS TEXT), CAST((made.account >> 20) & 31 AS INTEGER) + 1, 1) ||
               substr(CAST($14 AS TEXT), CAST((made.account >> 15) & 31 AS INTEGER) + 1, 1) ||
               substr(CAST($14 AS TEXT), CAST((made.account >> 10) & 31 AS INTEGER) + 1, 1) ||
               substr(CAST($14 AS TEXT), CAST((made.account >> 5) & 31 AS INTEGER) + 1, 1) ||
               substr(CAST($14 AS TEXT), CAST((made.account >> 0) & 31 AS INTEGER) + 1, 1) AS number
      FROM made
)
SELECT $4 + i * $5, $3, $6 + i * $7, batch_id, account, verdict,
       REPLACE(REPLACE(REPLACE(decision, '{number}', number), '{index}', CAST($12 + 2 * code AS TEXT)),
               '{serial}', CAST(2 * code AS TEXT))
  FROM named
