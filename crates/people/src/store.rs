//! Every statement about people.
//!
//! Writes that a batch repeats go through [`Tx::read_rows`], which sends one statement for up to 256 rows and fills it
//! up by repeating the last row. So each of them must do nothing the second time it meets a row: `DO NOTHING`, a
//! condition that the first time ends, or a deletion. What was written is told by RETURNING.

use std::collections::{BTreeMap, HashMap};

use tallymark_base::TypedId as _;
use tallymark_base::id::{AccountId, PersonId, TenantId};
use tallymark_store::{Error, Row, Rows, Tx};

use crate::rules::Account;
use crate::{BlindIndex, IdentifierKind};

pub(crate) mod consent;
pub(crate) mod dimension;
pub(crate) mod everybody;
pub(crate) mod evidence;
pub(crate) mod list;
pub(crate) mod privacy;
pub(crate) mod profile;
pub(crate) mod proposals;
pub(crate) mod rotation;
pub(crate) mod runs;
pub(crate) mod tags;
pub(crate) mod vault;

/// An account to be stored.
#[derive(Debug)]
pub(crate) struct NewAccount {
    pub(crate) account: Account,
    /// The sealed value and the sealed key, where the value is kept.
    pub(crate) sealed: Option<(Vec<u8>, Vec<u8>)>,
}

/// The accounts of identifiers.
pub(crate) async fn accounts_by_index(
    tx: &mut Tx,
    tenant: TenantId,
    indexes: impl Iterator<Item = BlindIndex>,
) -> Result<HashMap<BlindIndex, Account>, Error> {
    let keys: Rows<1> = indexes.map(|index| [index.into()]).collect();
    let sql =
        "SELECT a.account_id, a.person_id, a.merges, a.tier, a.kind, a.created_at, a.scope, a.stable, a.neighbours,
                      i.blind_index
                 FROM identifier i
                 JOIN source_account a ON a.account_id = i.account_id AND a.tenant_id = i.tenant_id
                WHERE i.tenant_id = $1 AND i.blind_index IN (…)";
    let rows = tx.read_rows(sql, &[tenant.raw().into()], &keys).await?;
    rows.iter().map(|row| Ok((row.array(9)?, account_of(row)?))).collect()
}

/// Claims identifiers for accounts; gives the accounts that got theirs. `claims` must be in the order of the index, so
/// that two servers which claim the same do not wait for each other in a circle.
pub(crate) async fn claim(
    tx: &mut Tx,
    tenant: TenantId,
    claims: &[(BlindIndex, IdentifierKind, AccountId)],
) -> Result<Vec<AccountId>, Error> {
    let rows: Rows<4> = claims
        .iter()
        .map(|(index, kind, account)| {
            [(*index).into(), tenant.raw().into(), i64::from(kind.number()).into(), account.raw().into()]
        })
        .collect();
    let sql = "INSERT INTO identifier (blind_index, tenant_id, kind, account_id) VALUES …
               ON CONFLICT (blind_index, tenant_id) DO NOTHING
               RETURNING account_id";
    tx.read_rows(sql, &[], &rows).await?.iter().map(|row| row.id(0)).collect()
}

/// Lets an identifier lead to another account; fails where it does not lead to the former one.
pub(crate) async fn repoint(
    tx: &mut Tx,
    tenant: TenantId,
    index: BlindIndex,
    (from, to): (AccountId, AccountId),
) -> Result<(), Error> {
    let sql = "UPDATE identifier
                  SET account_id = $4
                WHERE blind_index = $1 AND tenant_id = $2 AND account_id = $3
            RETURNING account_id";
    let values = [index.into(), tenant.raw().into(), from.raw().into(), to.raw().into()];
    all_written(1, tx.query(sql, &values).await?)
}

/// Saves accounts, each for the first time.
pub(crate) async fn insert_accounts(tx: &mut Tx, tenant: TenantId, new: &[NewAccount]) -> Result<(), Error> {
    let rows: Rows<11> = new
        .iter()
        .map(|NewAccount { account, sealed }| {
            [
                account.id.raw().into(),
                tenant.raw().into(),
                i64::from(account.kind.number()).into(),
                account.person.raw().into(),
                account.merges.into(),
                i64::from(account.tier).into(),
                sealed.as_ref().map(|(value, _)| value.clone()).into(),
                account.created_at.into(),
                i64::from(account.scope).into(),
                account.stable.cast_signed().into(),
                i64::from(account.neighbours).into(),
            ]
        })
        .collect();
    let sql = "INSERT INTO source_account
                      (account_id, tenant_id, kind, person_id, merges, tier, sealed, created_at, scope, stable, neighbours)
               VALUES …
               ON CONFLICT (account_id) DO NOTHING
               RETURNING account_id";
    all_written(rows.len(), tx.read_rows(sql, &[], &rows).await?)?;

    let keys: Rows<3> = new
        .iter()
        .filter_map(|NewAccount { account, sealed }| {
            let (_, key) = sealed.as_ref()?;
            Some([account.id.raw().into(), tenant.raw().into(), key.clone().into()])
        })
        .collect();
    let sql = "INSERT INTO account_key (account_id, tenant_id, sealed_key) VALUES …
               ON CONFLICT (account_id) DO NOTHING
               RETURNING account_id";
    all_written(keys.len(), tx.read_rows(sql, &[], &keys).await?)
}

