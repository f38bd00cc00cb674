//! Statements about orders and their keys.

use std::collections::{HashMap, HashSet};

use tallymark_base::id::{OrderId, TenantId};
use tallymark_base::{Timestamp, TypedId};
use tallymark_store::keyset::List;
use tallymark_store::{Error, Row, Rows, Tx, keyset_list};

use crate::Order;
use crate::keys::{ContentHash, Hash};
use crate::rules::Standing;

/// What is kept under the number of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeyOf {
    pub(crate) key: Hash,
    pub(crate) id: OrderId,
    pub(crate) content: ContentHash,
}

/// Claims numbers for orders; gives those that it got. Whoever is sent first among equal keys gets it.
pub(crate) async fn claim(tx: &mut Tx, tenant: TenantId, claims: &[KeyOf]) -> Result<HashSet<OrderId>, Error> {
    let row = |own: &KeyOf| [own.key.into(), tenant.raw().into(), own.id.raw().into(), own.content.into()];
    let rows: Rows<4> = claims.iter().map(row).collect();
    let sql = "INSERT INTO order_key (key_hash, tenant_id, order_id, content_hash) VALUES …
               ON CONFLICT (key_hash, tenant_id) DO NOTHING
               RETURNING order_id";
    tx.write_rows_returning(sql, &[], &rows).await?.iter().map(|row| row.id(0)).collect()
}

/// What is kept under some numbers. Index: primary key.
pub(crate) async fn by_keys(
    tx: &mut Tx,
    tenant: TenantId,
    keys: impl Iterator<Item = Hash>,
) -> Result<HashMap<Hash, KeyOf>, Error> {
    let keys: Rows<1> = keys.map(|key| [key.into()]).collect();
    let sql = "SELECT key_hash, order_id, content_hash FROM order_key WHERE tenant_id = $1 AND key_hash IN (…)";
    let rows = tx.read_rows(sql, &[tenant.raw().into()], &keys).await?;
    rows.iter()
        .map(|row| {
            let key = row.array(0)?;
            Ok((key, KeyOf { key, id: row.id(1)?, content: row.array(2)? }))
        })
        .collect()
}

/// Saves orders.
pub(crate) async fn insert(tx: &mut Tx, tenant: TenantId, orders: &[Order], cause: i64) -> Result<(), Error> {
    let row = |order: &Order| {
        [
            order.id.raw().into(),
            tenant.raw().into(),
            order.source.as_str().into(),
            order.number.as_str().into(),
            order.account.map(|account| account.raw()).into(),
            order.shop.clone().into(),
            order.currency.code().into(),
            order.amount.into(),
            order.discount.into(),
            i64::try_from(order.lines.len()).unwrap_or(i64::MAX).into(),
            order.at.into(),
            order.original.map(|original| original.raw()).into(),
            order.points.into(),
            order.returned.into(),
            order.points_returned.into(),
            text(&order.lines).into(),
            text(&order.decision).into(),
            cause.into(),
            order.recorded_at.into(),
        ]
    };
    let rows: Rows<19> = orders.iter().map(row).collect();
    let sql = "INSERT INTO customer_order
                      (order_id, tenant_id, source, number, account_id, shop, currency, amount, discount, line_count, at,
                       original_id, points, returned, points_returned, lines, decision, cause, recorded_at)
               VALUES …";
    tx.write_all_rows(sql, &[], &rows).await
}

fn text<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("plain structs always serialize")
}

/// How sales stand that goods come back from. Index: primary key. The sign before the tenant keeps SQLite from the index of a
/// list, whose rows of a tenant it takes for ten.
pub(crate) async fn standings(
    tx: &mut Tx,
    tenant: TenantId,
    ids: impl Iterator<Item = OrderId>,
) -> Result<HashMap<OrderId, Standing>, Error> {
    let keys: Rows<1> = ids.map(|id| [id.raw().into()]).collect();
    let sql = "SELECT order_id, currency, amount, returned, points_returned, decision, account_id
                 FROM customer_order
                WHERE +tenant_id = $1 AND order_id IN (…)";
    let rows = tx.read_rows(sql, &[tenant.raw().into()], &keys).await?;
    rows.iter()
        .map(|row| {
            let decision: crate::Decision = read(&row.text(5)?, "the decision of an order")?;
            let id = row.id(0)?;
            let standing = Standing {
                id,
                account: row.opt_int(6)?.map(TypedId::from_raw),
                currency: currency(row, 1)?,
                amount: row.int(2)?,
                returned: row.int(3)?,
                granted: decision.granted,
                points_returned: row.int(4)?,
            };
            Ok((id, standing))
        })
        .collect()
}

/// What returns have brought of a sale: before, as it was read, and now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Returned {
    pub(crate) id: OrderId,
    pub(crate) before: (i64, i64),
    pub(crate) now: (i64, i64),
}

