//! Every statement of the ledger.

use std::collections::HashMap;

use tallymark_base::id::TenantId;
use tallymark_base::{Timestamp, TypedId, Unit};
use tallymark_store::{Error, Row, Rows, Tx};

use crate::rules::Deltas;
use crate::types::{AccountKey, Balance, Book, Code, Posted, Resolution, Transfer};

/// Writes transfers whose ids are free; gives how many.
pub(crate) async fn insert_transfers(
    tx: &mut Tx,
    tenant: TenantId,
    transfers: &[Transfer],
    at: Timestamp,
) -> Result<u64, Error> {
    let rows: Rows<14> = transfers
        .iter()
        .map(|t| {
            [
                t.origin.into(),
                t.part.into(),
                tenant.raw().into(),
                t.debit.unit.0.into(),
                t.amount.into(),
                t.debit.owner.into(),
                t.debit.book.number().into(),
                t.debit.slot.into(),
                t.credit.owner.into(),
                t.credit.book.number().into(),
                t.credit.slot.into(),
                t.code.number().into(),
                t.pending.into(),
                at.into(),
            ]
        })
        .collect();
    let sql = "INSERT INTO transfer (origin_id, part, tenant_id, unit, amount, debit_owner, debit_book, debit_slot,
                                     credit_owner, credit_book, credit_slot, code, pending, at)
               VALUES …
               ON CONFLICT (origin_id, part, tenant_id) DO NOTHING";
    tx.write_rows(sql, &[], &rows).await
}

/// Adds to accounts, opening those that do not exist, and gives their sums. `deltas` is in the order in which every
/// server locks accounts.
pub(crate) async fn add_to_accounts(
    tx: &mut Tx,
    tenant: TenantId,
    deltas: &Deltas,
) -> Result<HashMap<AccountKey, Balance>, Error> {
    let rows: Rows<9> = deltas
        .iter()
        .map(|(key, delta)| {
            [
                key.owner.into(),
                key.book.number().into(),
                key.unit.0.into(),
                key.slot.into(),
                tenant.raw().into(),
                delta.debits.into(),
                delta.credits.into(),
                delta.debits_pending.into(),
                delta.credits_pending.into(),
            ]
        })
        .collect();
    let sql = "INSERT INTO account (owner_id, book, unit, slot, tenant_id,
                                    debits, credits, debits_pending, credits_pending)
               VALUES …
               ON CONFLICT (owner_id, book, unit, slot, tenant_id) DO UPDATE
                  SET debits = account.debits + excluded.debits,
                      credits = account.credits + excluded.credits,
                      debits_pending = account.debits_pending + excluded.debits_pending,
                      credits_pending = account.credits_pending + excluded.credits_pending
               RETURNING owner_id, book, unit, slot, debits, credits, debits_pending, credits_pending";
    let returned = tx.write_rows_returning(sql, &[], &rows).await?;
    returned.iter().map(|row| Ok((key_of(row)?, balance_of(row, 4)?))).collect()
}

/// The sums of owners over the slots of one book and unit.
pub(crate) async fn balances(
    tx: &mut Tx,
    tenant: TenantId,
    owners: &[i64],
    book: Book,
    unit: Unit,
) -> Result<HashMap<i64, Balance>, Error> {
    let keys: Rows<1> = owners.iter().map(|owner| [(*owner).into()]).collect();
    let sql = "SELECT owner_id, CAST(SUM(debits) AS BIGINT), CAST(SUM(credits) AS BIGINT),
                      CAST(SUM(debits_pending) AS BIGINT), CAST(SUM(credits_pending) AS BIGINT)
                 FROM account
                WHERE tenant_id = $1 AND book = $2 AND unit = $3 AND owner_id IN (…)
             GROUP BY owner_id";
    let rows = tx.read_rows(sql, &[tenant.raw().into(), book.number().into(), unit.0.into()], &keys).await?;
    rows.iter().map(|row| Ok((row.int(0)?, balance_of(row, 1)?))).collect()
}

