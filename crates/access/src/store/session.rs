//! Statements about sessions.

use tallymark_base::id::{SessionId, TenantId, UserId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::{Error, Row, Tx};
use tallymark_web::Scopes;

use crate::types::Session;

/// How far a sign-in has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The second factor is awaited.
    Half,
    /// Open.
    Open,
}

/// To what a session is limited, whatever the user's role allows besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reach {
    pub(crate) scopes: Scopes,
    /// How long it lasts once it is open, used or not.
    pub(crate) lasts_s: i64,
}

/// A session with whose it is.
#[derive(Debug, Clone)]
pub(crate) struct StoredSession {
    pub(crate) tenant: TenantId,
    pub(crate) user: UserId,
    pub(crate) stage: Stage,
    pub(crate) reach: Option<Reach>,
    pub(crate) session: Session,
}

pub(crate) async fn insert(tx: &mut Tx, token_hash: [u8; 32], stored: &StoredSession) -> Result<(), Error> {
    let sql = "INSERT INTO user_session (token_hash, session_id, tenant_id, user_id, stage, agent, created_at, seen_at,
                                         expires_at, scopes, lasts_s)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    let StoredSession { tenant, user, stage, reach, session } = stored;
    let values = [
        token_hash.into(),
        session.id.raw().into(),
        tenant.raw().into(),
        user.raw().into(),
        i64::from(*stage == Stage::Open).saturating_add(1).into(),
        session.agent.as_str().into(),
        session.created_at.into(),
        session.seen_at.into(),
        session.expires_at.into(),
        reach.map(|reach| reach.scopes.to_string()).into(),
        reach.map(|reach| reach.lasts_s).into(),
    ];
    tx.execute(sql, &values).await?;
    Ok(())
}

/// By the token alone: the tenant is what it is to tell. Index: primary key.
pub(crate) async fn by_token(tx: &mut Tx, token_hash: [u8; 32]) -> Result<Option<StoredSession>, Error> {
    let sql = "SELECT session_id, tenant_id, user_id, stage, agent, created_at, seen_at, expires_at, scopes, lasts_s
                 FROM user_session
                WHERE token_hash = $1";
    tx.query_one(sql, &[token_hash.into()]).await?.as_ref().map(stored_of).transpose()
}

/// A user's open sessions, oldest first. Index: user_session_by_user.
pub(crate) async fn of_user(tx: &mut Tx, tenant: TenantId, user: UserId) -> Result<Vec<Session>, Error> {
    let sql = "SELECT session_id, tenant_id, user_id, stage, agent, created_at, seen_at, expires_at, scopes, lasts_s
                 FROM user_session
                WHERE tenant_id = $1 AND user_id = $2 AND stage = 2
             ORDER BY session_id";
    let rows = tx.query(sql, &[tenant.raw().into(), user.raw().into()]).await?;
    rows.iter().map(|row| Ok(stored_of(row)?.session)).collect()
}

pub(crate) async fn touch(tx: &mut Tx, token_hash: [u8; 32], tenant: TenantId, at: Timestamp) -> Result<(), Error> {
    let sql = "UPDATE user_session SET seen_at = $3 WHERE token_hash = $1 AND tenant_id = $2 AND seen_at < $3";
    tx.execute(sql, &[token_hash.into(), tenant.raw().into(), at.into()]).await?;
    Ok(())
}

/// Ends one session of a user; `false` when there is none.
pub(crate) async fn delete(tx: &mut Tx, tenant: TenantId, user: UserId, id: SessionId) -> Result<bool, Error> {
    let sql = "DELETE FROM user_session WHERE tenant_id = $1 AND user_id = $2 AND session_id = $3";
    Ok(tx.execute(sql, &[tenant.raw().into(), user.raw().into(), id.raw().into()]).await? == 1)
}

/// Ends every session of a user.
pub(crate) async fn delete_of_user(tx: &mut Tx, tenant: TenantId, user: UserId) -> Result<u64, Error> {
    let sql = "DELETE FROM user_session WHERE tenant_id = $1 AND user_id = $2";
    tx.execute(sql, &[tenant.raw().into(), user.raw().into()]).await
}

/// Ends every session of a tenant.
pub(crate) async fn delete_of_tenant(tx: &mut Tx, tenant: TenantId) -> Result<u64, Error> {
    tx.execute("DELETE FROM user_session WHERE tenant_id = $1", &[tenant.raw().into()]).await
}

/// Forgets sessions that ended before `before`, at most `limit`. Index: user_session_by_end.
pub(crate) async fn forget(tx: &mut Tx, before: Timestamp, limit: u32) -> Result<u64, Error> {
    let sql = "DELETE FROM user_session
                WHERE token_hash IN (SELECT token_hash FROM user_session WHERE expires_at < $1 LIMIT $2)";
    tx.execute(sql, &[before.into(), i64::from(limit).into()]).await
}

fn stored_of(row: &Row) -> Result<StoredSession, Error> {
    let reach = reach_of(row)?;
    Ok(StoredSession {
        reach,
        tenant: row.id(1)?,
        user: row.id(2)?,
        stage: if row.int(3)? == 2 { Stage::Open } else { Stage::Half },
        session: Session {
            id: row.id(0)?,
            agent: row.text(4)?,
            created_at: row.time(5)?,
            seen_at: row.time(6)?,
            expires_at: row.time(7)?,
            scopes: reach.map(|reach| reach.scopes),
        },
    })
}

fn reach_of(row: &Row) -> Result<Option<Reach>, Error> {
    let (Some(scopes), Some(lasts_s)) = (row.opt_text(8)?, row.opt_int(9)?) else { return Ok(None) };
    let scopes = scopes.parse().map_err(|error| Error::Unreadable(format!("scopes of a session: {error}")))?;
    Ok(Some(Reach { scopes, lasts_s }))
}
