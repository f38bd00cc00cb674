//! Statements about the links of GS1 keys.

use tallymark_base::TypedId as _;
use tallymark_base::id::{LinkId, TenantId};
use tallymark_store::{Error, Row, Rows, Tx, Value};

use super::unreadable;
use crate::{DefaultUse, ResolverLink};

/// Saves a link.
pub(crate) async fn insert(tx: &mut Tx, tenant: TenantId, link: &ResolverLink) -> Result<(), Error> {
    let sql = "INSERT INTO resolver_link (tenant_id, link_id, anchor, link_type, target, title, languages, media_type,
                                          context, default_use, created_at, changed_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let mut values = values_of(tenant, link);
    values.insert(10, link.created_at.into());
    tx.execute(sql, &values).await.map(drop)
}

/// Saves what a link is; when it was made stays.
pub(crate) async fn update(tx: &mut Tx, tenant: TenantId, link: &ResolverLink) -> Result<(), Error> {
    let sql = "UPDATE resolver_link
                  SET anchor = $3, link_type = $4, target = $5, title = $6, languages = $7, media_type = $8,
                      context = $9, default_use = $10, changed_at = $11
                WHERE tenant_id = $1 AND link_id = $2";
    tx.execute(sql, &values_of(tenant, link)).await.map(drop)
}

fn values_of(tenant: TenantId, link: &ResolverLink) -> Vec<Value> {
    vec![
        tenant.raw().into(),
        link.id.raw().into(),
        link.anchor.as_str().into(),
        link.link_type.as_str().into(),
        link.target.as_str().into(),
        link.title.as_str().into(),
        link.languages.join(" ").into(),
        link.media_type.as_deref().unwrap_or_default().into(),
        link.context.as_deref().unwrap_or_default().into(),
        number_of_use(link.default_use).into(),
        link.changed_at.into(),
    ]
}

/// Removes a link.
pub(crate) async fn delete(tx: &mut Tx, tenant: TenantId, id: LinkId) -> Result<(), Error> {
    let sql = "DELETE FROM resolver_link
                WHERE tenant_id = $1 AND link_id = $2";
    tx.execute(sql, &[tenant.raw().into(), id.raw().into()]).await.map(drop)
}

/// A link by its id.
pub(crate) async fn find(tx: &mut Tx, tenant: TenantId, id: LinkId) -> Result<Option<ResolverLink>, Error> {
    let sql = "SELECT link_id, anchor, link_type, target, title, languages, media_type, context, default_use,
                      created_at, changed_at
                 FROM resolver_link
                WHERE tenant_id = $1 AND link_id = $2";
    tx.query_one(sql, &[tenant.raw().into(), id.raw().into()]).await?.as_ref().map(link_of).transpose()
}

/// Links after an id, in order of id.
pub(crate) async fn list(
    tx: &mut Tx,
    tenant: TenantId,
    after: Option<LinkId>,
    limit: i64,
) -> Result<Vec<ResolverLink>, Error> {
    let sql = "SELECT link_id, anchor, link_type, target, title, languages, media_type, context, default_use,
                      created_at, changed_at
                 FROM resolver_link
                WHERE tenant_id = $1 AND link_id > $2
             ORDER BY link_id
                LIMIT $3";
    let after = after.map_or(0, |id| id.raw());
    tx.query(sql, &[tenant.raw().into(), after.into(), limit.into()]).await?.iter().map(link_of).collect()
}

/// Those of one anchor after an id, in order of id. Index: `resolver_link_by_anchor`.
pub(crate) async fn list_of(
    tx: &mut Tx,
    tenant: TenantId,
    anchor: &str,
    after: Option<LinkId>,
    limit: i64,
) -> Result<Vec<ResolverLink>, Error> {
    let sql = "SELECT link_id, anchor, link_type, target, title, languages, media_type, context, default_use,
                      created_at, changed_at
                 FROM resolver_link
                WHERE tenant_id = $1 AND anchor = $2 AND link_id > $3
             ORDER BY link_id
                LIMIT $4";
    let after = after.map_or(0, |id| id.raw());
    let values = [tenant.raw().into(), anchor.into(), after.into(), limit.into()];
    tx.query(sql, &values).await?.iter().map(link_of).collect()
}

/// Those of several anchors, oldest first. Index: `resolver_link_by_anchor`.
pub(crate) async fn of_anchors(tx: &mut Tx, tenant: TenantId, anchors: &[String]) -> Result<Vec<ResolverLink>, Error> {
    let keys: Rows<1> = anchors.iter().map(|anchor| [anchor.as_str().into()]).collect();
    let sql = "SELECT link_id, anchor, link_type, target, title, languages, media_type, context, default_use,
                      created_at, changed_at
                 FROM resolver_link
                WHERE tenant_id = $1 AND anchor IN (…)
             ORDER BY link_id";
    tx.read_rows(sql, &[tenant.raw().into()], &keys).await?.iter().map(link_of).collect()
}

/// How many links an anchor has. Index: `resolver_link_by_anchor`.
pub(crate) async fn count(tx: &mut Tx, tenant: TenantId, anchor: &str) -> Result<i64, Error> {
    let sql = "SELECT COUNT(*)
                 FROM resolver_link
                WHERE tenant_id = $1 AND anchor = $2";
    tx.query_one(sql, &[tenant.raw().into(), anchor.into()]).await?.map_or(Ok(0), |row| row.int(0))
}

fn number_of_use(default_use: DefaultUse) -> i64 {
    match default_use {
        DefaultUse::No => 0,
        DefaultUse::Default => 1,
        DefaultUse::ByRequest => 2,
    }
}

fn link_of(row: &Row) -> Result<ResolverLink, Error> {
    let some = |text: String| (!text.is_empty()).then_some(text);
    Ok(ResolverLink {
        id: row.id(0)?,
        anchor: row.text(1)?,
        link_type: row.text(2)?,
        target: row.text(3)?,
        title: row.text(4)?,
        languages: row.text(5)?.split_whitespace().map(str::to_owned).collect(),
        media_type: some(row.text(6)?),
        context: some(row.text(7)?),
        default_use: match row.int(8)? {
            0 => DefaultUse::No,
            1 => DefaultUse::Default,
            2 => DefaultUse::ByRequest,
            other => return Err(unreadable("use as default", other)),
        },
        created_at: row.time(9)?,
        changed_at: row.time(10)?,
    })
}