/// The sums of single slots. Index: primary key.
pub(crate) async fn slots(
    tx: &mut Tx,
    tenant: TenantId,
    keys: &[AccountKey],
) -> Result<HashMap<AccountKey, Balance>, Error> {
    let rows: Rows<5> = keys
        .iter()
        .map(|key| {
            [key.owner.into(), key.book.number().into(), key.unit.0.into(), key.slot.into(), tenant.raw().into()]
        })
        .collect();
    let sql = "SELECT owner_id, book, unit, slot, debits, credits, debits_pending, credits_pending
                 FROM account
                WHERE (owner_id, book, unit, slot, tenant_id) IN (VALUES …)";
    tx.read_rows(sql, &[], &rows).await?.iter().map(|row| Ok((key_of(row)?, balance_of(row, 4)?))).collect()
}

/// Transfers by id.
pub(crate) async fn transfers(
    tx: &mut Tx,
    tenant: TenantId,
    ids: impl Iterator<Item = (i64, i64)>,
) -> Result<Vec<Posted>, Error> {
    let wanted: std::collections::HashSet<(i64, i64)> = ids.collect();
    let mut origins: Vec<i64> = wanted.iter().map(|(origin, _)| *origin).collect();
    origins.sort_unstable();
    origins.dedup();
    let mut found = transfers_of_origins(tx, tenant, &origins).await?;
    found.retain(|posted| wanted.contains(&(posted.transfer.origin, posted.transfer.part)));
    Ok(found)
}

/// All transfers of the given origins.
pub(crate) async fn transfers_of_origins(tx: &mut Tx, tenant: TenantId, origins: &[i64]) -> Result<Vec<Posted>, Error> {
    let keys: Rows<1> = origins.iter().map(|origin| [(*origin).into()]).collect();
    let sql = "SELECT t.origin_id, t.part, t.unit, t.amount, t.debit_owner, t.debit_book, t.debit_slot,
                      t.credit_owner, t.credit_book, t.credit_slot, t.code, t.pending, t.at, r.posted
                 FROM transfer t
            LEFT JOIN resolution r ON r.origin_id = t.origin_id AND r.part = t.part AND r.tenant_id = t.tenant_id
                WHERE t.tenant_id = $1 AND t.origin_id IN (…)
             ORDER BY t.origin_id, t.part";
    tx.read_rows(sql, &[tenant.raw().into()], &keys).await?.iter().map(posted_of).collect()
}

/// Writes resolutions; each must be the first of its transfer.
pub(crate) async fn insert_resolutions(
    tx: &mut Tx,
    tenant: TenantId,
    ends: &[Resolution],
    at: Timestamp,
) -> Result<(), Error> {
    let rows: Rows<5> = ends
        .iter()
        .map(|end| [end.origin.into(), end.part.into(), tenant.raw().into(), end.post.into(), at.into()])
        .collect();
    let sql = "INSERT INTO resolution (origin_id, part, tenant_id, posted, at) VALUES …
               ON CONFLICT (origin_id, part, tenant_id) DO NOTHING";
    tx.write_all_rows(sql, &[], &rows).await
}

fn book_of(number: i64) -> Result<Book, Error> {
    Book::from_number(number).ok_or_else(|| Error::Unreadable(format!("book {number}")))
}

fn key_of(row: &Row) -> Result<AccountKey, Error> {
    Ok(AccountKey { owner: row.int(0)?, book: book_of(row.int(1)?)?, unit: Unit(row.int(2)?), slot: row.int(3)? })
}

fn balance_of(row: &Row, from: usize) -> Result<Balance, Error> {
    Ok(Balance {
        debits: row.int(from)?,
        credits: row.int(from + 1)?,
        debits_pending: row.int(from + 2)?,
        credits_pending: row.int(from + 3)?,
    })
}

fn posted_of(row: &Row) -> Result<Posted, Error> {
    let unit = Unit(row.int(2)?);
    let account = |owner: usize| -> Result<AccountKey, Error> {
        Ok(AccountKey { owner: row.int(owner)?, book: book_of(row.int(owner + 1)?)?, unit, slot: row.int(owner + 2)? })
    };
    let code = row.int(10)?;
    Ok(Posted {
        transfer: Transfer {
            origin: row.int(0)?,
            part: row.int(1)?,
            debit: account(4)?,
            credit: account(7)?,
            amount: row.int(3)?,
            code: Code::from_number(code).ok_or_else(|| Error::Unreadable(format!("transfer code {code}")))?,
            pending: row.flag(11)?,
        },
        at: row.time(12)?,
        resolved: row.opt_int(13)?.map(|posted| posted != 0),
    })
}
