//! Statements about users and their recovery codes.

use tallymark_base::id::{OrganisationId, TenantId, UserId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::{Error, Row, Rows, Tx, Value};

use crate::rules::Role;
use crate::types::{Place, User, UserStatus};

/// A user with what is never shown.
#[derive(Debug, Clone)]
pub(crate) struct StoredUser {
    pub(crate) user: User,
    /// argon2id as a PHC string.
    pub(crate) password: Option<String>,
    /// Sealed.
    pub(crate) totp_secret: Option<Vec<u8>>,
    pub(crate) totp_step: i64,
}

/// Saves an invited user; `false` when the address is taken.
pub(crate) async fn insert(tx: &mut Tx, tenant: TenantId, user: &User) -> Result<bool, Error> {
    let sql = "INSERT INTO tenant_user (tenant_id, user_id, email, name, role, organisation_id, status, totp_on,
                                        totp_step, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, $8)
               ON CONFLICT (tenant_id, email) DO NOTHING";
    let values = [
        tenant.raw().into(),
        user.id.raw().into(),
        user.email.as_str().into(),
        user.name.as_str().into(),
        user.role.number().into(),
        user.organisation.map(|id| id.raw()).into(),
        user.status.number().into(),
        user.created_at.into(),
    ];
    Ok(tx.execute(sql, &values).await? == 1)
}

/// Index: primary key.
pub(crate) async fn find(tx: &mut Tx, tenant: TenantId, id: UserId) -> Result<Option<StoredUser>, Error> {
    let sql = "SELECT user_id, email, name, role, organisation_id, status, totp_on, reset_asked_at, created_at,
                      password, totp_secret, totp_step
                 FROM tenant_user
                WHERE tenant_id = $1 AND user_id = $2";
    tx.query_one(sql, &key(tenant, id)).await?.as_ref().map(stored_of).transpose()
}

/// Index: unique (tenant_id, email).
pub(crate) async fn by_email(tx: &mut Tx, tenant: TenantId, email: &str) -> Result<Option<StoredUser>, Error> {
    let sql = "SELECT user_id, email, name, role, organisation_id, status, totp_on, reset_asked_at, created_at,
                      password, totp_secret, totp_step
                 FROM tenant_user
                WHERE tenant_id = $1 AND email = $2";
    tx.query_one(sql, &[tenant.raw().into(), email.into()]).await?.as_ref().map(stored_of).transpose()
}

/// A page of users, oldest first. Index: primary key.
pub(crate) async fn page(tx: &mut Tx, tenant: TenantId, after: i64, limit: i64) -> Result<Vec<User>, Error> {
    let sql = "SELECT user_id, email, name, role, organisation_id, status, totp_on, reset_asked_at, created_at
                 FROM tenant_user
                WHERE tenant_id = $1 AND user_id > $2
             ORDER BY user_id
                LIMIT $3";
    tx.query(sql, &[tenant.raw().into(), after.into(), limit.into()]).await?.iter().map(user_of).collect()
}

/// How many can sign in with a role.
pub(crate) async fn active_with_role(tx: &mut Tx, tenant: TenantId, role: Role) -> Result<i64, Error> {
    let sql = "SELECT COUNT(*) FROM tenant_user WHERE tenant_id = $1 AND role = $2 AND status = $3";
    let values = [tenant.raw().into(), role.number().into(), UserStatus::Active.number().into()];
    tx.query_one(sql, &values).await?.map_or(Ok(0), |row| row.int(0))
}

pub(crate) async fn set_place(tx: &mut Tx, tenant: TenantId, id: UserId, place: Place) -> Result<(), Error> {
    let sql = "UPDATE tenant_user SET role = $3, organisation_id = $4 WHERE tenant_id = $1 AND user_id = $2";
    let [tenant, id] = key(tenant, id);
    let values = [tenant, id, place.role.number().into(), place.organisation.map(|id| id.raw()).into()];
    one(tx.execute(sql, &values).await?)
}

pub(crate) async fn set_status(tx: &mut Tx, tenant: TenantId, id: UserId, status: UserStatus) -> Result<(), Error> {
    let sql = "UPDATE tenant_user SET status = $3 WHERE tenant_id = $1 AND user_id = $2";
    let [tenant, id] = key(tenant, id);
    one(tx.execute(sql, &[tenant, id, status.number().into()]).await?)
}

