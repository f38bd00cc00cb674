//! A brand with a product, a batch of 240 bottles in ten cases, a store, and a running campaign.

use std::sync::Arc;

use tallymark_base::Timestamp;
use tallymark_base::id::{BatchId, CampaignId, OrganisationId, TenantId};
use tallymark_campaigns::{Caps, NewCampaign, NewPrize, Reward, Status};
use tallymark_codes::{CodeLength, Face, Level};
use tallymark_goods::{Catalog, Faces, NewBatch, NewProduct, NewShipment, Unit, batch, keys, product};
use tallymark_partners::{NewOrganisation, NewTenant, OrganisationKind, organisation, tenant};
use tallymark_people::{Identifier, IdentifierKind};
use tallymark_scan::types::{Request, Scan};
use tallymark_scan::{Error, Options, Scanner, verify};
use tallymark_store::{Context, idempotency};
use tallymark_testkit::db::TestDb;

/// The world, and a scanner that runs on it.
pub(crate) struct World {
    pub(crate) db: TestDb,
    pub(crate) context: Context,
    pub(crate) tenant: TenantId,
    pub(crate) batch: BatchId,
    pub(crate) store: OrganisationId,
    pub(crate) scanner: Scanner,
    pub(crate) catalog: Catalog,
}

impl World {
    /// The brand with its goods, shipped to a store; no campaign yet.
    pub(crate) async fn new(db: TestDb) -> Self {
        let context = db.context();
        let (ids, clock) = (context.ids.clone(), context.clock.clone());
        let mut tx = context.store.write().await.unwrap();
        let new =
            NewTenant { name: "Spring".into(), hosts: vec!["spring.example".into()], zone: "Asia/Shanghai".into() };
        let brand = tenant::create(&mut tx, &context.master, &*context.entropy, &ids, &*clock, new).await.unwrap();
        keys::rotate(&mut tx, brand.id, &context.master, &*context.entropy).await.unwrap();
        let new = NewProduct { gtin: "06901234567892".parse().unwrap(), sku: "W500".into(), name: "Water".into() };
        let water = product::create(&mut tx, brand.id, &ids, &*clock, new).await.unwrap();
        let new = NewBatch {
            draft: false,
            profile: None,
            sscc: tallymark_goods::SsccUse::None,
            product: water.id,
            lot: "L1".into(),
            items: 240,
            items_per_case: 24,
            cases_per_pallet: 0,
            items_per_box: 0,
            association: tallymark_goods::Association::ByRange,
            faces: Faces::Outer,
            length: CodeLength::STANDARD,
        };
        let lot = batch::create(&mut tx, brand.id, &ids, &*clock, new).await.unwrap();
        batch::activate(&mut tx, &context, brand.id, lot.id, None, clock.now()).await.unwrap();
        let mut parent = None;
        for (kind, code) in
            [(OrganisationKind::Brand, "hq"), (OrganisationKind::Dealer, "d1"), (OrganisationKind::Store, "s1")]
        {
            let new =
                NewOrganisation { parent, kind, name: code.into(), code: code.into(), adcode: None, territory: vec![] };
            parent = Some(organisation::create(&mut tx, brand.id, &ids, &*clock, new).await.unwrap().id);
        }
        let unit = Unit { batch: lot.id, level: Level::Case, first_serial: 0, last_serial: 8 };
        let new = NewShipment { to: parent.unwrap(), from: None, units: vec![unit] };
        tallymark_goods::ship(&mut tx, &context, brand.id, new, clock.now()).await.unwrap();
        let catalog = tallymark_goods::catalog(&mut tx, brand.id, &context.master).await.unwrap();
        tx.commit().await.unwrap();
        let (scanner, _) = Scanner::start(context.clone(), Options::default());
        Self { db, context, tenant: brand.id, batch: lot.id, store: parent.unwrap(), scanner, catalog }
    }

    /// The world with one running campaign.
    pub(crate) async fn with_campaign(db: TestDb, change: impl FnOnce(&mut NewCampaign)) -> (Self, CampaignId) {
        let world = Self::new(db).await;
        let campaign = world.campaign(change).await;
        (world, campaign)
    }

    /// Starts a campaign: 88 fen for everyone out of 100 yuan, unless changed.
    pub(crate) async fn campaign(&self, change: impl FnOnce(&mut NewCampaign)) -> CampaignId {
        let now = self.context.clock.now();
        let mut new = NewCampaign {
            name: "Open".into(),
            starts: now,
            ends: Timestamp(now.0 + 30 * Timestamp::DAY),
            regions: vec![],
            products: vec![],
            batches: vec![],
            face: None,
            audience: Default::default(),
            caps: Caps::default(),
            budget_fen: 10_000,
            budget_points: 0,
            prizes: vec![prize("88 fen", 1, Reward::RedPacket { min_fen: 88, max_fen: 88 })],
            fallback: None,
        };
        change(&mut new);
        let mut tx = self.context.store.write().await.unwrap();
        let made = tallymark_campaigns::create(&mut tx, self.tenant, &self.context.ids, &*self.context.clock, new)
            .await
            .unwrap();
        tallymark_campaigns::set_status(&mut tx, self.tenant, (made.id, None), Status::Running).await.unwrap();
        tx.commit().await.unwrap();
        made.id
    }

    /// The text of an item's outer code.
    pub(crate) fn code(&self, serial: u64) -> String {
        self.catalog.code(self.batch, Level::Item, Face::Outer, serial).unwrap().as_str().to_owned()
    }

    /// A claim of an item by a device.
    pub(crate) fn claim(&self, serial: u64, device: u128) -> Request {
        self.request(&self.code(serial), device, true, &format!("claim {serial} {device}"))
    }

    /// A look at an item by a device.
    pub(crate) fn view(&self, serial: u64, device: u128) -> Request {
        let key = self.context.ids.next::<tallymark_base::id::EventId>(&*self.context.clock).unwrap();
        self.request(&self.code(serial), device, false, &key.to_string())
    }

    /// Any scan.
    pub(crate) fn request(&self, code: &str, device: u128, claim: bool, key: &str) -> Request {
        Request {
            tenant: self.tenant,
            key: idempotency::Key::new(tallymark_base::TypedId::raw(self.tenant), "test", key),
            body: idempotency::body_hash(key, format!("{code} {device} {claim}").as_bytes()),
            code: code.to_owned(),
            gtin: None,
            identifiers: vec![Identifier::parse(IdentifierKind::Device, &format!("{device:032x}")).unwrap()],
            place: None,
            claim,
            at: self.context.clock.now(),
        }
    }

    pub(crate) async fn scan(&self, request: Request) -> Arc<Scan> {
        self.scanner.scan(request).await.unwrap()
    }

    /// Sends many at once and waits for all.
    pub(crate) async fn scan_all(&self, requests: Vec<Request>) -> Vec<Result<Arc<Scan>, Error>> {
        let sent: Vec<_> = requests
            .into_iter()
            .map(|request| {
                let scanner = self.scanner.clone();
                tokio::spawn(async move { scanner.scan(request).await })
            })
            .collect();
        let mut answers = Vec::with_capacity(sent.len());
        for answer in sent {
            answers.push(answer.await.unwrap());
        }
        answers
    }

    /// `tallymark verify` finds nothing.
    pub(crate) async fn assert_books(&self) {
        assert_eq!(verify::discrepancies(&self.context.store).await.unwrap(), Vec::<String>::new());
    }
}

pub(crate) fn prize(name: &str, weight: u32, reward: Reward) -> NewPrize {
    NewPrize { name: name.into(), weight, stock: None, reward }
}
