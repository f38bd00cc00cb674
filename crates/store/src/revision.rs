//! Settings live in memory on every server; the revision says when to read them again.
//!
//! A change of settings raises the revision in its own transaction. A batch of scans reads it first, so it never
//! decides by settings older than its own transaction.

use std::collections::HashMap;

use crate::{Error, Rows, Tx};

/// Raises the tenant's revision. Call it in the transaction that changes a setting.
pub async fn raise(tx: &mut Tx, tenant: i64) -> Result<(), Error> {
    let sql = "INSERT INTO revision (tenant_id, number) VALUES ($1, 1)
               ON CONFLICT (tenant_id) DO UPDATE SET number = revision.number + 1";
    tx.execute(sql, &[tenant.into()]).await?;
    Ok(())
}

/// The revisions of tenants; 0 for one that never changed anything.
pub async fn current(tx: &mut Tx, tenants: &[i64]) -> Result<HashMap<i64, i64>, Error> {
    let keys: Rows<1> = tenants.iter().map(|tenant| [(*tenant).into()]).collect();
    let rows = tx.read_rows("SELECT tenant_id, number FROM revision WHERE tenant_id IN (…)", &[], &keys).await?;
    let mut revisions: HashMap<i64, i64> = tenants.iter().map(|tenant| (*tenant, 0)).collect();
    for row in &rows {
        revisions.insert(row.int(0)?, row.int(1)?);
    }
    Ok(revisions)
}
