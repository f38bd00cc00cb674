//! Statements about articles.

use std::collections::HashMap;

use tallymark_base::id::TenantId;
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::{Error, Rows, Tx};

use crate::Article;

/// The articles of some codes. Index: primary key.
pub(crate) async fn articles(
    tx: &mut Tx,
    tenant: TenantId,
    codes: impl Iterator<Item = &str>,
) -> Result<HashMap<String, Article>, Error> {
    let keys: Rows<1> = codes.map(|code| [code.into()]).collect();
    let sql = "SELECT code, name, department, category, brand FROM article WHERE tenant_id = $1 AND code IN (…)";
    let rows = tx.read_rows(sql, &[tenant.raw().into()], &keys).await?;
    rows.iter()
        .map(|row| {
            let article = Article {
                code: row.text(0)?,
                name: row.opt_text(1)?,
                department: row.opt_text(2)?,
                category: row.opt_text(3)?,
                brand: row.opt_text(4)?,
            };
            Ok((article.code.clone(), article))
        })
        .collect()
}

/// Keeps articles, each code once.
pub(crate) async fn put_articles(
    tx: &mut Tx,
    tenant: TenantId,
    articles: &[&Article],
    at: Timestamp,
) -> Result<(), Error> {
    let row = |article: &&Article| {
        [
            tenant.raw().into(),
            article.code.as_str().into(),
            article.name.clone().into(),
            article.department.clone().into(),
            article.category.clone().into(),
            article.brand.clone().into(),
            at.into(),
        ]
    };
    let rows: Rows<7> = articles.iter().map(row).collect();
    let sql = "INSERT INTO article (tenant_id, code, name, department, category, brand, changed_at) VALUES …
               ON CONFLICT (tenant_id, code) DO UPDATE SET
                   name = excluded.name, department = excluded.department, category = excluded.category,
                   brand = excluded.brand, changed_at = excluded.changed_at";
    tx.write_all_rows(sql, &[], &rows).await
}
