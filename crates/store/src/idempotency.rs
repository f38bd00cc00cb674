//! A request is taken once per key its caller gave; a retry gets the first answer, also after a restart.
//!
//! The key is claimed by an insert before anything is decided. Whoever did not get it reads who did: with the same
//! body the stored answer is given again, with another body it is a conflict.

use std::collections::HashMap;

use serde::Serialize;
use sha2::{Digest, Sha256};
use tallymark_base::random::uuid_v7_time;
use tallymark_base::{Fault, Kind, Timestamp};

use crate::{Context, Error, Row, Rows, Tx};

/// The longest key a caller may give, in bytes.
pub const KEY_LENGTH_MAX: usize = 200;

/// A caller's key within a tenant and an operation, as it is stored: only its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Whose key.
    pub tenant: i64,
    /// The first 16 bytes of SHA-256 over operation and key; of a key that is a UUID of version 7, its milliseconds
    /// stand for the first six of them.
    pub hash: [u8; 16],
}

impl Key {
    /// The key `text` for `operation` of `tenant`.
    ///
    /// Hashes lie all over an index, so that each request reads and writes a page of its own. Keys that begin with a
    /// UUID of version 7 share the page with their neighbours in time, and 80 bits of the hash still tell them apart.
    pub fn new(tenant: i64, operation: &str, text: &str) -> Self {
        let digest = Sha256::new().chain_update(operation).chain_update([0]).chain_update(text).finalize();
        let mut hash = [0; 16];
        hash.copy_from_slice(&digest[..16]);
        if let Some(time) = uuid_v7_time(text) {
            hash[..6].copy_from_slice(&time);
        }
        Self { tenant, hash }
    }
}

/// A hash of what was asked, to tell a retry from another request under the same key. The caller's `key`, of which only a
/// hash is kept, goes into it: a body that is mostly a phone number cannot be found again by trying all numbers.
pub fn body_hash(key: &str, body: &[u8]) -> [u8; 16] {
    let digest = Sha256::new().chain_update(key).chain_update([0]).chain_update(body).finalize();
    let mut hash = [0; 16];
    hash.copy_from_slice(&digest[..16]);
    hash
}

/// A request that wants to be taken.
#[derive(Debug, Clone, Copy)]
pub struct Claim {
    /// Under which key.
    pub key: Key,
    /// What is asked.
    pub body: [u8; 16],
    /// The object that will hold the answer, or `None` when [`finish`] stores it.
    pub origin: Option<i64>,
}

/// What is known of a key that someone else got first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// What was asked then.
    pub body: [u8; 16],
    /// The object that holds the answer.
    pub origin: Option<i64>,
    /// HTTP status and body of the first answer, where they are stored here.
    pub answer: Option<(u16, Vec<u8>)>,
}

/// What [`begin`] found.
#[derive(Debug)]
pub enum Begin {
    /// The key is new: do the work in [`Once::tx`], then [`Once::finish`].
    First(Once),
    /// The work was done before; this is what the caller was told.
    Repeat(Answer),
}

/// HTTP status and JSON of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// JSON.
    pub body: Vec<u8>,
}

/// A claimed request under work. Dropping it undoes the work and frees the key.
#[derive(Debug)]
pub struct Once {
    tx: Tx,
    key: Key,
}

/// Why a request was not taken.
#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    /// The key was used for another request.
    #[error("this idempotency key was used for a request with another body; use a new key for a new request")]
    Reused,
    /// The database.
    #[error(transparent)]
    Store(#[from] Error),
}

impl Fault for BeginError {
    fn code(&self) -> &'static str {
        match self {
            Self::Reused => "idempotency.reused",
            Self::Store(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Reused => Kind::Conflict,
            Self::Store(error) => error.kind(),
        }
    }
}

/// Takes one request: opens a transaction and claims `key` for `body` in it.
pub async fn begin(
    context: &Context,
    tenant: i64,
    operation: &str,
    key: &str,
    body: &[u8],
) -> Result<Begin, BeginError> {
    let mut tx = context.store.write().await?;
    let body = body_hash(key, body);
    let key = Key::new(tenant, operation, key);
    let taken = claim(&mut tx, &[Claim { key, body, origin: None }], context.clock.now()).await?;
    match taken.get(&key) {
        None => Ok(Begin::First(Once { tx, key })),
        Some(taken) if taken.body != body => Err(BeginError::Reused),
        Some(Taken { answer: Some((status, body)), .. }) => {
            Ok(Begin::Repeat(Answer { status: *status, body: body.clone() }))
        }
        // A claim and its answer are committed together, so a claim without one belongs to another operation.
        Some(_) => Err(BeginError::Reused),
    }
}

