//! Statements about the documents that were recorded.

use std::collections::HashMap;

use tallymark_base::TypedId as _;
use tallymark_base::id::{ImportId, OperationId, TenantId};
use tallymark_store::{Error, Rows, Tx};

use crate::keys::Hash;

/// A document that was recorded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recorded {
    /// Of source and number.
    pub(crate) key: Hash,
    /// Of all that it asked for.
    pub(crate) content: Hash,
    pub(crate) operation: OperationId,
}

/// What was asked for under these keys, of those that were recorded. Index: primary key (key_hash, tenant_id).
pub(crate) async fn documents(tx: &mut Tx, tenant: TenantId, keys: &[Hash]) -> Result<HashMap<Hash, Hash>, Error> {
    let keys: Rows<1> = keys.iter().map(|key| [(*key).into()]).collect();
    let sql = "SELECT key_hash, content_hash FROM import_document WHERE tenant_id = $1 AND key_hash IN (…)";
    let rows = tx.read_rows(sql, &[tenant.raw().into()], &keys).await?;
    rows.iter().map(|row| Ok((hash_of(row.bytes(0)?)?, hash_of(row.bytes(1)?)?))).collect()
}

/// Keeps documents that were recorded. One that somebody else recorded meanwhile is an error that repeating solves.
pub(crate) async fn add_documents(
    tx: &mut Tx,
    tenant: TenantId,
    run: ImportId,
    recorded: &[Recorded],
) -> Result<(), Error> {
    let row = |one: &Recorded| {
        [one.key.into(), tenant.raw().into(), one.content.into(), one.operation.raw().into(), run.raw().into()]
    };
    let rows: Rows<5> = recorded.iter().map(row).collect();
    let sql = "INSERT INTO import_document (key_hash, tenant_id, content_hash, operation_id, run_id)
               VALUES …
               ON CONFLICT (key_hash, tenant_id) DO NOTHING";
    tx.write_all_rows(sql, &[], &rows).await
}

fn hash_of(bytes: Vec<u8>) -> Result<Hash, Error> {
    bytes.try_into().map_err(|_| Error::Unreadable("a hash of a document".to_owned()))
}