/// Sets a password; a request to reset it is answered by that.
pub(crate) async fn set_password(tx: &mut Tx, tenant: TenantId, id: UserId, password: &str) -> Result<(), Error> {
    let sql = "UPDATE tenant_user SET password = $3, reset_asked_at = NULL WHERE tenant_id = $1 AND user_id = $2";
    let [tenant, id] = key(tenant, id);
    one(tx.execute(sql, &[tenant, id, password.into()]).await?)
}

pub(crate) async fn ask_reset(tx: &mut Tx, tenant: TenantId, id: UserId, at: Timestamp) -> Result<(), Error> {
    let sql = "UPDATE tenant_user SET reset_asked_at = $3 WHERE tenant_id = $1 AND user_id = $2";
    let [tenant, id] = key(tenant, id);
    one(tx.execute(sql, &[tenant, id, at.into()]).await?)
}

/// Sets or takes away the second factor.
pub(crate) async fn set_totp(
    tx: &mut Tx,
    tenant: TenantId,
    id: UserId,
    secret: Option<Vec<u8>>,
    is_on: bool,
) -> Result<(), Error> {
    let sql = "UPDATE tenant_user SET totp_secret = $3, totp_on = $4 WHERE tenant_id = $1 AND user_id = $2";
    let [tenant, id] = key(tenant, id);
    one(tx.execute(sql, &[tenant, id, secret.into(), is_on.into()]).await?)
}

/// Takes the code of a step; `false` when that or a later one was taken before.
pub(crate) async fn take_step(tx: &mut Tx, tenant: TenantId, id: UserId, step: i64) -> Result<bool, Error> {
    let sql = "UPDATE tenant_user SET totp_step = $3 WHERE tenant_id = $1 AND user_id = $2 AND totp_step < $3";
    let [tenant, id] = key(tenant, id);
    Ok(tx.execute(sql, &[tenant, id, step.into()]).await? == 1)
}

/// Replaces a user's recovery codes.
pub(crate) async fn set_recovery(tx: &mut Tx, tenant: TenantId, id: UserId, hashes: &[[u8; 32]]) -> Result<(), Error> {
    let sql = "DELETE FROM recovery_code WHERE tenant_id = $1 AND user_id = $2";
    tx.execute(sql, &key(tenant, id)).await?;
    let rows: Rows<3> = hashes.iter().map(|hash| [tenant.raw().into(), id.raw().into(), (*hash).into()]).collect();
    tx.write_all_rows("INSERT INTO recovery_code (tenant_id, user_id, code_hash) VALUES …", &[], &rows).await
}

/// Uses a recovery code up; `false` when there is no such code.
pub(crate) async fn use_recovery(tx: &mut Tx, tenant: TenantId, id: UserId, hash: [u8; 32]) -> Result<bool, Error> {
    let sql = "DELETE FROM recovery_code WHERE tenant_id = $1 AND user_id = $2 AND code_hash = $3";
    let [tenant, id] = key(tenant, id);
    Ok(tx.execute(sql, &[tenant, id, hash.into()]).await? == 1)
}

fn key(tenant: TenantId, id: UserId) -> [Value; 2] {
    [tenant.raw().into(), id.raw().into()]
}

fn one(wrote: u64) -> Result<(), Error> {
    if wrote == 1 { Ok(()) } else { Err(Error::RowsWritten { sent: 1, wrote }) }
}

fn user_of(row: &Row) -> Result<User, Error> {
    let (role, status) = (row.int(3)?, row.int(5)?);
    Ok(User {
        id: row.id(0)?,
        email: row.text(1)?,
        name: row.text(2)?,
        role: Role::from_number(role).ok_or_else(|| Error::Unreadable(format!("role {role}")))?,
        organisation: row.opt_int(4)?.map(OrganisationId::from_raw),
        status: UserStatus::from_number(status).ok_or_else(|| Error::Unreadable(format!("user status {status}")))?,
        has_second_factor: row.flag(6)?,
        reset_asked_at: row.opt_int(7)?.map(Timestamp),
        created_at: row.time(8)?,
    })
}

fn stored_of(row: &Row) -> Result<StoredUser, Error> {
    Ok(StoredUser {
        user: user_of(row)?,
        password: row.opt_text(9)?,
        totp_secret: row.opt_bytes(10)?,
        totp_step: row.int(11)?,
    })
}
