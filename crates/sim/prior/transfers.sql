-- What scans $1 to $2 moved. $3 to $11 as for the scans. A wallet (book 3) is the wallet of the scan's account, and
-- what is spent comes from slot 0, where the whole budget was.
INSERT INTO transfer (origin_id, part, tenant_id, unit, amount, debit_owner, debit_book, debit_slot,
                      credit_owner, credit_book, credit_slot, code, pending, at)
WITH RECURSIVE n(i) AS (
    SELECT CAST($1 AS BIGINT)
 UNION ALL
    SELECT i + 1 FROM n WHERE i < $2
)
SELECT $4 + n.i * $5, t.part, $3, t.unit, t.amount, t.debit_owner, t.debit_book, 0,
       CASE WHEN t.credit_book = 3 THEN $8 + (n.i * 7919) % $10 * $9 ELSE t.credit_owner END,
       t.credit_book, t.credit_slot, t.code, 0, $6 + n.i * $7
  FROM n
  JOIN prior_transfer t ON t.place = n.i % $11
