//! What a server decided, as one number: two worlds that were decided alike have the same.

use sha2::{Digest as _, Sha256};
use tallymark_store::{Store, Tx};

use crate::failure::Result;

/// Rows that are read at once.
const PAGE: i64 = 10_000;

/// A SHA-256 of every decision in a database: scans, claims, who is who, transfers, custody, consents and what SDKs sent.
///
/// Slices of budgets that a server takes for itself are no decisions, and their ids are not the seed's: they are left out.
pub async fn digest(store: &Store) -> Result<String> {
    let mut tx = store.read().await?;
    let mut whole = Sha256::new();
    for table in TABLES {
        let rows = add(&mut tx, table, &mut whole).await?;
        whole.update(rows.to_be_bytes());
    }
    Ok(whole.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A question that gives a row as text with its two keys, from behind two keys on, so many rows.
type Question = &'static str;

const TABLES: [Question; 6] = [SCANS, CODES, TRANSFERS, ACCOUNTS, OPERATIONS, EVIDENCE];

const SCANS: Question = "
    SELECT CAST(at AS TEXT) || ' ' || COALESCE(CAST(batch_id AS TEXT), '-') || ' '
           || COALESCE(CAST(account_id AS TEXT), '-') || ' ' || CAST(verdict AS TEXT) || ' ' || decision,
           scan_id, CAST(0 AS BIGINT)
      FROM scan
     WHERE scan_id > $1 AND $2 >= 0
  ORDER BY scan_id
     LIMIT $3";

const CODES: Question = "
    SELECT CAST(checks AS TEXT) || ' ' || CAST(first_at AS TEXT) || ' ' || COALESCE(CAST(first_adcode AS TEXT), '-')
           || ' ' || COALESCE(CAST(first_account AS TEXT), '-') || ' ' || COALESCE(CAST(claim_scan AS TEXT), '-')
           || ' ' || COALESCE(CAST(claim_account AS TEXT), '-') || ' ' || COALESCE(CAST(rebate_scan AS TEXT), '-'),
           code_index, face
      FROM code_use
     WHERE code_index > $1 OR code_index = $1 AND face > $2
  ORDER BY code_index, face
     LIMIT $3";

/// Codes 2 and 3 take slices and give them back.
const TRANSFERS: Question = "
    SELECT CAST(unit AS TEXT) || ' ' || CAST(amount AS TEXT) || ' ' || CAST(debit_owner AS TEXT) || ' '
           || CAST(debit_book AS TEXT) || ' ' || CAST(credit_owner AS TEXT) || ' ' || CAST(credit_book AS TEXT) || ' '
           || CAST(code AS TEXT) || ' ' || CAST(at AS TEXT),
           origin_id, part
      FROM transfer
     WHERE (origin_id > $1 OR origin_id = $1 AND part > $2) AND code NOT IN (2, 3)
  ORDER BY origin_id, part
     LIMIT $3";

const ACCOUNTS: Question = "
    SELECT CAST(person_id AS TEXT) || ' ' || CAST(kind AS TEXT) || ' ' || CAST(created_at AS TEXT),
           account_id, CAST(0 AS BIGINT)
      FROM source_account
     WHERE account_id > $1 AND $2 >= 0
  ORDER BY account_id
     LIMIT $3";

const OPERATIONS: Question = "
    SELECT CAST(kind AS TEXT) || ' ' || CAST(organisation_id AS TEXT) || ' ' || CAST(pack AS TEXT) || ' '
           || CAST(items AS TEXT) || ' ' || CAST(at AS TEXT),
           operation_id, CAST(0 AS BIGINT)
      FROM goods_operation
     WHERE operation_id > $1 AND $2 >= 0
  ORDER BY operation_id
     LIMIT $3";

const EVIDENCE: Question = "
    SELECT CAST(at AS TEXT) || ' ' || CAST(cause_id AS TEXT) || ' ' || CAST(merged AS TEXT), account_a, account_b
      FROM identity_link
     WHERE account_a > $1 OR account_a = $1 AND account_b > $2
  ORDER BY account_a, account_b
     LIMIT $3";

/// Adds every row of a table; gives how many there are.
async fn add(tx: &mut Tx, question: Question, whole: &mut Sha256) -> Result<u64> {
    let (mut keys, mut count) = ((0, -1), 0);
    loop {
        // A question of one key ignores the second, which must not be below 0 for it.
        let second = if question.contains("$2 >= 0") { 0 } else { keys.1 };
        let rows = tx.query(question, &[keys.0.into(), second.into(), PAGE.into()]).await?;
        for row in &rows {
            let (text, first, second) = (row.text(0)?, row.int(1)?, row.int(2)?);
            whole.update(first.to_be_bytes());
            whole.update(second.to_be_bytes());
            whole.update((text.len() as u64).to_be_bytes());
            whole.update(&text);
            keys = (first, second);
        }
        count += rows.len() as u64;
        if (rows.len() as i64) < PAGE {
            return Ok(count);
        }
    }
}
