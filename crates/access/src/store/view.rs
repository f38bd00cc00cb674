//! Statements about saved views.

use tallymark_base::id::{TenantId, ViewId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::{Error, Row, Tx};

/// A saved view as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct StoredView {
    pub(crate) id: ViewId,
    pub(crate) list: String,
    pub(crate) owner: String,
    pub(crate) name: String,
    pub(crate) search: String,
    pub(crate) is_shared: bool,
    pub(crate) changed_at: Timestamp,
}

/// Those of a list that somebody is shown: their own and the shared ones, by name. Index: the unique key.
pub(crate) async fn shown(
    tx: &mut Tx,
    tenant: TenantId,
    (list, owner): (&str, &str),
    limit: i64,
) -> Result<Vec<StoredView>, Error> {
    let sql = "SELECT view_id, list, owner, name, search, is_shared, changed_at
                 FROM saved_view
                WHERE tenant_id = $1 AND list = $2 AND (owner = $3 OR is_shared = 1)
             ORDER BY name, view_id
                LIMIT $4";
    let values = [tenant.raw().into(), list.into(), owner.into(), limit.into()];
    tx.query(sql, &values).await?.iter().map(view_of).collect()
}

/// How many somebody has of a list, but for the one of a name. Index: the unique key.
pub(crate) async fn count_others(
    tx: &mut Tx,
    tenant: TenantId,
    (list, owner): (&str, &str),
    name: &str,
) -> Result<i64, Error> {
    let sql = "SELECT CAST(COUNT(*) AS BIGINT)
                 FROM saved_view
                WHERE tenant_id = $1 AND list = $2 AND owner = $3 AND name <> $4";
    let values = [tenant.raw().into(), list.into(), owner.into(), name.into()];
    tx.query_one(sql, &values).await?.map_or(Ok(0), |row| row.int(0))
}

/// Saves a view, in the place of the owner's of that name; gives the id that it has.
pub(crate) async fn save(tx: &mut Tx, tenant: TenantId, view: &StoredView) -> Result<ViewId, Error> {
    let sql = "INSERT INTO saved_view (tenant_id, view_id, list, owner, name, search, is_shared, changed_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
          ON CONFLICT (tenant_id, list, owner, name)
            DO UPDATE SET search = excluded.search, is_shared = excluded.is_shared, changed_at = excluded.changed_at
            RETURNING view_id";
    let values = [
        tenant.raw().into(),
        view.id.raw().into(),
        view.list.as_str().into(),
        view.owner.as_str().into(),
        view.name.as_str().into(),
        view.search.as_str().into(),
        view.is_shared.into(),
        view.changed_at.into(),
    ];
    tx.query_one(sql, &values).await?.map_or(Ok(view.id), |row| row.id(0))
}

/// A view of the brand. Index: primary key.
pub(crate) async fn find(tx: &mut Tx, tenant: TenantId, id: ViewId) -> Result<Option<StoredView>, Error> {
    let sql = "SELECT view_id, list, owner, name, search, is_shared, changed_at
                 FROM saved_view
                WHERE tenant_id = $1 AND view_id = $2";
    tx.query_one(sql, &[tenant.raw().into(), id.raw().into()]).await?.as_ref().map(view_of).transpose()
}

pub(crate) async fn delete(tx: &mut Tx, tenant: TenantId, id: ViewId) -> Result<(), Error> {
    let sql = "DELETE FROM saved_view WHERE tenant_id = $1 AND view_id = $2";
    tx.execute(sql, &[tenant.raw().into(), id.raw().into()]).await?;
    Ok(())
}

fn view_of(row: &Row) -> Result<StoredView, Error> {
    Ok(StoredView {
        id: row.id(0)?,
        list: row.text(1)?,
        owner: row.text(2)?,
        name: row.text(3)?,
        search: row.text(4)?,
        is_shared: row.int(5)? == 1,
        changed_at: row.time(6)?,
    })
}
