//! Statements about products.

use std::collections::HashSet;

use tallymark_base::TypedId as _;
use tallymark_base::id::{ProductId, TenantId};
use tallymark_codes::Gtin;
use tallymark_store::dimension::Page;
use tallymark_store::{Error, Row, Rows, Tx};

use super::{number, number_of, unreadable};
use crate::{Product, dimensions};

/// Saves a product; `false` when its SKU is taken.
pub(crate) async fn insert(tx: &mut Tx, tenant: TenantId, product: &Product) -> Result<bool, Error> {
    let sql = "INSERT INTO product (tenant_id, product_id, gtin, sku, name, created_at)
               VALUES ($1, $2, $3, $4, $5, $6)
               ON CONFLICT (tenant_id, sku) DO NOTHING";
    let values = [
        tenant.raw().into(),
        product.id.raw().into(),
        number(product.gtin.as_u64()),
        product.sku.as_str().into(),
        product.name.as_str().into(),
        product.created_at.into(),
    ];
    Ok(tx.execute(sql, &values).await? == 1)
}

/// Products after an id, in order of id.
pub(crate) async fn list(
    tx: &mut Tx,
    tenant: TenantId,
    after: Option<ProductId>,
    limit: i64,
) -> Result<Vec<Product>, Error> {
    let sql = "SELECT product_id, gtin, sku, name, created_at
                 FROM product
                WHERE tenant_id = $1 AND product_id > $2
             ORDER BY product_id
                LIMIT $3";
    let after = after.map_or(0, |id| id.raw());
    tx.query(sql, &[tenant.raw().into(), after.into(), limit.into()]).await?.iter().map(product_of).collect()
}

/// A product by its id.
pub(crate) async fn find(tx: &mut Tx, tenant: TenantId, id: ProductId) -> Result<Option<Product>, Error> {
    let sql = "SELECT product_id, gtin, sku, name, created_at
                 FROM product
                WHERE tenant_id = $1 AND product_id = $2";
    tx.query_one(sql, &[tenant.raw().into(), id.raw().into()]).await?.as_ref().map(product_of).transpose()
}

/// Those of `ids` that are products of the tenant.
pub(crate) async fn known(tx: &mut Tx, tenant: TenantId, ids: &[ProductId]) -> Result<HashSet<ProductId>, Error> {
    let keys: Rows<1> = ids.iter().map(|id| [id.raw().into()]).collect();
    let sql = "SELECT product_id
                 FROM product
                WHERE tenant_id = $1 AND product_id IN (…)";
    tx.read_rows(sql, &[tenant.raw().into()], &keys).await?.iter().map(|row| row.id(0)).collect()
}

fn product_of(row: &Row) -> Result<Product, Error> {
    let gtin = format!("{:014}", number_of(row, 1)?);
    Ok(Product {
        id: row.id(0)?,
        gtin: Gtin::parse(&gtin).map_err(|error| unreadable("GTIN", error))?,
        sku: row.text(2)?,
        name: row.text(3)?,
        created_at: row.time(4)?,
    })
}

/// Products of every tenant after a key, for the lake. Index: primary key.
pub(crate) async fn dimension(tx: &mut Tx, after: (i64, i64), limit: u32) -> Result<Page, Error> {
    let sql = "SELECT product_id, gtin, sku, name, created_at, tenant_id
                 FROM product
                WHERE tenant_id > $1 OR (tenant_id = $1 AND product_id > $2)
             ORDER BY tenant_id, product_id
                LIMIT $3";
    let mut page = Page::default();
    for row in tx.query(sql, &[after.0.into(), after.1.into(), i64::from(limit).into()]).await? {
        let Product { id, gtin, sku, name, created_at } = product_of(&row)?;
        let gtin = format!("{:014}", gtin.as_u64());
        page.push(row.int(5)?, id.raw(), created_at, &dimensions::Product { product: id, gtin, sku, name });
    }
    Ok(page)
}
