//! A brand with goods and a channel, for files of operations.

use sha2::{Digest as _, Sha256};
use tallymark_base::Timestamp;
use tallymark_base::id::{BatchId, OrganisationId};
use tallymark_codes::{CodeLength, Face, Host, Level};
use tallymark_goods::{
    Association, Catalog, Faces, NewBatch, NewCompanyPrefix, NewProduct, SsccUse, Unit, batch, keys, operations,
    pack_profiles, product, whereabouts,
};
use tallymark_imports::{Begun, File, FileMapping, Kind, Run, begin, carry_out};
use tallymark_partners::{NewOrganisation, OrganisationKind, organisation};
use tallymark_store::{Context, Migrations};
use tallymark_tables::Source;
use tallymark_testkit::db::TestDb;

use crate::world::World;

/// The tables that files of operations write.
pub(crate) const MIGRATIONS: [Migrations; 7] = [
    tallymark_partners::MIGRATIONS,
    tallymark_ledger::MIGRATIONS,
    tallymark_people::MIGRATIONS,
    tallymark_traces::MIGRATIONS,
    tallymark_goods::MIGRATIONS,
    tallymark_orders::MIGRATIONS,
    tallymark_imports::MIGRATIONS,
];

/// Cases of two bottles, ten of them on a pallet.
pub(crate) const CASES: u64 = 2_400;
/// GS1's example of a GTIN-13.
const GTIN: &str = "6901234567892";

pub(crate) struct Channel {
    pub(crate) world: World,
    pub(crate) batch: BatchId,
    /// A batch whose line packs.
    pub(crate) loose: BatchId,
    pub(crate) catalog: Catalog,
    pub(crate) east: OrganisationId,
    pub(crate) west: OrganisationId,
}

impl Channel {
    /// A brand with the dealers `D-E` (东城经销) and `D-W` (西城经销), each below a region, and two batches with SSCCs.
    pub(crate) async fn new(db: &TestDb) -> Self {
        let world = World::new(db).await;
        let Context { store, master, entropy, ids, clock, .. } = &world.context;
        let tenant = world.tenant;
        let mut tx = store.write().await.unwrap();
        keys::rotate(&mut tx, tenant, master, &**entropy).await.unwrap();
        let prefix = NewCompanyPrefix { prefix: "6901234".into(), extension: 0 };
        pack_profiles::set_company_prefix(&mut tx, tenant, &**clock, &prefix).await.unwrap();
        let new = NewProduct { gtin: GTIN.parse().unwrap(), sku: "QL".into(), name: "青岚气泡水".into() };
        let product = product::create(&mut tx, tenant, ids, &**clock, new).await.unwrap().id;
        let order = |association, items| NewBatch {
            draft: false,
            profile: None,
            sscc: SsccUse::CasesAndPallets,
            product,
            lot: "L1".into(),
            items,
            items_per_box: 0,
            items_per_case: 2,
            cases_per_pallet: 10,
            association,
            faces: Faces::Outer,
            length: CodeLength::STANDARD,
        };
        let printed = order(Association::ByRange, CASES * 2);
        let printed = batch::create(&mut tx, tenant, ids, &**clock, printed).await.unwrap().id;
        let loose = batch::create(&mut tx, tenant, ids, &**clock, order(Association::OnLine, 400)).await.unwrap().id;
        let mut made = Vec::new();
        for (parent, kind, code, name) in [
            (None, OrganisationKind::Brand, "HQ", "青岚总部"),
            (Some(0), OrganisationKind::Region, "R-E", "东区"),
            (Some(0), OrganisationKind::Region, "R-W", "西区"),
            (Some(1), OrganisationKind::Dealer, "D-E", "东城经销"),
            (Some(2), OrganisationKind::Dealer, "D-W", "西城经销"),
            (Some(1), OrganisationKind::Store, "S-1", "便利店"),
            (Some(2), OrganisationKind::Store, "S-2", "便利店"),
        ] {
            let parent = parent.map(|place: usize| made[place]);
            let new =
                NewOrganisation { parent, kind, name: name.into(), code: code.into(), adcode: None, territory: vec![] };
            made.push(organisation::create(&mut tx, tenant, ids, &**clock, new).await.unwrap().id);
        }
        let catalog = tallymark_goods::catalog(&mut tx, tenant, master).await.unwrap();
        tx.commit().await.unwrap();
        Self { batch: printed, loose, catalog, east: made[3], west: made[4], world }
    }

