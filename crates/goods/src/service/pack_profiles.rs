//! How products are usually packed, and under which numbers their packs go.

use tallymark_base::id::{IdSource, PackProfileId, ProductId, TenantId};
use tallymark_base::{Clock, Timestamp};
use tallymark_codes::{Level, SsccSeries};
use tallymark_store::Tx;

use crate::rules::text;
use crate::store::sscc::SsccRange;
use crate::store::{pack_profile as store, product, sscc};
use crate::{Batch, CompanyPrefix, Error, NewBatch, NewCompanyPrefix, NewPackProfile, PackError, PackProfile, SsccUse};

/// Most profiles of a product.
pub const PROFILES_MAX: i64 = 100;

/// Makes a profile.
pub async fn create(
    tx: &mut Tx,
    tenant: TenantId,
    ids: &IdSource,
    clock: &dyn Clock,
    of: ProductId,
    new: NewPackProfile,
) -> Result<PackProfile, Error> {
    product::find(tx, tenant, of).await?.ok_or(Error::ProductNotFound { product: of })?;
    let now = clock.now();
    let profile = profile_of(ids.next(clock)?, of, new, (now, now))?;
    if store::count(tx, tenant, of).await? >= PROFILES_MAX {
        return Err(PackError::TooManyProfiles { max: PROFILES_MAX }.into());
    }
    if !store::insert(tx, tenant, &profile).await? {
        return Err(PackError::ProfileNameTaken { name: profile.name }.into());
    }
    Ok(profile)
}

/// Changes a profile; gives it as it was and as it is. Batches that were ordered by it stay as they are.
pub async fn change(
    tx: &mut Tx,
    tenant: TenantId,
    clock: &dyn Clock,
    id: PackProfileId,
    new: NewPackProfile,
) -> Result<(PackProfile, PackProfile), Error> {
    let before = found(tx, tenant, id).await?;
    let after = profile_of(id, before.product, new, (before.created_at, clock.now()))?;
    if !store::update(tx, tenant, &after).await? {
        return Err(PackError::ProfileNameTaken { name: after.name }.into());
    }
    Ok((before, after))
}

/// Removes a profile; gives what it was. Batches that were ordered by it stay as they are.
pub async fn remove(tx: &mut Tx, tenant: TenantId, id: PackProfileId) -> Result<PackProfile, Error> {
    let before = found(tx, tenant, id).await?;
    store::delete(tx, tenant, id).await?;
    Ok(before)
}

/// The profiles of a product, by name.
pub async fn of_product(tx: &mut Tx, tenant: TenantId, of: ProductId) -> Result<Vec<PackProfile>, Error> {
    product::find(tx, tenant, of).await?.ok_or(Error::ProductNotFound { product: of })?;
    Ok(store::of_product(tx, tenant, of, PROFILES_MAX).await?)
}

async fn found(tx: &mut Tx, tenant: TenantId, id: PackProfileId) -> Result<PackProfile, Error> {
    Ok(store::find(tx, tenant, id).await?.ok_or(PackError::ProfileNotFound { profile: id })?)
}

fn profile_of(
    id: PackProfileId,
    product: ProductId,
    new: NewPackProfile,
    (created_at, changed_at): (Timestamp, Timestamp),
) -> Result<PackProfile, Error> {
    text::check("name", &new.name, text::NAME_MAX)?;
    let NewPackProfile { name, items_per_box, items_per_case, cases_per_pallet, association, faces, sscc } = new;
    let profile = PackProfile {
        id,
        product,
        name,
        items_per_box,
        items_per_case,
        cases_per_pallet,
        association,
        faces,
        sscc,
        created_at,
        changed_at,
    };
    profile.packing(1).check()?;
    check_numbered(sscc, items_per_case, cases_per_pallet)?;
    Ok(profile)
}

/// Only packs that there are bear SSCCs.
pub(crate) fn check_numbered(sscc: SsccUse, items_per_case: u32, cases_per_pallet: u32) -> Result<(), Error> {
    for (level, size) in [(Level::Pallet, cases_per_pallet), (Level::Case, items_per_case)] {
        if sscc.includes(level) && size == 0 {
            return Err(PackError::NothingToNumber { level }.into());
        }
    }
    Ok(())
}

/// The order with the numbers of its profile, where it names one.
pub(crate) async fn filled_in(tx: &mut Tx, tenant: TenantId, new: NewBatch) -> Result<NewBatch, Error> {
    let Some(id) = new.profile else { return Ok(new) };
    let has_numbers = new.items_per_box > 0 || new.items_per_case > 0 || new.cases_per_pallet > 0;
    if has_numbers
        || new.association != Default::default()
        || new.faces != Default::default()
        || new.sscc != SsccUse::None
    {
        return Err(PackError::ProfileAndNumbers.into());
    }
    let profile = found(tx, tenant, id).await?;
    if profile.product != new.product {
        return Err(PackError::ProfileOfOther { profile: id, product: new.product }.into());
    }
    Ok(NewBatch {
        items_per_box: profile.items_per_box,
        items_per_case: profile.items_per_case,
        cases_per_pallet: profile.cases_per_pallet,
        association: profile.association,
        faces: profile.faces,
        sscc: profile.sscc,
        ..new
    })
}

/// Gives the packs of a batch their SSCCs: those of a level follow each other.
pub(crate) async fn number_packs(tx: &mut Tx, tenant: TenantId, batch: &Batch) -> Result<(), Error> {
    let packing = batch.packing();
    for level in Level::ALL.into_iter().filter(|level| batch.sscc.includes(*level)) {
        let codes = packing.count(level);
        let (series, _) = sscc::current(tx, tenant).await?.ok_or(PackError::NoCompanyPrefix)?;
        let first = sscc::take(tx, tenant, &series, codes).await?;
        if first + codes > series.capacity() {
            let left = series.capacity().saturating_sub(first);
            return Err(PackError::SsccsExhausted { needed: codes, left }.into());
        }
        let first = series.sscc(first).ok_or(PackError::SsccsExhausted { needed: codes, left: 0 })?;
        sscc::insert_range(tx, tenant, &SsccRange { first, batch: batch.id, level, codes }).await?;
    }
    Ok(())
}

/// Says under which numbers SSCCs are given out from here on. Those that were given out stay.
pub async fn set_company_prefix(
    tx: &mut Tx,
    tenant: TenantId,
    clock: &dyn Clock,
    new: &NewCompanyPrefix,
) -> Result<CompanyPrefix, Error> {
    let series = SsccSeries::new(&new.prefix, new.extension).map_err(PackError::from)?;
    sscc::choose(tx, tenant, &series, clock.now()).await?;
    company_prefix(tx, tenant).await?.ok_or_else(|| PackError::NoCompanyPrefix.into())
}

/// Under which numbers SSCCs are given out; none where that was never said.
pub async fn company_prefix(tx: &mut Tx, tenant: TenantId) -> Result<Option<CompanyPrefix>, Error> {
    let current = sscc::current(tx, tenant).await?;
    Ok(current.map(|(series, given)| CompanyPrefix {
        prefix: series.prefix().to_owned(),
        extension: series.extension(),
        given,
        left: series.capacity().saturating_sub(given),
    }))
}
