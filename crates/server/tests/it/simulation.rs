//! A server that plays the past: who may say what time it is, in which order requests are decided, and that the same seed
//! is the same world.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};
use tallymark_base::id::{BatchId, TenantId};
use tallymark_base::{Clock as _, Fault as _, Timestamp, TypedId as _};
use tallymark_codes::Level;
use tallymark_goods::Unit;
use tallymark_intake::Intake;
use tallymark_partners::NewTenant;
use tallymark_scan::{Options, Scanner};
use tallymark_server::simulation::Simulation;
use tallymark_server::{App, Network, Outside, OutsideOptions, Plan, Running};
use tallymark_sim::world::{self, Played, Shape, Target};
use tallymark_store::node::Lease;
use tallymark_testkit::both_engines;
use tallymark_testkit::db::TestDb;
use tokio::net::TcpListener;

use crate::world::{Got, World};

const START: &str = "2026-01-31T12:00:00Z";
const HEADERS: [(&str, &str); 3] = [
    ("tallymark-sim-number", "1"),
    ("tallymark-sim-time", "2026-02-01T00:00:00Z"),
    ("tallymark-sim-address", "198.18.0.1"),
];

fn brand() -> NewTenant {
    NewTenant { name: "清泉".into(), hosts: vec!["127.0.0.1".into()], zone: "Asia/Shanghai".into() }
}

/// A simulation in the process, asked through its router.
async fn simulated(db: TestDb) -> World {
    let context = db.context();
    let simulation = Arc::new(Simulation::open(&context, 7, 1).await.unwrap());
    let made = simulation.create(&context, brand(), START.parse().unwrap()).await.unwrap();
    let seen = simulation.context(&context);
    let (scanner, _) = Scanner::start(seen.clone(), Options::default());
    let (intake, _) = Intake::start(seen.clone());
    let outside = Outside::open(OutsideOptions::default()).unwrap();
    let network = Network::default();
    let router = App::new(seen.clone(), scanner, (intake, crate::world::traces(&seen)), network, outside, None)
        .simulated_router(network, simulation);
    World { db: Arc::new(db), context, router, owner: made.key, batch: String::new() }
}