    /// The code of a case or a pallet, as it is printed.
    pub(crate) fn code(&self, level: Level, serial: u64) -> String {
        self.catalog.code(self.batch, level, Face::Outer, serial).unwrap().as_str().to_owned()
    }

    pub(crate) fn case(&self, serial: u64) -> String {
        self.code(Level::Case, serial)
    }

    pub(crate) fn loose(&self, level: Level, serial: u64) -> String {
        self.catalog.code(self.loose, level, Face::Outer, serial).unwrap().as_str().to_owned()
    }

    pub(crate) fn sscc(&self, level: Level, serial: u64) -> String {
        self.catalog.sscc(self.batch, level, serial).unwrap().to_string()
    }

    /// A code as its short link and as a GS1 Digital Link.
    pub(crate) fn links(&self, level: Level, serial: u64) -> [String; 2] {
        let code = self.catalog.code(self.batch, level, Face::Outer, serial).unwrap();
        let host = Host::parse("brand.example").unwrap();
        [host.short_link(&code), host.digital_link(GTIN.parse().unwrap(), &code)]
    }

    pub(crate) async fn begin(
        &self,
        bytes: &[u8],
        mapping: &FileMapping,
        within: Option<OrganisationId>,
        again: bool,
    ) -> Begun {
        let mut tx = self.world.context.store.write().await.unwrap();
        let sha256 = Sha256::digest(bytes).into();
        let file = File { name: "wms.csv", sha256, sheet: None, mapping, source: "wms", within, uploaded: None };
        let begun = begin(&mut tx, &self.world.context, self.world.act(), file, again).await.unwrap();
        tx.commit().await.unwrap();
        begun
    }

    pub(crate) async fn carried(&self, run: &Run, bytes: &[u8]) -> Run {
        let source = Source::Bytes(bytes.to_vec().into());
        carry_out(&self.world.context, self.world.tenant, run.id, &source, &mut |_| (), &|| false).await.unwrap()
    }

    /// Imports a file from beginning to end.
    pub(crate) async fn import(&self, text: &str, mapping: &FileMapping) -> Run {
        let begun = self.begin(text.as_bytes(), mapping, None, false).await;
        self.carried(begun.run(), text.as_bytes()).await
    }

    /// The same by a caller who is limited to a part of the channel tree.
    pub(crate) async fn import_within(&self, text: &str, mapping: &FileMapping, within: OrganisationId) -> Run {
        let begun = self.begin(text.as_bytes(), mapping, Some(within), false).await;
        self.carried(begun.run(), text.as_bytes()).await
    }

    /// Who holds a code, and the pack that it lies in.
    pub(crate) async fn held(
        &self,
        batch: BatchId,
        level: Level,
        serial: u64,
    ) -> (Option<OrganisationId>, Option<Unit>) {
        let mut tx = self.world.context.store.read().await.unwrap();
        let unit = Unit::one(batch, level, serial);
        let (held, packs) = whereabouts(&mut tx, self.world.tenant, unit, None).await.unwrap();
        (held.map(|held| held.organisation), packs.first().copied())
    }

    pub(crate) async fn holder(&self, case: u64) -> Option<OrganisationId> {
        self.held(self.batch, Level::Case, case).await.0
    }

    /// How many operations were recorded for the brand.
    pub(crate) async fn operations(&self) -> i64 {
        let mut tx = self.world.context.store.read().await.unwrap();
        operations::count(&mut tx, self.world.tenant, &operations::Filter::default()).await.unwrap()
    }

    /// The latest operations: kind, moment, and the first of their runs, in the sequence of their moments.
    pub(crate) async fn recorded(&self) -> Vec<(Timestamp, String, Option<OrganisationId>, Option<u64>, i64)> {
        let mut tx = self.world.context.store.read().await.unwrap();
        let filter = operations::Filter::default();
        let lines = operations::page(&mut tx, self.world.tenant, &filter, (None, None), 500).await.unwrap();
        lines
            .into_iter()
            .rev()
            .map(|line| {
                let kind = format!("{:?}", line.kind);
                (line.at, kind, line.organisation, line.unit.map(|unit| unit.first_serial), line.items)
            })
            .collect()
    }
}

pub(crate) fn mapping(json: &str) -> FileMapping {
    FileMapping::parse(Kind::Operations, json.as_bytes()).unwrap()
}
