//! Statements about articles.

use std::collections::HashMap;

use tallymark_base::id::TenantId;
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::{Error, Row, Rows, Tx};

use crate::Article;
use crate::service::articles::Wanted;

/// The articles of some codes. Index: primary key.
pub(crate) async fn articles(
    tx: &mut Tx,
    tenant: TenantId,
    codes: impl Iterator<Item = &str>,
) -> Result<HashMap<String, Article>, Error> {
    let keys: Rows<1> = codes.map(|code| [code.into()]).collect();
    let sql = "SELECT code, name, department, category, brand FROM article WHERE tenant_id = $1 AND code IN (…)";
    let rows = tx.read_rows(sql, &[tenant.raw().into()], &keys).await?;
    rows.iter().map(|row| article_of(row).map(|article| (article.code.clone(), article))).collect()
}

/// Articles by their codes in ascending order, after one. What is looked for is found in any case of letters, beyond ASCII at least
/// as it is written. Index: primary key; where few articles are wanted all of the tenant's are read.
pub(crate) async fn list_articles(
    tx: &mut Tx,
    tenant: TenantId,
    wanted: &Wanted,
    limit: usize,
) -> Result<Vec<Article>, Error> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let search = wanted.search.as_deref().map(str::trim).filter(|search| !search.is_empty());
    let pattern = search.map(anywhere).unwrap_or_default();
    let sql = "SELECT code, name, department, category, brand
                 FROM article
                WHERE tenant_id = $1
                  AND code > $2
                  AND ($3 = '' OR LOWER(code) LIKE $3 ESCAPE '!' OR LOWER(COALESCE(name, '')) LIKE $3 ESCAPE '!'
                       OR COALESCE(name, '') LIKE $4 ESCAPE '!')
                  AND ($5 = '' OR department = $5)
                  AND ($6 = '' OR brand = $6)
             ORDER BY code
                LIMIT $7";
    let values = [
        tenant.raw().into(),
        text(&wanted.after).into(),
        pattern.to_lowercase().into(),
        pattern.into(),
        text(&wanted.department).into(),
        text(&wanted.brand).into(),
        i64::try_from(limit).unwrap_or(i64::MAX).into(),
    ];
    tx.query(sql, &values).await?.iter().map(article_of).collect()
}

/// A pattern of LIKE for texts that hold another one, whose own signs mean themselves.
fn anywhere(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for sign in text.chars() {
        if matches!(sign, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(sign);
    }
    pattern.push('%');
    pattern
}

fn article_of(row: &Row) -> Result<Article, Error> {
    Ok(Article {
        code: row.text(0)?,
        name: row.opt_text(1)?,
        department: row.opt_text(2)?,
        category: row.opt_text(3)?,
        brand: row.opt_text(4)?,
    })
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