/// A request with these headers; the body is a product's.
async fn product(world: &World, key: &str, place: u64, headers: &[(&str, &str)]) -> Got {
    let gtin =
        ["6901234000016", "6901234000023", "6901234000030", "6901234000047", "6901234000054"][place as usize % 5];
    let body = json!({"gtin": gtin, "sku": format!("S{place}"), "name": "Water"});
    let mut request = Request::post("/v1/products")
        .header("idempotency-key", format!("k{place}"))
        .header(header::CONTENT_TYPE, "application/json");
    if !key.is_empty() {
        request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    world.send(request.body(Body::from(body.to_string())).unwrap()).await
}

/// A product by request `number`, at so many seconds of February.
async fn numbered(world: &World, number: u64, seconds: i64) -> Got {
    let at = Timestamp(Timestamp::DAY * 20_485 + seconds * Timestamp::SECOND).to_string();
    let number_text = number.to_string();
    let headers = [("tallymark-sim-number", number_text.as_str()), ("tallymark-sim-time", at.as_str())];
    product(world, &world.owner, number, &headers).await
}

/// A running simulation, as `tallymark serve --sim` starts one.
struct Stage {
    running: Running,
    lease: Arc<Lease>,
    target: Target,
}

impl Stage {
    /// The brand is made where there is none.
    async fn of(db: &TestDb, seed: u64, folder: &Path) -> Self {
        let context = db.context();
        let key_file = folder.join("key");
        let first = world::next_number(folder).unwrap();
        let simulation = Simulation::open(&context, seed, first).await.unwrap();
        if !key_file.exists() {
            let at = Timestamp(world::begins(&Shape::tiny(seed)).as_microsecond() - 60 * Timestamp::SECOND);
            std::fs::write(&key_file, simulation.create(&context, brand(), at).await.unwrap().key).unwrap();
        }
        let lease = Arc::new(Lease::take(&db.store, &*db.clock, &*db.entropy).await.unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let outside = Outside::open(OutsideOptions::default()).unwrap();
        let (network, options, simulation) = (Network::default(), Options::default(), Some(Arc::new(simulation)));
        let plan = Plan { context, lease: lease.clone(), network, outside, options, lake: None, simulation };
        let running = tallymark_server::start(listener, plan).unwrap();
        let api_key = std::fs::read_to_string(key_file).unwrap();
        let target = Target { address: running.address, host: "127.0.0.1".into(), api_key };
        Self { running, lease, target }
    }

    async fn play(&self, seed: u64, connections: usize, folder: &Path, stop_before: Option<u64>) -> Played {
        let options = world::Options { shape: Shape::tiny(seed), connections, folder: folder.to_owned(), stop_before };
        world::play(&self.target, &options, |_| {}).await.unwrap()
    }
}

/// The digest of a tiny world on a new SQLite database.
async fn digest_of(seed: u64, connections: usize) -> String {
    let folder = tempfile::tempdir().unwrap();
    let db = TestDb::on(tallymark_store::Engine::Sqlite, &tallymark_server::migrations()).await.unwrap();
    Stage::of(&db, seed, folder.path()).await.play(seed, connections, folder.path(), None).await;
    world::digest(&db.store).await.unwrap()
}

/// The lines of a file of the truth, without its head.
fn truth(folder: &Path, file: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(folder.join("truth").join(file)).unwrap();
    text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

async fn rows(db: &TestDb, sql: &'static str) -> Vec<(i64, i64, i64, String)> {
    let mut tx = db.store.read().await.unwrap();
    let rows = tx.query(sql, &[]).await.unwrap();
    rows.iter()
        .map(|row| (row.int(0).unwrap(), row.int(1).unwrap(), row.int(2).unwrap(), row.text(3).unwrap()))
        .collect()
}

both_engines! { tallymark_server::migrations();
    async fn a_server_in_earnest_takes_no_number_no_moment_and_no_address(db: TestDb) {
        let world = World::new(db).await;
        for header in HEADERS {
            let got = product(&world, &world.owner, 1, &[header]).await;
            assert_eq!(got.problem(), (422, "simulation.none".into()), "{header:?}");
            let page = Request::get("/C/0123456789ABCDEF").header("host", "spring.example").header(header.0, header.1);
            assert_eq!(world.send(page.body(Body::empty()).unwrap()).await.problem().1, "simulation.none");
        }
        let deliveries = world.post("/sim/scans", json!({"scans": []})).await;
        assert_eq!(deliveries.status, 404);
    }

    async fn whoever_numbers_requests_has_a_key_that_names_it(db: TestDb) {
        let world = simulated(db).await;
        assert_eq!(product(&world, "", 1, &HEADERS).await.problem(), (401, "auth.key_missing".into()));
        assert_eq!(product(&world, "tm_nobody", 1, &HEADERS).await.problem(), (401, "auth.key_unknown".into()));
        assert_eq!(product(&world, &world.owner, 1, &[]).await.problem(), (409, "simulation.unnumbered".into()));
        for missing in [&HEADERS[..1], &HEADERS[1..2], &[("tallymark-sim-number", "x"), HEADERS[1]]] {
            assert_eq!(product(&world, &world.owner, 1, missing).await.problem().1, "simulation.malformed");
        }
        let wrong = [HEADERS[0], HEADERS[1], ("tallymark-sim-address", "here")];
        assert_eq!(product(&world, &world.owner, 1, &wrong).await.problem().1, "simulation.malformed");

        let keys = [("1", "owner"), ("2", "scan")].map(|(number, scope)| {
            Request::post("/v1/api-keys")
                .header(header::AUTHORIZATION, format!("Bearer {}", world.owner))
                .header(header::CONTENT_TYPE, "application/json")
                .header("idempotency-key", scope)
                .header(HEADERS[0].0, number)
                .header(HEADERS[1].0, format!("2026-02-01T00:00:0{number}Z"))
                .body(Body::from(json!({"name": scope, "scopes": [scope]}).to_string()))
                .unwrap()
        });
        for request in keys {
            let made = world.send(request).await;
            assert_eq!(made.status, 201, "{}", made.text());
            let key = made.json()["secret"].as_str().unwrap().to_owned();
            let third = [("tallymark-sim-number", "3"), ("tallymark-sim-time", "2026-02-01T00:00:09Z")];
            let got = product(&world, &key, 1, &third).await;
            assert_eq!(got.problem(), (403, "simulation.scope_missing".into()), "an owner alone is not enough either");
        }
        // Reading needs no number; the page counts a look, so it does.
        assert_eq!(world.get("/v1/products").await.json()["items"], json!([]));
        let page = Request::get("/C/0123456789ABCDEF").header("host", "127.0.0.1").body(Body::empty()).unwrap();
        assert_eq!(world.send(page).await.problem().1, "simulation.unnumbered");
    }

    async fn requests_are_decided_once_each_in_the_order_of_their_numbers(db: TestDb) {
        let world = Arc::new(simulated(db).await);
        let mut sent = Vec::new();
        for number in (2..=5_u64).rev() {
            let world = world.clone();
            sent.push(tokio::spawn(async move { (number, numbered(&world, number, number as i64).await) }));
        }
        assert_eq!(numbered(&world, 1_000, 9).await.problem(), (429, "simulation.too_far_ahead".into()));
        let mut made = BTreeMap::from([(1, numbered(&world, 1, 1).await)]);
        for answer in sent {
            let (number, got) = answer.await.unwrap();
            made.insert(number, got);
        }
        let ids: Vec<String> = made.values().map(|got| got.json()["id"].as_str().unwrap_or_default().to_owned()).collect();
        assert!(ids.is_sorted() && ids.iter().all(|id| id.starts_with("prd_")), "{ids:?}");

        assert_eq!(numbered(&world, 3, 9).await.problem(), (409, "simulation.past".into()));
        assert_eq!(numbered(&world, 6, 5).await.problem(), (422, "simulation.early".into()), "the moment of number 5");
        let later = numbered(&world, 6, 365 * 86_400).await;
        assert_eq!(later.problem(), (422, "simulation.future".into()));
        assert!(world.db.clock.now() > START.parse().unwrap());
        // What was refused took no number.
        assert_eq!(numbered(&world, 6, 6).await.status, 201);
    }

    async fn a_simulation_takes_a_new_database_or_its_own(db: TestDb) {
        let context = db.context();
        for _ in 0..2 {
            Simulation::open(&context, 1, 1).await.unwrap().create(&context, brand(), START.parse().unwrap()).await.ok();
        }
        assert_eq!(Simulation::open(&context, 2, 1).await.unwrap_err().code(), "simulation.other_seed");
        let real = TestDb::on(db.store.engine(), &tallymark_server::migrations()).await.unwrap();
        tallymark_server::tenants::create(&real.context(), brand()).await.unwrap();
        assert_eq!(Simulation::open(&real.context(), 1, 1).await.unwrap_err().code(), "simulation.real");
    }

    async fn a_simulation_is_alone_with_a_shared_database(db: TestDb) {
        let other = Lease::take(&db.store, &*db.clock, &*db.entropy).await.unwrap();
        let opened = Simulation::open(&db.context(), 1, 1).await;
        // SQLite is one server's in any case.
        let expected = (db.store.engine() == tallymark_store::Engine::Postgres).then_some("simulation.other_servers");
        assert_eq!(opened.as_ref().err().map(|error| error.code()), expected);
        other.release(&db.store, &*db.clock).await.unwrap();
        Simulation::open(&db.context(), 1, 1).await.unwrap();
    }

    async fn the_same_seed_is_the_same_world_on_every_engine_over_any_connections(db: TestDb) {
        let folder = tempfile::tempdir().unwrap();
        let stage = Stage::of(&db, 11, folder.path()).await;
        let played = stage.play(11, 8, folder.path(), None).await;
        assert!(played.scans > 150 && played.paid_fen > 0, "{played:?}");
        let own = world::digest(&db.store).await.unwrap();
        assert_eq!(digest_of(11, 1).await, own);
        assert_ne!(digest_of(12, 1).await, own);
        drop(stage.running);
    }

    async fn a_world_that_was_stopped_goes_on_as_if_it_had_not(db: TestDb) {
        let whole = digest_of(13, 3).await;
        let folder = tempfile::tempdir().unwrap();
        let first = Stage::of(&db, 13, folder.path()).await;
        // Within the second day; the server is left as it is, with all that it knows.
        let steps = world::next_number(folder.path()).unwrap();
        assert_eq!(steps, 1);
        let before = first.play(13, 3, folder.path(), Some(120)).await;
        assert!(before.scans > 0, "{before:?}");
        // The last answers were lost on the way: their requests are sent again.
        let book = folder.path().join("progress.jsonl");
        let text = std::fs::read_to_string(&book).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        std::fs::write(&book, lines[..lines.len() - 4].join("\n") + "\n").unwrap();
        first.lease.release(&db.store, &*db.clock).await.unwrap();

        let second = Stage::of(&db, 13, folder.path()).await;
        second.play(13, 1, folder.path(), None).await;
        assert_eq!(world::digest(&db.store).await.unwrap(), whole);
        drop((first.running, second.running));
    }

    async fn what_the_truth_says_is_what_the_server_was_told(db: TestDb) {
        let folder = tempfile::tempdir().unwrap();
        let stage = Stage::of(&db, 17, folder.path()).await;
        let played = stage.play(17, 4, folder.path(), None).await;
        let lots = rows(&db, "SELECT batch_id, tenant_id, created_at, lot FROM code_batch").await;
        let names = rows(&db, "SELECT organisation_id, tenant_id, created_at, name FROM organisation").await;
        let stores: HashMap<String, Vec<String>> =
            truth(folder.path(), "stores.csv").into_iter().map(|line| (line[0].clone(), line)).collect();
        let scans = truth(folder.path(), "scans.csv");
        let diverted = truth(folder.path(), "diverted.csv");
        assert!(!diverted.is_empty());
        let mut strayed = 0;
        for line in &diverted {
            let (shipped_to, sold_at) = (&stores[&line[3]], &stores[&line[4]]);
            assert_ne!(shipped_to[2], sold_at[2], "it strays into another region");
            let (batch, tenant, ..) = lots.iter().find(|(.., lot)| *lot == line[0]).unwrap();
            let case = Unit::one(BatchId::from_raw(*batch), Level::Case, line[1].parse().unwrap());
            let mut tx = db.store.read().await.unwrap();
            let tenant = TenantId::from_raw(*tenant);
            let (held, _) = tallymark_goods::whereabouts(&mut tx, tenant, case, None).await.unwrap();
            let holder = held.expect("it was shipped").organisation.raw();
            let name = &names.iter().find(|(id, ..)| *id == holder).unwrap().3;
            assert!(name.starts_with(&shipped_to[6]), "the papers say {}, the server {name}", shipped_to[6]);
            let of_case = |scan: &&Vec<String>| {
                let serial = scan[7].parse::<i64>().unwrap_or(-1);
                scan[6] == line[0] && scan[4] == "bought" && serial / 24 == line[1].parse::<i64>().unwrap()
            };
            for scan in scans.iter().filter(of_case) {
                strayed += 1;
                assert_eq!(scan[8], line[4]);
            }
        }
        println!("{strayed} scans of {} strayed cases", diverted.len());

        // Every scan that was told was decided, by the code that it is of.
        let decided = rows(&db, "SELECT at, verdict, scan_id, decision FROM scan ORDER BY scan_id").await;
        let looks = scans.iter().filter(|scan| scan[4] == "page").count();
        assert_eq!(scans.len() - looks, played.scans as usize);
        assert!(decided.len() > scans.len() && decided.len() <= scans.len() + looks, "a look at the page is one scan or two");
        let mut by_moment: HashMap<i64, Vec<Value>> = HashMap::new();
        for (at, verdict, _, decision) in decided {
            let mut decision: Value = serde_json::from_str(&decision).unwrap();
            decision["verdict_number"] = json!(verdict);
            by_moment.entry(at).or_default().push(decision);
        }
        for scan in scans.iter().filter(|scan| scan[4] != "page") {
            let at: Timestamp = scan[2].parse().unwrap();
            let found = &by_moment[&at.0];
            if scan[4] == "invented" {
                assert!(found.iter().any(|decision| decision["verdict"] == "unknown"), "{scan:?}");
            } else {
                let serial: u64 = scan[7].parse().unwrap();
                assert!(found.iter().any(|decision| decision["code"]["serial"] == json!(serial)), "{scan:?}");
            }
        }
        drop(stage.running);
    }
}
