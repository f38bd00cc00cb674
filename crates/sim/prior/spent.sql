-- What a campaign paid as red packets: what left its budget for wallets (book 3).
SELECT COALESCE(CAST(SUM(amount) AS BIGINT), 0)
  FROM transfer
 WHERE tenant_id = $1 AND debit_owner = $2 AND debit_book = 2 AND credit_book = 3 AND unit = 1
