//! Making products known.

use tallymark_base::id::{IdSource, ProductId, TenantId};
use tallymark_base::{Clock, TypedId as _};
use tallymark_store::{Tx, revision};

use crate::rules::text;
use crate::store::product as store;
use crate::{Error, NewProduct, Product};

/// Makes a product known.
pub async fn create(
    tx: &mut Tx,
    tenant: TenantId,
    ids: &IdSource,
    clock: &dyn Clock,
    new: NewProduct,
) -> Result<Product, Error> {
    text::check("sku", &new.sku, text::LABEL_MAX)?;
    text::check("name", &new.name, text::NAME_MAX)?;
    let id: ProductId = ids.next(clock)?;
    let product = Product { id, gtin: new.gtin, sku: new.sku, name: new.name, created_at: clock.now() };
    if !store::insert(tx, tenant, &product).await? {
        return Err(Error::SkuTaken { sku: product.sku });
    }
    revision::raise(tx, tenant.raw()).await?;
    Ok(product)
}

/// Products after `after` (none: from the start), oldest first, at most `limit`.
pub async fn list(tx: &mut Tx, tenant: TenantId, after: Option<ProductId>, limit: i64) -> Result<Vec<Product>, Error> {
    Ok(store::list(tx, tenant, after, limit).await?)
}

/// One product.
pub async fn find(tx: &mut Tx, tenant: TenantId, id: ProductId) -> Result<Option<Product>, Error> {
    Ok(store::find(tx, tenant, id).await?)
}

/// The first of `ids` that is no product of the tenant: for those who keep a list of them.
pub async fn first_unknown(
    tx: &mut Tx,
    tenant: TenantId,
    ids: &[ProductId],
) -> Result<Option<ProductId>, tallymark_store::Error> {
    let known = store::known(tx, tenant, ids).await?;
    Ok(ids.iter().copied().find(|id| !known.contains(id)))
}
