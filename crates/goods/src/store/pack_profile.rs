//! Statements about pack profiles.

use tallymark_base::TypedId as _;
use tallymark_base::id::{PackProfileId, ProductId, TenantId};
use tallymark_store::{Error, Row, Tx};

use super::batch::{association_of, faces_of};
use super::unreadable;
use crate::{PackProfile, SsccUse};

/// Saves a profile; `false` when the product has one of the name.
pub(crate) async fn insert(tx: &mut Tx, tenant: TenantId, profile: &PackProfile) -> Result<bool, Error> {
    let sql = "INSERT INTO pack_profile (tenant_id, profile_id, product_id, name, items_per_box, items_per_case,
                                         cases_per_pallet, association, faces, sscc, created_at, changed_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
               ON CONFLICT (tenant_id, product_id, name) DO NOTHING";
    let values = [
        tenant.raw().into(),
        profile.id.raw().into(),
        profile.product.raw().into(),
        profile.name.as_str().into(),
        i64::from(profile.items_per_box).into(),
        i64::from(profile.items_per_case).into(),
        i64::from(profile.cases_per_pallet).into(),
        profile.association.number().into(),
        profile.faces.number().into(),
        profile.sscc.number().into(),
        profile.created_at.into(),
        profile.changed_at.into(),
    ];
    Ok(tx.execute(sql, &values).await? == 1)
}

/// Saves what a profile becomes; `false` when another of the product has the name.
pub(crate) async fn update(tx: &mut Tx, tenant: TenantId, profile: &PackProfile) -> Result<bool, Error> {
    let sql = "UPDATE pack_profile
                  SET name = $3, items_per_box = $4, items_per_case = $5, cases_per_pallet = $6, association = $7,
                      faces = $8, sscc = $9, changed_at = $10
                WHERE tenant_id = $1 AND profile_id = $2
                  AND NOT EXISTS (SELECT 1
                                    FROM pack_profile o
                                   WHERE o.tenant_id = $1 AND o.product_id = $11 AND o.name = $3 AND o.profile_id <> $2)";
    let values = [
        tenant.raw().into(),
        profile.id.raw().into(),
        profile.name.as_str().into(),
        i64::from(profile.items_per_box).into(),
        i64::from(profile.items_per_case).into(),
        i64::from(profile.cases_per_pallet).into(),
        profile.association.number().into(),
        profile.faces.number().into(),
        profile.sscc.number().into(),
        profile.changed_at.into(),
        profile.product.raw().into(),
    ];
    Ok(tx.execute(sql, &values).await? == 1)
}

/// Removes a profile.
pub(crate) async fn delete(tx: &mut Tx, tenant: TenantId, id: PackProfileId) -> Result<(), Error> {
    let sql = "DELETE FROM pack_profile
                WHERE tenant_id = $1 AND profile_id = $2";
    tx.execute(sql, &[tenant.raw().into(), id.raw().into()]).await.map(drop)
}

/// How many profiles a product has. Index: the unique key on names.
pub(crate) async fn count(tx: &mut Tx, tenant: TenantId, product: ProductId) -> Result<i64, Error> {
    let sql = "SELECT COUNT(*)
                 FROM pack_profile
                WHERE tenant_id = $1 AND product_id = $2";
    let row = tx.query_one(sql, &[tenant.raw().into(), product.raw().into()]).await?;
    row.map_or(Ok(0), |row| row.int(0))
}

/// A profile by its id.
pub(crate) async fn find(tx: &mut Tx, tenant: TenantId, id: PackProfileId) -> Result<Option<PackProfile>, Error> {
    let sql =
        "SELECT profile_id, product_id, name, items_per_box, items_per_case, cases_per_pallet, association, faces,
                      sscc, created_at, changed_at
                 FROM pack_profile
                WHERE tenant_id = $1 AND profile_id = $2";
    tx.query_one(sql, &[tenant.raw().into(), id.raw().into()]).await?.as_ref().map(profile_of).transpose()
}

/// The profiles of a product, by name. Index: the unique key on names.
pub(crate) async fn of_product(
    tx: &mut Tx,
    tenant: TenantId,
    product: ProductId,
    limit: i64,
) -> Result<Vec<PackProfile>, Error> {
    let sql =
        "SELECT profile_id, product_id, name, items_per_box, items_per_case, cases_per_pallet, association, faces,
                      sscc, created_at, changed_at
                 FROM pack_profile
                WHERE tenant_id = $1 AND product_id = $2
             ORDER BY name
                LIMIT $3";
    let values = [tenant.raw().into(), product.raw().into(), limit.into()];
    tx.query(sql, &values).await?.iter().map(profile_of).collect()
}

fn profile_of(row: &Row) -> Result<PackProfile, Error> {
    let pack = |column: usize| -> Result<u32, Error> {
        let size = row.int(column)?;
        u32::try_from(size).map_err(|_| unreadable("pack of", size))
    };
    let sscc = row.int(8)?;
    Ok(PackProfile {
        id: row.id(0)?,
        product: row.id(1)?,
        name: row.text(2)?,
        items_per_box: pack(3)?,
        items_per_case: pack(4)?,
        cases_per_pallet: pack(5)?,
        association: association_of(row.int(6)?)?,
        faces: faces_of(row.int(7)?)?,
        sscc: SsccUse::from_number(sscc).ok_or_else(|| unreadable("sscc", sscc))?,
        created_at: row.time(9)?,
        changed_at: row.time(10)?,
    })
}
