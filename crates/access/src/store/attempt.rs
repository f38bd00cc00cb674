//! Statements about attempts to sign in.

use tallymark_base::id::TenantId;
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::{Error, Tx};

use crate::rules::attempt::Earlier;

/// What is known of a subject. Index: primary key.
pub(crate) async fn find(tx: &mut Tx, tenant: TenantId, subject: [u8; 32]) -> Result<Option<Earlier>, Error> {
    let sql = "SELECT failures, next_at, last_at FROM sign_in_attempt WHERE tenant_id = $1 AND subject = $2";
    let row = tx.query_one(sql, &[tenant.raw().into(), subject.into()]).await?;
    row.map(|row| Ok(Earlier { failures: row.int(0)?, next_at: row.time(1)?, last_at: row.time(2)? })).transpose()
}

/// Replaces what is known; `false` when it is not any more what was `seen`.
pub(crate) async fn replace(
    tx: &mut Tx,
    tenant: TenantId,
    subject: [u8; 32],
    seen: Option<Earlier>,
    made: Earlier,
) -> Result<bool, Error> {
    let new = [tenant.raw().into(), subject.into(), made.failures.into(), made.next_at.into(), made.last_at.into()];
    let wrote = match seen {
        None => {
            let sql = "INSERT INTO sign_in_attempt (tenant_id, subject, failures, next_at, last_at)
                       VALUES ($1, $2, $3, $4, $5)
                       ON CONFLICT (tenant_id, subject) DO NOTHING";
            tx.execute(sql, &new).await?
        }
        Some(seen) => {
            let sql = "UPDATE sign_in_attempt
                          SET failures = $3, next_at = $4, last_at = $5
                        WHERE tenant_id = $1 AND subject = $2 AND failures = $6 AND last_at = $7";
            let values = new.into_iter().chain([seen.failures.into(), seen.last_at.into()]);
            tx.execute(sql, &values.collect::<Vec<_>>()).await?
        }
    };
    Ok(wrote == 1)
}

/// Forgets a subject, whose owner proved who they are.
pub(crate) async fn delete(tx: &mut Tx, tenant: TenantId, subject: [u8; 32]) -> Result<(), Error> {
    let sql = "DELETE FROM sign_in_attempt WHERE tenant_id = $1 AND subject = $2";
    tx.execute(sql, &[tenant.raw().into(), subject.into()]).await?;
    Ok(())
}

/// Takes one failure back: the attempt it was counted for succeeded.
pub(crate) async fn refund(tx: &mut Tx, tenant: TenantId, subject: [u8; 32]) -> Result<(), Error> {
    let sql = "UPDATE sign_in_attempt
                  SET failures = failures - 1, next_at = last_at
                WHERE tenant_id = $1 AND subject = $2 AND failures > 0";
    tx.execute(sql, &[tenant.raw().into(), subject.into()]).await?;
    Ok(())
}

/// Forgets what was last tried before `before`, at most `limit`. Index: sign_in_attempt_by_age.
pub(crate) async fn forget(tx: &mut Tx, before: Timestamp, limit: u32) -> Result<u64, Error> {
    let sql = "DELETE FROM sign_in_attempt
                WHERE (tenant_id, subject) IN
                      (SELECT tenant_id, subject FROM sign_in_attempt WHERE last_at < $1 LIMIT $2)";
    tx.execute(sql, &[before.into(), i64::from(limit).into()]).await
}
