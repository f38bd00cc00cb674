//! Statements about the keys of codes.

use tallymark_base::TypedId as _;
use tallymark_base::id::TenantId;
use tallymark_codes::Epoch;
use tallymark_store::{Error, Row, Tx};

use super::unreadable;

/// The epoch under which batches are ordered; none where the tenant has no key.
pub(crate) async fn current(tx: &mut Tx, tenant: TenantId) -> Result<Option<Epoch>, Error> {
    let sql = "SELECT epoch FROM code_key WHERE tenant_id = $1 ORDER BY epoch DESC LIMIT 1";
    tx.query_one(sql, &[tenant.raw().into()]).await?.as_ref().map(epoch_of).transpose()
}

/// Every epoch with its sealed secret, oldest first.
pub(crate) async fn all(tx: &mut Tx, tenant: TenantId) -> Result<Vec<(Epoch, Vec<u8>)>, Error> {
    let sql = "SELECT epoch, secret FROM code_key WHERE tenant_id = $1 ORDER BY epoch";
    let rows = tx.query(sql, &[tenant.raw().into()]).await?;
    rows.iter().map(|row| Ok((epoch_of(row)?, row.bytes(1)?))).collect()
}

/// Saves a key. An epoch that exists was made by someone else in this moment: the caller does it again.
pub(crate) async fn insert(tx: &mut Tx, tenant: TenantId, epoch: Epoch, sealed: Vec<u8>) -> Result<(), Error> {
    let sql = "INSERT INTO code_key (tenant_id, epoch, secret) VALUES ($1, $2, $3)
               ON CONFLICT (tenant_id, epoch) DO NOTHING";
    match tx.execute(sql, &[tenant.raw().into(), i64::from(epoch.0).into(), sealed.into()]).await? {
        1 => Ok(()),
        wrote => Err(Error::RowsWritten { sent: 1, wrote }),
    }
}

fn epoch_of(row: &Row) -> Result<Epoch, Error> {
    let number = row.int(0)?;
    u8::try_from(number).map(Epoch).map_err(|_| unreadable("epoch", number))
}