/// Notes what came back of sales; fails where somebody else did meanwhile.
pub(crate) async fn set_returned(tx: &mut Tx, tenant: TenantId, changed: &[Returned]) -> Result<(), Error> {
    let sql = "UPDATE customer_order
                  SET returned = $5, points_returned = $6
                WHERE order_id = $1 AND tenant_id = $2 AND returned = $3 AND points_returned = $4";
    for Returned { id, before, now } in changed {
        let values =
            [id.raw().into(), tenant.raw().into(), before.0.into(), before.1.into(), now.0.into(), now.1.into()];
        let wrote = tx.execute(sql, &values).await?;
        if wrote != 1 {
            return Err(Error::RowsWritten { sent: 1, wrote });
        }
    }
    Ok(())
}

/// One order. Index: primary key.
pub(crate) async fn find(tx: &mut Tx, tenant: TenantId, id: OrderId) -> Result<Option<Order>, Error> {
    let sql = "SELECT order_id, source, number, account_id, shop, currency, amount, discount, at, original_id, points,
                      returned, points_returned, lines, decision, recorded_at
                 FROM customer_order
                WHERE order_id = $1 AND tenant_id = $2";
    tx.query_one(sql, &[id.raw().into(), tenant.raw().into()]).await?.as_ref().map(order_of).transpose()
}

/// A page of orders, the latest sale first, from before a moment and an order. Index: customer_order_by_time.
pub(crate) async fn list(
    tx: &mut Tx,
    tenant: TenantId,
    before: (Timestamp, OrderId),
    limit: i64,
) -> Result<Vec<Order>, Error> {
    let sql = "SELECT order_id, source, number, account_id, shop, currency, amount, discount, at, original_id, points,
                      returned, points_returned, lines, decision, recorded_at
                 FROM customer_order
                WHERE tenant_id = $1 AND (at, order_id) < ($2, $3)
             ORDER BY at DESC, order_id DESC
                LIMIT $4";
    let values = [tenant.raw().into(), before.0.into(), before.1.raw().into(), limit.into()];
    tx.query(sql, &values).await?.iter().map(order_of).collect()
}

/// Orders by the account of their buyer. Index: customer_order_by_account.
pub(crate) const BY_ACCOUNT: List<1> = keyset_list!("customer_order", "order_id", ["account_id"], "");

/// Orders by their ids. Index: primary key. The sign before the tenant keeps SQLite from the index of a list, whose rows of a
/// tenant it takes for ten.
pub(crate) async fn by_ids(tx: &mut Tx, tenant: TenantId, ids: &[i64]) -> Result<HashMap<OrderId, Order>, Error> {
    let keys: Rows<1> = ids.iter().map(|id| [(*id).into()]).collect();
    let sql = "SELECT order_id, source, number, account_id, shop, currency, amount, discount, at, original_id, points,
                      returned, points_returned, lines, decision, recorded_at
                 FROM customer_order
                WHERE +tenant_id = $1 AND order_id IN (…)";
    let rows = tx.read_rows(sql, &[tenant.raw().into()], &keys).await?;
    rows.iter().map(|row| order_of(row).map(|order| (order.id, order))).collect()
}

/// A page of the orders of all tenants, in order of id. Index: primary key.
pub(crate) async fn after(tx: &mut Tx, after: OrderId, limit: u32) -> Result<Vec<(TenantId, Order)>, Error> {
    let sql = "SELECT order_id, source, number, account_id, shop, currency, amount, discount, at, original_id, points,
                      returned, points_returned, lines, decision, recorded_at, tenant_id
                 FROM customer_order
                WHERE order_id > $1
             ORDER BY order_id
                LIMIT $2";
    let rows = tx.query(sql, &[after.raw().into(), i64::from(limit).into()]).await?;
    rows.iter().map(|row| Ok((row.id(16)?, order_of(row)?))).collect()
}

fn order_of(row: &Row) -> Result<Order, Error> {
    Ok(Order {
        id: row.id(0)?,
        source: row.text(1)?,
        number: row.text(2)?,
        account: row.opt_int(3)?.map(TypedId::from_raw),
        shop: row.opt_text(4)?,
        currency: currency(row, 5)?,
        amount: row.int(6)?,
        discount: row.int(7)?,
        at: row.time(8)?,
        original: row.opt_int(9)?.map(TypedId::from_raw),
        points: row.int(10)?,
        returned: row.int(11)?,
        points_returned: row.int(12)?,
        lines: read(&row.text(13)?, "the lines of an order")?,
        decision: read(&row.text(14)?, "the decision of an order")?,
        recorded_at: row.time(15)?,
    })
}

pub(super) fn currency(row: &Row, column: usize) -> Result<tallymark_base::Currency, Error> {
    row.text(column)?.parse().map_err(|_| Error::Unreadable("a currency".to_owned()))
}

pub(super) fn read<T: serde::de::DeserializeOwned>(text: &str, what: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| Error::Unreadable(format!("{what}: {error}")))
}
