//! Every statement of the imports.

mod chunk;
mod document;
mod run;

pub(crate) use chunk::{add_chunk, chunks, delete_chunks, forget_chunks};
pub(crate) use document::{Recorded, add_documents, documents};
pub(crate) use run::{
    Advance, Kept, NewRun, add_rejects, advance, claim, count, count_rejects, end, go_on, insert_run, move_claim,
    rejects, run, runs,
};

use tallymark_base::Timestamp;
use tallymark_base::TypedId as _;
use tallymark_base::id::TenantId;
use tallymark_store::{Error, Row, Tx};

use crate::{FileMapping, Kind, NamedMapping};

/// A mapping under its name.
pub(crate) async fn mapping(tx: &mut Tx, tenant: TenantId, name: &str) -> Result<Option<NamedMapping>, Error> {
    let sql = "SELECT name, version, mapping, changed_at, kind FROM import_mapping WHERE tenant_id = $1 AND name = $2";
    tx.query_one(sql, &[tenant.raw().into(), name.into()]).await?.as_ref().map(mapping_of).transpose()
}

/// The mappings of a tenant by name, from after a name.
pub(crate) async fn mappings(
    tx: &mut Tx,
    tenant: TenantId,
    after: &str,
    limit: i64,
) -> Result<Vec<NamedMapping>, Error> {
    let sql = "SELECT name, version, mapping, changed_at, kind
                 FROM import_mapping
                WHERE tenant_id = $1 AND name > $2
             ORDER BY name
                LIMIT $3";
    let values = [tenant.raw().into(), after.into(), limit.into()];
    tx.query(sql, &values).await?.iter().map(mapping_of).collect()
}

/// Saves a mapping in the version after the one that was read; `false` where somebody else changed it meanwhile.
pub(crate) async fn put_mapping(
    tx: &mut Tx,
    tenant: TenantId,
    name: &str,
    version: u32,
    mapping: &FileMapping,
    at: Timestamp,
) -> Result<bool, Error> {
    let sql = "INSERT INTO import_mapping (tenant_id, name, version, mapping, changed_at, kind)
               VALUES ($1, $2, $3, $4, $5, $6)
               ON CONFLICT (tenant_id, name) DO UPDATE SET
                   version = excluded.version, mapping = excluded.mapping, changed_at = excluded.changed_at,
                   kind = excluded.kind
                WHERE import_mapping.version = excluded.version - 1";
    let (text, kind) = (mapping.text(), mapping.kind().name());
    let values = [tenant.raw().into(), name.into(), i64::from(version).into(), text.into(), at.into(), kind.into()];
    Ok(tx.execute(sql, &values).await? == 1)
}

fn mapping_of(row: &Row) -> Result<NamedMapping, Error> {
    let text = row.text(2)?;
    // Those that are older than other kinds are of members.
    let kind = row.opt_text(4)?.map_or(Some(Kind::Members), |name| Kind::named(&name));
    let kind = kind.ok_or_else(|| Error::Unreadable("the kind of a mapping".to_owned()))?;
    let mapping = FileMapping::parse(kind, text.as_bytes());
    let mapping = mapping.map_err(|error| Error::Unreadable(format!("a mapping: {error}")))?;
    let version = u32::try_from(row.int(1)?).unwrap_or(u32::MAX);
    Ok(NamedMapping { name: row.text(0)?, kind, version, mapping, changed_at: row.time(3)? })
}
