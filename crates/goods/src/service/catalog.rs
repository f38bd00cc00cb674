//! Loading what is needed to read codes.

use tallymark_base::id::TenantId;
use tallymark_base::seal::Key;
use tallymark_store::Tx;

use crate::service::keys;
use crate::store::{activation, batch, list, product, recall, sscc, trace};
use crate::{Catalog, Error, Recall, RecallNotice};

/// Loads a snapshot of the tenant's products and codes.
///
/// What refers to something is read before it, so that the snapshot is whole even where every statement sees its own
/// moment; what was committed meanwhile raised the revision.
pub async fn catalog(tx: &mut Tx, tenant: TenantId, master: &Key) -> Result<Catalog, Error> {
    let recalls = recall::all_standing(tx, tenant).await?;
    let activations = activation::all(tx, tenant).await?;
    let voids = activation::all_voids(tx, tenant).await?;
    let ssccs = sscc::all(tx, tenant).await?;
    let lists = list::all(tx, tenant).await?;
    let ranges = trace::all_places(tx, tenant).await?;
    let batches = batch::list(tx, tenant, None, i64::MAX).await?;
    let products = product::list(tx, tenant, None, i64::MAX).await?;
    let keys = keys::load(tx, tenant, master).await?;
    let mut catalog = Catalog::new(keys, products, batches, &ranges)?;
    for (batch, serials) in activations {
        catalog.push_active(batch, serials)?;
    }
    for range in ssccs {
        catalog.push_ssccs(range);
    }
    for list in lists {
        catalog.push_list(list)?;
    }
    for (batch, serials, reason) in voids {
        catalog.push_void(batch, serials, reason.into())?;
    }
    for Recall { id, texts, .. } in recalls {
        let runs = recall::runs(tx, tenant, id).await?;
        catalog.push_recall(RecallNotice { id, texts }, &runs);
    }
    Ok(catalog)
}
