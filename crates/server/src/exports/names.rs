//! What is called how: products, batches and organisations by their ids, as they were when the export began.

use std::collections::HashMap;

use tallymark_base::id::{BatchId, OrganisationId, ProductId, TenantId};
use tallymark_exports::Cell;
use tallymark_goods::{batch, product};
use tallymark_partners::organisation;
use tallymark_store::Tx;

use super::{Error, Locale, of_source};

/// Products, batches and organisations whose names are shown; of those beyond only the id is.
const NAMED_MAX: i64 = 100_000;

/// The names, and the language of other words.
#[derive(Debug)]
pub(super) struct Names {
    pub(super) locale: Locale,
    /// SKU and name.
    pub(super) products: HashMap<ProductId, (String, String)>,
    /// Lots.
    pub(super) batches: HashMap<BatchId, String>,
    /// Code and name.
    pub(super) organisations: HashMap<OrganisationId, (String, String)>,
}

impl Names {
    /// Those of goods.
    pub(super) async fn of_goods(tx: &mut Tx, tenant: TenantId, locale: Locale) -> Result<Self, Error> {
        let products = product::list(tx, tenant, None, NAMED_MAX).await.map_err(of_source)?;
        let batches = batch::list(tx, tenant, None, NAMED_MAX).await.map_err(of_source)?;
        Ok(Self {
            locale,
            products: products.into_iter().map(|one| (one.id, (one.sku, one.name))).collect(),
            batches: batches.into_iter().map(|one| (one.id, one.lot)).collect(),
            organisations: HashMap::new(),
        })
    }

    /// Those of goods and of the channel.
    pub(super) async fn of_trace(tx: &mut Tx, tenant: TenantId, locale: Locale) -> Result<Self, Error> {
        let channel = Self::of_channel(tx, tenant, locale).await?;
        Ok(Self { organisations: channel.organisations, ..Self::of_goods(tx, tenant, locale).await? })
    }

    /// An organisation's code and name; where there is none, that the brand itself has the goods.
    pub(super) fn code(&self, organisation: Option<OrganisationId>) -> Cell {
        Cell::shown(organisation.and_then(|id| self.organisations.get(&id)).map(|(code, _)| code))
    }

    /// An organisation's name; the brand's where there is none.
    pub(super) fn name(&self, organisation: Option<OrganisationId>) -> Cell {
        match organisation {
            None => Cell::text(self.locale.word("品牌自己", "The brand itself")),
            Some(id) => Cell::shown(self.organisations.get(&id).map(|(_, name)| name)),
        }
    }

    /// The lot of a batch.
    pub(super) fn lot(&self, batch: BatchId) -> Cell {
        Cell::shown(self.batches.get(&batch))
    }

    /// Those of the channel.
    pub(super) async fn of_channel(tx: &mut Tx, tenant: TenantId, locale: Locale) -> Result<Self, Error> {
        let all = organisation::list(tx, tenant).await.map_err(of_source)?;
        Ok(Self {
            locale,
            products: HashMap::new(),
            batches: HashMap::new(),
            organisations: all.into_iter().map(|one| (one.id, (one.code, one.name))).collect(),
        })
    }
}