impl Once {
    /// The transaction of the work.
    pub const fn tx(&mut self) -> &mut Tx {
        &mut self.tx
    }

    /// Stores the answer, commits, and gives the answer.
    pub async fn finish<T: Serialize>(mut self, status: u16, answer: &T) -> Result<Answer, Error> {
        let body = serde_json::to_vec(answer).map_err(|error| Error::Unreadable(error.to_string()))?;
        finish(&mut self.tx, self.key, status, &body).await?;
        self.tx.commit().await?;
        Ok(Answer { status, body })
    }
}

/// Claims many keys (each at most once). Gives, for those that were taken before, by whom.
///
/// Index: primary key (key_hash, tenant_id).
pub async fn claim(tx: &mut Tx, claims: &[Claim], at: Timestamp) -> Result<HashMap<Key, Taken>, Error> {
    let rows: Rows<5> = claims
        .iter()
        .map(|claim| {
            [claim.key.hash.into(), claim.key.tenant.into(), claim.body.into(), claim.origin.into(), at.into()]
        })
        .collect();
    let sql = "INSERT INTO request (key_hash, tenant_id, body_hash, origin_id, created_at)
               VALUES …
               ON CONFLICT (key_hash, tenant_id) DO NOTHING
               RETURNING key_hash, tenant_id";
    let got = tx.write_rows_returning(sql, &[], &rows).await?;
    if got.len() == claims.len() {
        return Ok(HashMap::new());
    }
    let got: std::collections::HashSet<Key> = got.iter().map(key_of).collect::<Result<_, _>>()?;
    let lost = claims.iter().map(|claim| claim.key).filter(|key| !got.contains(key));
    taken(tx, &lost.map(|key| [key.hash.into(), key.tenant.into()]).collect()).await
}

async fn taken(tx: &mut Tx, keys: &Rows<2>) -> Result<HashMap<Key, Taken>, Error> {
    let sql = "SELECT key_hash, tenant_id, body_hash, origin_id, status, answer
                 FROM request
                WHERE (key_hash, tenant_id) IN (VALUES …)";
    let rows = tx.read_rows(sql, &[], keys).await?;
    rows.iter().map(|row| Ok((key_of(row)?, taken_of(row)?))).collect()
}

/// Stores the answer of a claimed request, in the transaction that did the work.
pub async fn finish(tx: &mut Tx, key: Key, status: u16, answer: &[u8]) -> Result<(), Error> {
    let sql = "UPDATE request SET status = $3, answer = $4 WHERE key_hash = $1 AND tenant_id = $2";
    let wrote = tx.execute(sql, &[key.hash.into(), key.tenant.into(), i64::from(status).into(), answer.into()]).await?;
    if wrote != 1 {
        return Err(Error::RowsWritten { sent: 1, wrote });
    }
    Ok(())
}

/// Forgets requests older than `before`, at most `limit` of them; gives how many went.
pub async fn forget(tx: &mut Tx, before: Timestamp, limit: u32) -> Result<u64, Error> {
    let sql = "DELETE FROM request
                WHERE (key_hash, tenant_id) IN
                      (SELECT key_hash, tenant_id FROM request WHERE created_at < $1 LIMIT $2)";
    tx.execute(sql, &[before.into(), i64::from(limit).into()]).await
}

fn key_of(row: &Row) -> Result<Key, Error> {
    Ok(Key { hash: row.array(0)?, tenant: row.int(1)? })
}

fn taken_of(row: &Row) -> Result<Taken, Error> {
    let answer = match (row.opt_int(4)?, row.opt_bytes(5)?) {
        (Some(status), Some(body)) => Some((u16::try_from(status).unwrap_or(500), body)),
        _ => None,
    };
    Ok(Taken { body: row.array(2)?, origin: row.opt_int(3)?, answer })
}