/// The accounts of persons that have two or more.
pub(crate) async fn members(
    tx: &mut Tx,
    tenant: TenantId,
    persons: impl Iterator<Item = PersonId>,
) -> Result<Vec<Account>, Error> {
    let keys: Rows<1> = persons.map(|person| [person.raw().into()]).collect();
    let sql =
        "SELECT a.account_id, a.person_id, a.merges, a.tier, a.kind, a.created_at, a.scope, a.stable, a.neighbours
                 FROM person_member m
                 JOIN source_account a ON a.account_id = m.account_id AND a.tenant_id = m.tenant_id
                WHERE m.tenant_id = $1 AND m.person_id IN (…)";
    tx.read_rows(sql, &[tenant.raw().into()], &keys).await?.iter().map(account_of).collect()
}

/// Relabels accounts, each on the condition that it was not merged since it was read.
pub(crate) async fn relabel(
    tx: &mut Tx,
    tenant: TenantId,
    accounts: &[(AccountId, i64, PersonId)],
) -> Result<(), Error> {
    let rows: Rows<3> = accounts
        .iter()
        .map(|(account, merges, person)| [account.raw().into(), (*merges).into(), person.raw().into()])
        .collect();
    let sql = "WITH v(account, seen, person) AS (VALUES …)
             UPDATE source_account
                SET person_id = v.person, merges = v.seen + 1
               FROM v
              WHERE source_account.account_id = v.account
                AND source_account.merges = v.seen
                AND source_account.tenant_id = $1
          RETURNING account_id";
    all_written(rows.len(), tx.read_rows(sql, &[tenant.raw().into()], &rows).await?)
}

/// Deletes the member lists of persons that were absorbed.
pub(crate) async fn delete_members(
    tx: &mut Tx,
    tenant: TenantId,
    absorbed: impl Iterator<Item = PersonId>,
) -> Result<(), Error> {
    let keys: Rows<1> = absorbed.map(|person| [person.raw().into()]).collect();
    let sql = "DELETE FROM person_member WHERE tenant_id = $1 AND person_id IN (…)";
    tx.read_rows(sql, &[tenant.raw().into()], &keys).await?;
    Ok(())
}

/// Adds accounts to the member lists of their persons; those that are listed stay.
pub(crate) async fn insert_members(
    tx: &mut Tx,
    tenant: TenantId,
    members: &BTreeMap<AccountId, PersonId>,
) -> Result<(), Error> {
    let rows: Rows<3> = members
        .iter()
        .map(|(account, person)| [person.raw().into(), account.raw().into(), tenant.raw().into()])
        .collect();
    let sql = "INSERT INTO person_member (person_id, account_id, tenant_id) VALUES …
               ON CONFLICT (person_id, account_id, tenant_id) DO NOTHING";
    tx.read_rows(sql, &[], &rows).await?;
    Ok(())
}

/// Sets the tier of an account; `false` when there is none.
pub(crate) async fn set_tier(tx: &mut Tx, tenant: TenantId, account: AccountId, tier: u8) -> Result<bool, Error> {
    let sql = "UPDATE source_account SET tier = $3 WHERE account_id = $1 AND tenant_id = $2";
    Ok(tx.execute(sql, &[account.raw().into(), tenant.raw().into(), i64::from(tier).into()]).await? == 1)
}

fn all_written(sent: usize, written: Vec<Row>) -> Result<(), Error> {
    if written.len() != sent {
        return Err(Error::RowsWritten { sent: sent as u64, wrote: written.len() as u64 });
    }
    Ok(())
}

fn kind_of(number: i64) -> Result<IdentifierKind, Error> {
    IdentifierKind::from_number(number).ok_or_else(|| Error::Unreadable(format!("identifier kind {number}")))
}

fn account_of(row: &Row) -> Result<Account, Error> {
    let (tier, kind) = (row.int(3)?, row.int(4)?);
    Ok(Account {
        id: row.id(0)?,
        person: row.id(1)?,
        merges: row.int(2)?,
        tier: u8::try_from(tier).map_err(|_| Error::Unreadable(format!("tier {tier}")))?,
        kind: kind_of(kind)?,
        created_at: row.time(5)?,
        scope: number(row.int(6)?)?,
        stable: row.int(7)?.cast_unsigned(),
        neighbours: number(row.int(8)?)?,
    })
}

fn number(value: i64) -> Result<u32, Error> {
    u32::try_from(value).map_err(|_| Error::Unreadable(format!("{value} where a small number stands")))
}
