-- Real scans, copied so that many can be made like them. `place` counts them in order of arrival, `opened_before` the
-- codes that were opened by those before it. `opens` and `rebates`: 1 where it opened its code, and where a store earned.
CREATE TABLE prior_scan (
    place BIGINT NOT NULL PRIMARY KEY,
    scan_id BIGINT NOT NULL,
    batch_id BIGINT,
    verdict BIGINT NOT NULL,
    decision TEXT NOT NULL,
    opens BIGINT NOT NULL,
    rebates BIGINT NOT NULL,
    opened_before BIGINT NOT NULL
);
INSERT INTO prior_scan (place, scan_id, batch_id, verdict, decision, opens, rebates, opened_before)
WITH told AS (
    SELECT scan_id, batch_id, verdict, decision,
           CASE WHEN decision LIKE '%"state":"drawn"%' THEN 1 ELSE 0 END AS opens,
           CASE WHEN decision LIKE '%"rebate":{%' THEN 1 ELSE 0 END AS rebates
      FROM scan
)
SELECT ROW_NUMBER() OVER (ORDER BY scan_id) - 1, scan_id, batch_id, verdict, decision, opens, rebates,
       CAST(SUM(opens) OVER (ORDER BY scan_id) AS BIGINT) - opens
  FROM told;
CREATE TABLE prior_transfer (
    place BIGINT NOT NULL,
    part BIGINT NOT NULL,
    unit BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    debit_owner BIGINT NOT NULL,
    debit_book BIGINT NOT NULL,
    credit_owner BIGINT NOT NULL,
    credit_book BIGINT NOT NULL,
    credit_slot BIGINT NOT NULL,
    code BIGINT NOT NULL,
    PRIMARY KEY (place, part)
);
INSERT INTO prior_transfer (place, part, unit, amount, debit_owner, debit_book, credit_owner, credit_book, credit_slot,
                            code)
SELECT s.place, t.part, t.unit, t.amount, t.debit_owner, t.debit_book, t.credit_owner, t.credit_book, t.credit_slot,
       t.code
  FROM prior_scan s
  JOIN transfer t ON t.origin_id = s.scan_id;
