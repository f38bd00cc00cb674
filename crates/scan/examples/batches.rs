//! How many scans a second the loop decides without HTTP, in full batches: first scans by known and new devices, with a
//! campaign and a rebate. `cargo run --release -p tallymark-scan --example batches [sqlite|postgres] [batches]`.
//!
//! For looking at one part of the path; the figures that count are those of `cargo xtask bench loop`.

use std::time::Duration;

use tallymark_base::id::{BatchId, TenantId};
use tallymark_base::time::SystemClock;
use tallymark_base::{Clock as _, Timestamp, TypedId as _};
use tallymark_campaigns::{Caps, NewCampaign, NewPrize, Reward, Status};
use tallymark_codes::{CodeLength, Face, Level};
use tallymark_goods::{Catalog, Faces, NewBatch, NewProduct, NewShipment, Unit, batch, keys, product};
use tallymark_partners::{NewOrganisation, NewTenant, OrganisationKind, organisation, tenant};
use tallymark_people::{Identifier, IdentifierKind};
use tallymark_scan::types::Request;
use tallymark_scan::{ALL_MIGRATIONS, Options, Scanner};
use tallymark_settlement::{NewRebateRule, Recipient};
use tallymark_store::{Context, Engine, Tx, idempotency};
use tallymark_testkit::db::TestDb;

const BATCH: u64 = 256;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let engine = if arguments.next().as_deref() == Some("postgres") { Engine::Postgres } else { Engine::Sqlite };
    let batches: u64 = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(100);
    let Some(db) = TestDb::on(engine, ALL_MIGRATIONS).await else { return };
    let context = db.context();
    let (brand, lot, catalog) = world(&context).await;
    measure(&context, batches, brand, lot, &catalog).await;
}

/// A brand with ten million items, two hundred stores, a campaign and a rebate.
async fn world(context: &Context) -> (TenantId, BatchId, Catalog) {
    let (ids, clock) = (context.ids.clone(), context.clock.clone());
    let mut tx = context.store.write().await.unwrap();
    let new = NewTenant { name: "Speed".into(), hosts: vec!["speed.example".into()], zone: "Asia/Shanghai".into() };
    let brand = tenant::create(&mut tx, &context.master, &*context.entropy, &ids, &*clock, new).await.unwrap();
    keys::rotate(&mut tx, brand.id, &context.master, &*context.entropy).await.unwrap();
    let new = NewProduct { gtin: "06901234567892".parse().unwrap(), sku: "S".into(), name: "S".into() };
    let product = product::create(&mut tx, brand.id, &ids, &*clock, new).await.unwrap();
    let new = NewBatch {
        draft: false,
        profile: None,
        sscc: tallymark_goods::SsccUse::None,
        product: product.id,
        lot: "L".into(),
        items: 10_000_000,
        items_per_case: 24,
        cases_per_pallet: 0,
        items_per_box: 0,
        association: tallymark_goods::Association::ByRange,
        faces: Faces::Outer,
        length: CodeLength::STANDARD,
    };
    let lot = batch::create(&mut tx, brand.id, &ids, &*clock, new).await.unwrap();
    batch::activate(&mut tx, context, brand.id, lot.id, None, clock.now()).await.unwrap();
    let organisation = |parent, kind, code: String| NewOrganisation {
        parent,
        kind,
        name: code.clone(),
        code,
        adcode: None,
        territory: vec![],
    };
    let top = organisation(None, OrganisationKind::Brand, "hq".into());
    let top = organisation::create(&mut tx, brand.id, &ids, &*clock, top).await.unwrap();
    for number in 0..200 {
        let store = organisation(Some(top.id), OrganisationKind::Store, format!("s{number}"));
        let store = organisation::create(&mut tx, brand.id, &ids, &*clock, store).await.unwrap();
        let first_serial = number * 2_000;
        let unit = Unit { batch: lot.id, level: Level::Case, first_serial, last_serial: first_serial + 1_999 };
        let new = NewShipment { to: store.id, from: None, units: vec![unit] };
        tallymark_goods::ship(&mut tx, context, brand.id, new, clock.now()).await.unwrap();
    }
    promotions(&mut tx, context, brand.id).await;
    let catalog = tallymark_goods::catalog(&mut tx, brand.id, &context.master).await.unwrap();
    tx.commit().await.unwrap();
    (brand.id, lot.id, catalog)
}

