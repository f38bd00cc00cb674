-- Every balance again, as the sum of its transfers.
DELETE FROM account;
INSERT INTO account (owner_id, book, unit, slot, tenant_id, debits, credits, debits_pending, credits_pending)
WITH side AS (
    SELECT debit_owner AS owner_id, debit_book AS book, unit, debit_slot AS slot, tenant_id, amount AS debits, 0 AS credits
      FROM transfer
 UNION ALL
    SELECT credit_owner, credit_book, unit, credit_slot, tenant_id, 0, amount
      FROM transfer
)
SELECT owner_id, book, unit, slot, tenant_id, CAST(SUM(debits) AS BIGINT), CAST(SUM(credits) AS BIGINT), 0, 0
  FROM side
 GROUP BY owner_id, book, unit, slot, tenant_id;
-- How often each account won on each day, which begins at 16:00 UTC in the zone of a tenant that chooses none.
DELETE FROM campaign_cap;
INSERT INTO campaign_cap (account_id, campaign_id, day, tenant_id, wins)
SELECT credit_owner, debit_owner, (at / 1000000 + 28800) / 86400, tenant_id, COUNT(*)
  FROM transfer
 WHERE debit_book = 2 AND credit_book = 3
 GROUP BY credit_owner, debit_owner, (at / 1000000 + 28800) / 86400, tenant_id;
DROP TABLE prior_scan;
DROP TABLE prior_transfer;
ANALYZE;
