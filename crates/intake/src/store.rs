//! Every statement of the intake.

use std::collections::HashSet;

use tallymark_base::id::{ApiKeyId, TenantId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::{Error, Row, Rows, Tx};

use crate::definition::Definition;
use crate::keys::Hash;

/// An event that could not be read, as it is kept.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) id: i64,
    pub(crate) source: Option<ApiKeyId>,
    pub(crate) endpoint: String,
    pub(crate) code: String,
    pub(crate) reason: String,
    pub(crate) body: Vec<u8>,
    pub(crate) bytes: i64,
    pub(crate) received_at: Timestamp,
    pub(crate) namespace: Option<String>,
}

/// What happened, by the source's word for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) hash: Hash,
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) events: i64,
    pub(crate) misfits: i64,
    pub(crate) first_at: Timestamp,
    pub(crate) last_at: Timestamp,
}

/// Takes messages; gives those that were not taken before. `hashes` must be in order, so that two servers that take the
/// same do not wait for each other in a circle.
pub(crate) async fn take_messages(
    tx: &mut Tx,
    tenant: TenantId,
    hashes: &[Hash],
    at: Timestamp,
) -> Result<HashSet<Hash>, Error> {
    let rows: Rows<3> = hashes.iter().map(|hash| [(*hash).into(), tenant.raw().into(), at.into()]).collect();
    let sql = "INSERT INTO intake_message (message_hash, tenant_id, taken_at) VALUES …
               ON CONFLICT (message_hash, tenant_id) DO NOTHING
               RETURNING message_hash";
    tx.read_rows(sql, &[], &rows).await?.iter().map(|row| row.array(0)).collect()
}

/// Puts events aside.
pub(crate) async fn put_aside(tx: &mut Tx, tenant: TenantId, entries: Vec<Entry>) -> Result<(), Error> {
    let rows: Rows<10> = entries
        .into_iter()
        .map(|entry| {
            [
                entry.id.into(),
                tenant.raw().into(),
                entry.source.map(|source| source.raw()).into(),
                entry.endpoint.into(),
                entry.code.into(),
                entry.reason.into(),
                entry.body.into(),
                entry.bytes.into(),
                entry.received_at.into(),
                entry.namespace.into(),
            ]
        })
        .collect();
    let sql = "INSERT INTO intake_quarantine
                      (entry_id, tenant_id, source_id, endpoint, code, reason, body, bytes, received_at, namespace)
               VALUES …";
    tx.write_all_rows(sql, &[], &rows).await
}

/// Counts what happened by name.
pub(crate) async fn count_names(tx: &mut Tx, tenant: TenantId, names: Vec<Name>) -> Result<(), Error> {
    let rows: Rows<8> = names
        .into_iter()
        .map(|name| {
            [
                name.hash.into(),
                tenant.raw().into(),
                name.kind.into(),
                name.name.into(),
                name.events.into(),
                name.misfits.into(),
                name.first_at.into(),
                name.last_at.into(),
            ]
        })
        .collect();
    let sql = "INSERT INTO intake_name (name_hash, tenant_id, kind, name, events, misfits, first_at, last_at)
               VALUES …
               ON CONFLICT (name_hash, tenant_id) DO UPDATE SET
                   events = intake_name.events + excluded.events,
                   misfits = intake_name.misfits + excluded.misfits,
                   last_at = CASE WHEN excluded.last_at > intake_name.last_at
                                  THEN excluded.last_at ELSE intake_name.last_at END";
    tx.write_rows(sql, &[], &rows).await?;
    Ok(())
}

/// The names that sources used, the most frequent first. Reads every name of the tenant: they are as many as a source has
/// words.
pub(crate) async fn names(tx: &mut Tx, tenant: TenantId, limit: u32) -> Result<Vec<Name>, Error> {
    let sql = "SELECT name_hash, kind, name, events, misfits, first_at, last_at
                 FROM intake_name
                WHERE tenant_id = $1
             ORDER BY events DESC, name_hash
                LIMIT $2";
    let rows = tx.query(sql, &[tenant.raw().into(), i64::from(limit).into()]).await?;
    rows.iter()
        .map(|row| {
            Ok(Name {
                hash: row.array(0)?,
                kind: row.text(1)?,
                name: row.text(2)?,
                events: row.int(3)?,
                misfits: row.int(4)?,
                first_at: row.time(5)?,
                last_at: row.time(6)?,
            })
        })
        .collect()
}

