//! A brand with a product and a dealer.

use std::ops::RangeInclusive;

use tallymark_base::id::{BatchId, OrganisationId, ProductId, TenantId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_codes::{CodeLength, Level};
use tallymark_goods::{
    Activation, Association, Batch, Catalog, Done, Error, Faces, NewBatch, NewOperation, NewProduct, NewShipment,
    Product, Serials, Shipment, Unit, Voiding, batch, keys, product, record, ship,
};
use tallymark_partners::{NewOrganisation, NewTenant, OrganisationKind, organisation, tenant};
use tallymark_store::Migrations;
use tallymark_testkit::db::{TestDb, start};

pub(crate) const MIGRATIONS: [Migrations; 3] =
    [tallymark_partners::MIGRATIONS, tallymark_traces::MIGRATIONS, tallymark_goods::MIGRATIONS];

/// GS1's example of a GTIN-13.
pub(crate) const GTIN: &str = "6901234567892";

pub(crate) struct World {
    pub(crate) db: TestDb,
    pub(crate) tenant: TenantId,
    pub(crate) product: ProductId,
}

/// Runs a use case in a transaction of its own; commits when it succeeds.
macro_rules! committed {
    ($world:expr, |$tx:ident| $call:expr) => {{
        let mut $tx = $world.db.store.write().await?;
        let done = $call.await?;
        $tx.commit().await?;
        Ok(done)
    }};
}

impl World {
    pub(crate) async fn new(db: TestDb) -> Self {
        let mut world = Self { db, tenant: TenantId::from_raw(0), product: ProductId::from_raw(0) };
        world.tenant = world.new_tenant("brand.example").await;
        world.product = world.new_product("QL-330").await.unwrap().id;
        world
    }

    /// Another brand, with its first key.
    pub(crate) async fn new_tenant(&self, host: &str) -> TenantId {
        let db = &self.db;
        let mut tx = db.store.write().await.unwrap();
        let new = NewTenant { name: "青岚饮品".into(), hosts: vec![host.into()], zone: "Asia/Shanghai".into() };
        let made = tenant::create(&mut tx, &db.master, &*db.entropy, &db.ids, &*db.clock, new).await.unwrap();
        keys::rotate(&mut tx, made.id, &db.master, &*db.entropy).await.unwrap();
        tx.commit().await.unwrap();
        made.id
    }

    pub(crate) async fn new_product(&self, sku: &str) -> Result<Product, Error> {
        let new = NewProduct { gtin: GTIN.parse().unwrap(), sku: sku.into(), name: "青岚气泡水 330ml".into() };
        let db = &self.db;
        committed!(self, |tx| product::create(&mut tx, self.tenant, &db.ids, &*db.clock, new))
    }

    /// A root of the channel tree.
    pub(crate) async fn new_organisation(&self, code: &str) -> OrganisationId {
        let db = &self.db;
        let mut tx = db.store.write().await.unwrap();
        let new = NewOrganisation {
            parent: None,
            kind: OrganisationKind::Brand,
            name: code.into(),
            code: code.into(),
            adcode: None,
            territory: Vec::new(),
        };
        let made = organisation::create(&mut tx, self.tenant, &db.ids, &*db.clock, new).await.unwrap();
        tx.commit().await.unwrap();
        made.id
    }

    /// An order of outer and inner codes.
    pub(crate) fn order(&self, items: u64, items_per_case: u32, cases_per_pallet: u32) -> NewBatch {
        NewBatch {
            draft: false,
            profile: None,
            sscc: tallymark_goods::SsccUse::None,
            product: self.product,
            lot: "2026-07".into(),
            items,
            items_per_box: 0,
            items_per_case,
            cases_per_pallet,
            association: Association::ByRange,
            faces: Faces::OuterAndInner,
            length: CodeLength::STANDARD,
        }
    }

    pub(crate) async fn create(&self, new: NewBatch) -> Result<Batch, Error> {
        let db = &self.db;
        committed!(self, |tx| batch::create(&mut tx, self.tenant, &db.ids, &*db.clock, new))
    }

    pub(crate) async fn find(&self, id: BatchId) -> Option<Batch> {
        batch::find(&mut self.db.store.read().await.unwrap(), self.tenant, id).await.unwrap()
    }

    pub(crate) async fn activate(
        &self,
        id: BatchId,
        serials: Option<RangeInclusive<u64>>,
    ) -> Result<Activation, Error> {
        let db = &self.db;
        let serials = serials.map(serials_of);
        committed!(self, |tx| batch::activate(&mut tx, &db.context(), self.tenant, id, serials, start()))
    }

    pub(crate) async fn void(&self, id: BatchId, serials: RangeInclusive<u64>, reason: &str) -> Result<Voiding, Error> {
        let db = &self.db;
        let serials = serials_of(serials);
        committed!(self, |tx| batch::void(&mut tx, &db.context(), self.tenant, id, serials, reason, start()))
    }

    /// Does operations in one transaction.
    pub(crate) async fn record(
        &self,
        operations: Vec<(NewOperation, Timestamp)>,
    ) -> Result<Vec<Result<Done, Error>>, Error> {
        let db = &self.db;
        committed!(self, |tx| record(&mut tx, &db.context(), self.tenant, &operations))
    }

    pub(crate) async fn ship(&self, to: OrganisationId, units: Vec<Unit>) -> Result<Shipment, Error> {
        let db = &self.db;
        let new = NewShipment { to, from: None, units };
        committed!(self, |tx| ship(&mut tx, &db.context(), self.tenant, new, start()))
    }

    pub(crate) async fn catalog(&self) -> Catalog {
        self.catalog_of(self.tenant).await
    }

    pub(crate) async fn catalog_of(&self, tenant: TenantId) -> Catalog {
        let mut tx = self.db.store.read().await.unwrap();
        tallymark_goods::catalog(&mut tx, tenant, &self.db.master).await.unwrap()
    }

    /// What a count says.
    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        self.db.store.read().await.unwrap().query_one(sql, &[]).await.unwrap().unwrap().int(0).unwrap()
    }

    pub(crate) async fn revision(&self) -> i64 {
        let tenant = self.tenant.raw();
        let mut tx = self.db.store.read().await.unwrap();
        tallymark_store::revision::current(&mut tx, &[tenant]).await.unwrap()[&tenant]
    }

    /// The events of a type in the outbox, as JSON.
    pub(crate) async fn events(&self, event_type: &str) -> Vec<serde_json::Value> {
        let mut tx = self.db.store.read().await.unwrap();
        let bodies = tallymark_store::outbox::bodies(&mut tx, event_type, 0, 1_000).await.unwrap();
        let lines =
            bodies.iter().flat_map(|(_, body)| body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()));
        lines.map(|line| serde_json::from_slice(line).unwrap()).collect()
    }
}

pub(crate) fn serials_of(range: RangeInclusive<u64>) -> Serials {
    Serials::new(*range.start(), *range.end())
}

pub(crate) fn unit(batch: BatchId, level: Level, serials: RangeInclusive<u64>) -> Unit {
    Unit { batch, level, first_serial: *serials.start(), last_serial: *serials.end() }
}