async fn promotions(tx: &mut Tx, context: &Context, brand: TenantId) {
    let (ids, clock) = (context.ids.clone(), context.clock.clone());
    let (starts, ends) = (clock.now(), Timestamp(clock.now().0 + Timestamp::DAY));
    let prize = |name: &str, weight, reward| NewPrize { name: name.into(), weight, stock: None, reward };
    let new = NewCampaign {
        name: "C".into(),
        starts,
        ends,
        regions: vec![],
        products: vec![],
        batches: vec![],
        face: None,
        audience: Default::default(),
        caps: Caps { per_person: Some(1_000), ..Caps::default() },
        budget_fen: 1_000_000_000,
        budget_points: 1_000_000_000,
        prizes: vec![
            prize("cash", 3, Reward::RedPacket { min_fen: 30, max_fen: 200 }),
            prize("points", 5, Reward::Points { points: 10 }),
            prize("blank", 2, Reward::Nothing),
        ],
        fallback: None,
    };
    let campaign = tallymark_campaigns::create(tx, brand, &ids, &*clock, new).await.unwrap();
    tallymark_campaigns::set_status(tx, brand, (campaign.id, None), Status::Running).await.unwrap();
    let new = NewRebateRule {
        name: "R".into(),
        products: vec![],
        starts,
        ends,
        amount_fen: 5,
        to: Recipient::Store,
        budget_fen: 1_000_000_000,
    };
    let rule = tallymark_settlement::create(tx, brand, &ids, &*clock, new).await.unwrap();
    tallymark_settlement::set_status(tx, brand, rule.id, tallymark_settlement::Status::Running).await.unwrap();
}

async fn measure(context: &Context, batches: u64, brand: TenantId, lot: BatchId, catalog: &Catalog) {
    let clock = context.clock.clone();
    let request = |number: u64| {
        // Spread over the whole batch, each item once; 30 % of the devices are new.
        let serial = number.wrapping_mul(6_364_137) % 9_600_000;
        let code = catalog.code(lot, Level::Item, Face::Outer, serial).unwrap().as_str().to_owned();
        let device = if number % 10 < 3 { u128::from(number) + 1_000_000 } else { u128::from(number * 7_919 % 20_000) };
        Request {
            tenant: brand,
            key: idempotency::Key::new(brand.raw(), "speed", &number.to_string()),
            body: idempotency::body_hash("", code.as_bytes()),
            code,
            gtin: None,
            identifiers: vec![Identifier::parse(IdentifierKind::Device, &format!("{device:032x}")).unwrap()],
            place: None,
            claim: true,
            at: clock.now(),
        }
    };
    let (scanner, _) = Scanner::start(context.clone(), Options::default());
    let stopwatch = SystemClock::new();
    let mut spent = Duration::ZERO;
    for round in 0..batches {
        let requests: Vec<Request> = (0..BATCH).map(|n| request(round * BATCH + n)).collect();
        let begun = stopwatch.elapsed();
        let sent: Vec<_> = requests
            .into_iter()
            .map(|request| {
                let scanner = scanner.clone();
                tokio::spawn(async move { scanner.scan(request).await })
            })
            .collect();
        for answer in sent {
            answer.await.unwrap().unwrap();
        }
        if round >= batches / 5 {
            spent += stopwatch.elapsed() - begun;
        }
    }
    let counted = (batches - batches / 5) * BATCH;
    println!("figure scan_engine_per_s {:.0} scans/s", counted as f64 / spent.as_secs_f64());
}