/// Entries before one, the latest first. Index: intake_quarantine_by_tenant.
pub(crate) async fn entries(tx: &mut Tx, tenant: TenantId, before: i64, limit: u32) -> Result<Vec<Entry>, Error> {
    let sql = "SELECT entry_id, source_id, endpoint, code, reason, body, bytes, received_at, namespace
                 FROM intake_quarantine
                WHERE tenant_id = $1 AND entry_id < $2
             ORDER BY entry_id DESC
                LIMIT $3";
    let values = [tenant.raw().into(), before.into(), i64::from(limit).into()];
    tx.query(sql, &values).await?.iter().map(entry_of).collect()
}

/// An entry.
pub(crate) async fn entry(tx: &mut Tx, tenant: TenantId, id: i64) -> Result<Option<Entry>, Error> {
    let sql = "SELECT entry_id, source_id, endpoint, code, reason, body, bytes, received_at, namespace
                 FROM intake_quarantine
                WHERE tenant_id = $1 AND entry_id = $2";
    tx.query_one(sql, &[tenant.raw().into(), id.into()]).await?.as_ref().map(entry_of).transpose()
}

/// Removes an entry; `false` where there is none.
pub(crate) async fn remove_entry(tx: &mut Tx, tenant: TenantId, id: i64) -> Result<bool, Error> {
    let sql = "DELETE FROM intake_quarantine WHERE tenant_id = $1 AND entry_id = $2";
    Ok(tx.execute(sql, &[tenant.raw().into(), id.into()]).await? == 1)
}

/// Forgets messages from one hash to another, both included, that were taken before a moment. Index: primary key.
pub(crate) async fn forget_messages(tx: &mut Tx, (from, to): (Hash, Hash), before: Timestamp) -> Result<u64, Error> {
    let sql = "DELETE FROM intake_message WHERE message_hash >= $1 AND message_hash <= $2 AND taken_at < $3";
    tx.execute(sql, &[from.into(), to.into(), before.into()]).await
}

/// Forgets entries that came before a moment, the oldest first. Index: intake_quarantine_by_age.
pub(crate) async fn forget_entries(tx: &mut Tx, before: Timestamp, limit: u32) -> Result<u64, Error> {
    let sql = "DELETE FROM intake_quarantine
                WHERE entry_id IN (SELECT entry_id FROM intake_quarantine
                                    WHERE received_at < $1
                                 ORDER BY received_at
                                    LIMIT $2)";
    tx.execute(sql, &[before.into(), i64::from(limit).into()]).await
}

/// The event types of a tenant.
pub(crate) async fn definitions(tx: &mut Tx, tenant: TenantId) -> Result<Vec<Definition>, Error> {
    let sql = "SELECT definition FROM intake_definition WHERE tenant_id = $1 ORDER BY name";
    let rows = tx.query(sql, &[tenant.raw().into()]).await?;
    rows.iter()
        .map(|row| {
            let text = row.text(0)?;
            serde_json::from_str(&text).map_err(|error| Error::Unreadable(format!("an event definition: {error}")))
        })
        .collect()
}

/// Saves an event type in a version after the stored one; `false` where the stored one is not before it.
pub(crate) async fn define(
    tx: &mut Tx,
    tenant: TenantId,
    hash: Hash,
    definition: &Definition,
    text: String,
    at: Timestamp,
) -> Result<bool, Error> {
    let sql = "INSERT INTO intake_definition (name_hash, tenant_id, name, version, definition, changed_at)
               VALUES ($1, $2, $3, $4, $5, $6)
               ON CONFLICT (name_hash, tenant_id) DO UPDATE SET
                   version = excluded.version, definition = excluded.definition, changed_at = excluded.changed_at
                WHERE intake_definition.version < excluded.version";
    let values = [
        hash.into(),
        tenant.raw().into(),
        definition.name.clone().into(),
        i64::from(definition.version).into(),
        text.into(),
        at.into(),
    ];
    Ok(tx.execute(sql, &values).await? == 1)
}

fn entry_of(row: &Row) -> Result<Entry, Error> {
    Ok(Entry {
        id: row.int(0)?,
        source: row.opt_int(1)?.map(ApiKeyId::from_raw),
        endpoint: row.text(2)?,
        code: row.text(3)?,
        reason: row.text(4)?,
        body: row.bytes(5)?,
        bytes: row.int(6)?,
        received_at: row.time(7)?,
        namespace: row.opt_text(8)?,
    })
}
