//! Proves the books: recomputes every balance from the journal, in the database, and lists what differs.

use std::collections::BTreeMap;

use tallymark_base::TypedId;
use tallymark_base::id::TenantId;
use tallymark_store::{Error, Rows, Tx};

/// How many lines of each kind are listed; the count behind them may be larger.
const LISTED_MAX: usize = 100;

/// A statement that gives one row for each discrepancy: its tenant, account owner, and what is wrong in numbers.
struct Check {
    name: &'static str,
    sql: &'static str,
}

const CHECKS: &[Check] = &[
    Check {
        name: "debits and credits of a unit differ",
        sql: "SELECT tenant_id, unit, CAST(SUM(debits) AS BIGINT), CAST(SUM(credits) AS BIGINT)
                FROM account
            GROUP BY tenant_id, unit
              HAVING SUM(debits) <> SUM(credits) OR SUM(debits_pending) <> SUM(credits_pending)",
    },
    Check { name: "a balance differs from the replay of its transfers", sql: REPLAY },
    Check {
        name: "a bounded account is below zero",
        // Books 2 to 5: budget, wallet, payable, stock.
        sql: "SELECT tenant_id, owner_id, book, credits - debits - debits_pending
                FROM account
               WHERE book BETWEEN 2 AND 5 AND credits - debits - debits_pending < 0",
    },
    Check {
        name: "an amount is not above zero",
        sql: "SELECT tenant_id, origin_id, part, amount FROM transfer WHERE amount <= 0",
    },
];

/// Sums both sides of every transfer by account and compares them with the stored sums, in both directions.
const REPLAY: &str = "
    WITH side AS (
        SELECT t.tenant_id, t.debit_owner AS owner_id, t.debit_book AS book, t.unit, t.debit_slot AS slot,
               CASE WHEN t.pending = 0 OR r.posted = 1 THEN t.amount ELSE 0 END AS debits, 0 AS credits,
               CASE WHEN t.pending = 1 AND r.posted IS NULL THEN t.amount ELSE 0 END AS held_out, 0 AS held_in
          FROM transfer t
     LEFT JOIN resolution r ON r.origin_id = t.origin_id AND r.part = t.part AND r.tenant_id = t.tenant_id
     UNION ALL
        SELECT t.tenant_id, t.credit_owner, t.credit_book, t.unit, t.credit_slot,
               0, CASE WHEN t.pending = 0 OR r.posted = 1 THEN t.amount ELSE 0 END,
               0, CASE WHEN t.pending = 1 AND r.posted IS NULL THEN t.amount ELSE 0 END
          FROM transfer t
     LEFT JOIN resolution r ON r.origin_id = t.origin_id AND r.part = t.part AND r.tenant_id = t.tenant_id
     UNION ALL
        SELECT tenant_id, owner_id, book, unit, slot, -debits, -credits, -debits_pending, -credits_pending
          FROM account
    )
    SELECT tenant_id, owner_id, book, CAST(SUM(debits) + SUM(credits) + SUM(held_out) + SUM(held_in) AS BIGINT)
      FROM side
  GROUP BY tenant_id, owner_id, book, unit, slot
    HAVING SUM(debits) <> 0 OR SUM(credits) <> 0 OR SUM(held_out) <> 0 OR SUM(held_in) <> 0";

/// Every discrepancy, in words. Empty when the books are right.
pub async fn discrepancies(tx: &mut Tx) -> Result<Vec<String>, Error> {
    let mut found = Vec::new();
    for check in CHECKS {
        let rows = tx.query(check.sql, &[]).await?;
        for row in rows.iter().take(LISTED_MAX) {
            let numbers = [row.int(0)?, row.int(1)?, row.int(2)?, row.int(3)?];
            found.push(format!("{}: tenant {}, {:?}", check.name, numbers[0], &numbers[1..]));
        }
        if rows.len() > LISTED_MAX {
            found.push(format!("{}: {} more", check.name, rows.len() - LISTED_MAX));
        }
    }
    Ok(found)
}

/// What scans up to a number of each tenant moved, by tenant and unit: the sum of the transfers that only scans make
/// (codes 10, 11, 12 and 20: won, issued, earned).
pub async fn earned_by_scans_until(
    tx: &mut Tx,
    last: &BTreeMap<TenantId, i64>,
) -> Result<BTreeMap<(TenantId, i64), i64>, Error> {
    let keys: Rows<2> = last.iter().map(|(tenant, origin)| [tenant.raw().into(), (*origin).into()]).collect();
    let sql = "WITH v(tenant_id, origin_id) AS (VALUES …),
                    until AS (SELECT DISTINCT tenant_id, origin_id FROM v)
               SELECT transfer.tenant_id, transfer.unit, CAST(SUM(transfer.amount) AS BIGINT)
                 FROM until
           CROSS JOIN transfer
                WHERE transfer.tenant_id = until.tenant_id
                  AND transfer.origin_id <= until.origin_id
                  AND transfer.code IN (10, 11, 12, 20)
             GROUP BY transfer.tenant_id, transfer.unit";
    let rows = tx.read_rows(sql, &[], &keys).await?;
    rows.iter().map(|row| Ok(((row.id(0)?, row.int(1)?), row.int(2)?))).collect()
}
