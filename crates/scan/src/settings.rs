//! What a tenant has set up, kept in memory: codes, campaigns, rebate rules, organisations.
//!
//! The revision in the database says when to read again; it is compared in the transaction of every batch.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use tallymark_base::id::{OrganisationId, PrizeId, TenantId};
use tallymark_base::seal::Key;
use tallymark_base::{TypedId, Unit};
use tallymark_campaigns::Campaign;
use tallymark_campaigns::rules::DRAW_PURPOSE;
use tallymark_goods::Catalog;
use tallymark_ledger::{AccountKey, Book};
use tallymark_partners::{OrganisationKind, organisation, tenant};
use tallymark_people::PeopleKeys;
use tallymark_settlement::RebateRule;
use tallymark_store::{Context, Tx, revision};

use crate::Error;

/// A running campaign with the secret that its draws come from.
#[derive(Debug)]
pub struct RunningCampaign {
    /// The campaign.
    pub campaign: Campaign,
    /// Its secret.
    pub secret: Key,
}

/// A tenant's settings as of one revision.
#[derive(Debug)]
pub struct Settings {
    /// The revision they were read at.
    pub revision: i64,
    /// The brand's name.
    pub brand: String,
    /// The zone in which its days begin.
    pub zone: jiff::tz::TimeZone,
    /// Codes, batches, products.
    pub catalog: Catalog,
    /// How people are looked up.
    pub people: PeopleKeys,
    /// Campaigns that run, oldest first.
    pub campaigns: Vec<RunningCampaign>,
    /// Rebate rules that run.
    pub rebates: Vec<RebateRule>,
    /// What each organisation is.
    pub kinds: HashMap<OrganisationId, OrganisationKind>,
}

impl Settings {
    /// Reads them.
    pub async fn read(tx: &mut Tx, context: &Context, id: TenantId, revision: i64) -> Result<Self, Error> {
        let internal = |what: &str| Error::Internal(format!("{what} of tenant {id} cannot be read"));
        let tenant = tenant::find(tx, &context.master, id).await?.ok_or_else(|| internal("the record"))?;
        let campaigns = tallymark_campaigns::active(tx, id)
            .await?
            .into_iter()
            .map(|campaign| RunningCampaign { secret: tenant.secret_for(DRAW_PURPOSE), campaign });
        let campaigns = campaigns.collect();
        let organisations = organisation::list(tx, id).await?;
        Ok(Self {
            revision,
            zone: tenant.time_zone().map_err(|_| internal("the time zone"))?,
            catalog: tallymark_goods::catalog(tx, id, &context.master).await?,
            people: PeopleKeys::new(&tenant),
            campaigns,
            rebates: tallymark_settlement::active(tx, id).await?,
            kinds: organisations.into_iter().map(|node| (node.id, node.kind)).collect(),
            brand: tenant.name,
        })
    }
}

impl Settings {
    /// Every budget and stock that a scan can spend from.
    pub fn finite_accounts(&self) -> Vec<AccountKey> {
        let of_campaign = |running: &RunningCampaign| {
            let campaign = &running.campaign;
            let stocks: Vec<AccountKey> =
                campaign.prizes.iter().filter_map(tallymark_campaigns::Prize::stock_account).collect();
            [campaign.budget(Unit::CNY), campaign.budget(Unit::POINTS)].into_iter().chain(stocks)
        };
        let of_rule = |rule: &RebateRule| AccountKey::new(rule.id.raw(), Book::Budget, Unit::CNY);
        self.campaigns.iter().flat_map(of_campaign).chain(self.rebates.iter().map(of_rule)).collect()
    }

    /// What winners read of a prize.
    pub fn prize_name(&self, id: PrizeId) -> Option<String> {
        let prizes = self.campaigns.iter().flat_map(|running| &running.campaign.prizes);
        prizes.into_iter().find(|prize| prize.id == id).map(|prize| prize.name.clone())
    }
}

/// The settings of all tenants this server has met. Cheap to clone; every clone sees the same.
#[derive(Debug, Clone, Default)]
pub struct AllSettings {
    by_tenant: Arc<RwLock<HashMap<TenantId, Arc<Settings>>>>,
}

impl AllSettings {
    /// The settings of `tenants`, as the transaction sees them.
    pub(crate) async fn current(
        &self,
        tx: &mut Tx,
        context: &Context,
        tenants: &[TenantId],
    ) -> Result<HashMap<TenantId, Arc<Settings>>, Error> {
        let raw: Vec<i64> = tenants.iter().map(|tenant| tenant.raw()).collect();
        let revisions = revision::current(tx, &raw).await?;
        let mut current = HashMap::with_capacity(tenants.len());
        for tenant in tenants {
            let revision = revisions[&tenant.raw()];
            let known = self.known(*tenant).filter(|settings| settings.revision == revision);
            let settings = match known {
                Some(settings) => settings,
                None => {
                    let settings = Arc::new(Settings::read(tx, context, *tenant, revision).await?);
                    let mut all = self.by_tenant.write().unwrap_or_else(PoisonError::into_inner);
                    all.insert(*tenant, settings.clone());
                    settings
                }
            };
            current.insert(*tenant, settings);
        }
        Ok(current)
    }

    /// The settings of a tenant as of now.
    pub async fn of(&self, context: &Context, tenant: TenantId) -> Result<Arc<Settings>, Error> {
        let mut tx = context.store.read().await?;
        let mut current = self.current(&mut tx, context, &[tenant]).await?;
        current.remove(&tenant).ok_or(Error::NotFound)
    }

    /// The settings that were read last, which a decision just made has used.
    pub fn known(&self, tenant: TenantId) -> Option<Arc<Settings>> {
        self.by_tenant.read().unwrap_or_else(PoisonError::into_inner).get(&tenant).cloned()
    }
}
